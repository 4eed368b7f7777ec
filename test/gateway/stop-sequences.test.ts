import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator({ script: { text: 'yes\n</block>\nand more of it', chunks: 9, outputTokens: 40 } })
  gateway = await startModelGateway({ providers: [defineProvider('responses', sim.url, { dialects: ['openai-responses'] }), defineProvider('chat', sim.url)] })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

describe.each([true, false])('stop sequences over a provider that has none (stream: %s)', (stream) => {
  it('LT-L06 LT-L07 end the answer of a Messages client, and its usage is the provider’s', async () => {
    const client = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k' })
    const params = { model: 'responses/echo', max_tokens: 100, stop_sequences: ['</block>', 'STOP'], messages: [{ role: 'user' as const, content: 'hi' }] }
    const message = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params)
    expect(message).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: '</block>', content: [{ type: 'text', text: 'yes\n' }], usage: { output_tokens: 40 } })
    expect(sim.requests[0]?.body.toString()).not.toContain('</block>')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', usage: { output: { total: 40 } } }])
  })

  it('end the answer of a Chat client', async () => {
    const client = new OpenAI({ baseURL: gateway.url, apiKey: 'k' })
    const params = { model: 'responses/echo', stop: ['and'], messages: [{ role: 'user' as const, content: 'hi' }] }
    const answer = stream ? await client.chat.completions.stream(params).finalChatCompletion() : await client.chat.completions.create(params)
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'yes\n</block>\n' } })
  })

  it('beyond those that a provider takes end the answer as well', async () => {
    const client = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k' })
    const params = { model: 'chat/echo', max_tokens: 100, stop_sequences: ['1', '2', '3', '4', 'more'], messages: [{ role: 'user' as const, content: 'hi' }] }
    const message = stream ? await client.messages.stream(params).finalMessage() : await client.messages.create(params)
    expect(message).toMatchObject({ stop_sequence: 'more', content: [{ text: 'yes\n</block>\nand ' }] })
    expect(JSON.parse(sim.requests[0]?.body.toString() ?? '')).toMatchObject({ stop: ['1', '2', '3', '4'] })
  })

  it('leave an answer without them alone', async () => {
    const client = new OpenAI({ baseURL: gateway.url, apiKey: 'k' })
    const params = { model: 'responses/echo', stop: ['itX'], messages: [{ role: 'user' as const, content: 'hi' }] }
    const answer = stream ? await client.chat.completions.stream(params).finalChatCompletion() : await client.chat.completions.create(params)
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: 'yes\n</block>\nand more of it' } })
  })
})
