import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator({ models: ['qwen3:8b'] })
  gateway = await startModelGateway({ providers: [defineProvider('ollama', sim.origin, { kind: 'ollama', apiKey: undefined, parameters: { options: { num_ctx: 16_384, temperature: 0.1 }, keep_alive: '10m' } })], settings: { maxAttempts: 1 } })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const sent = (index: number): Record<string, unknown> => JSON.parse(sim.requests[index]?.body.toString() ?? '') as Record<string, unknown>
const openai = (): OpenAI => new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', maxRetries: 0 })
const anthropic = (): Anthropic => new Anthropic({ baseURL: new URL(gateway.url).origin, apiKey: 'sk-client', maxRetries: 0 })

describe.each([true, false])('an OpenAI client over Ollama (stream: %s)', (stream) => {
  type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'model'>
  const ask = async (params: Params): Promise<OpenAI.ChatCompletion> => {
    const body = { model: 'ollama/qwen3:8b', ...params }
    return stream ? openai().chat.completions.stream({ ...body, stream: true, stream_options: { include_usage: true } }).finalChatCompletion() : openai().chat.completions.create({ ...body, stream: false })
  }

  it('LT-L10 is served by Ollama’s own route, with the operator’s context length', async () => {
    sim.script({ reasoning: 'hm', text: 'Grüße 世界', outputTokens: 5 })
    const answer = await ask({ messages: [{ role: 'user', content: 'Grüße' }], temperature: 0.9, max_tokens: 50 })
    expect(answer).toMatchObject({ model: 'qwen3:8b', choices: [{ finish_reason: 'stop', message: { content: 'Grüße 世界', reasoning_content: 'hm' } }], usage: { prompt_tokens: 11, completion_tokens: 5 } })
    expect(sim.requests[0]?.path).toBe('/api/chat')
    expect(sent(0)).toEqual({ model: 'qwen3:8b', messages: [{ role: 'user', content: 'Grüße' }], options: { num_predict: 50, temperature: 0.9, num_ctx: 16_384 }, stream, keep_alive: '10m' })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', stream, usage: { input: { total: 11 }, output: { total: 5 } } }])
  })

  it('calls tools whose calls have no ids of their own', async () => {
    sim.script({ tools: [{ name: 'add', arguments: '{"a":1}' }, { name: 'add', arguments: '{"a":2}' }] })
    const tools = [{ type: 'function' as const, function: { name: 'add', parameters: { type: 'object' } } }]
    const first = await ask({ messages: [{ role: 'user', content: 'add' }], tools })
    const calls = first.choices[0]?.message.tool_calls ?? []
    expect(first.choices[0]?.finish_reason).toBe('tool_calls')
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2)
    const results = calls.toReversed().map(({ id }, index) => ({ role: 'tool' as const, tool_call_id: id, content: `result ${index}` }))
    await ask({ messages: [{ role: 'user', content: 'add' }, { role: 'assistant', content: null, tool_calls: calls }, ...results], tools })
    expect(sent(1)['messages']).toEqual([
      { role: 'user', content: 'add' },
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'add', arguments: { a: 1 } } }, { function: { name: 'add', arguments: { a: 2 } } }] },
      { role: 'tool', content: 'result 1', tool_name: 'add' },
      { role: 'tool', content: 'result 0', tool_name: 'add' },
    ])
  })

  it('is told what Ollama says of a failure', async () => {
    sim.script({ fault: 'status', status: 404, body: '{"error":"model \\"qwen3:8b\\" not found"}' })
    await expect(ask({ messages: [{ role: 'user', content: 'x' }] })).rejects.toMatchObject({ status: 404, message: expect.stringContaining('not found') as string })
  })
})

describe('an Anthropic client over Ollama', () => {
  const basic = { model: 'ollama/qwen3:8b', max_tokens: 50, messages: [{ role: 'user' as const, content: 'x' }] }

  it('LT-E18 gets thinking, which goes back to the model that thought it', async () => {
    sim.script({ reasoning: 'hm', text: 'yes' })
    const answer = await anthropic().messages.stream({ ...basic, thinking: { type: 'enabled', budget_tokens: 2_000 } }).finalMessage()
    expect(answer.content).toMatchObject([{ type: 'thinking', thinking: 'hm', signature: expect.stringMatching(/^tl1\./) as string }, { type: 'text', text: 'yes' }])
    expect(sent(0)).toMatchObject({ think: true })
    await anthropic().messages.create({ ...basic, messages: [...basic.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: 'on' }] })
    expect(sent(1)['messages']).toMatchObject([{}, { role: 'assistant', content: 'yes', thinking: 'hm' }, {}])
  })

  it.each(['cut', 'eof', 'error-event'] as const)('LT-G02 a stream that breaks off ends with an error: %s', async (fault) => {
    sim.script({ text: 'a b c', fault, after: 2 })
    await expect(anthropic().messages.stream(basic).finalMessage()).rejects.toThrow()
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it('an error in the first line is an error of the request', async () => {
    sim.script({ text: 'a', fault: 'error-event', after: 0 })
    await expect(anthropic().messages.create({ ...basic, stream: true })).rejects.toMatchObject({ status: 502 })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'failed' }])
  })

  it('survives lines that are cut anywhere', async () => {
    sim.script({ text: 'Grüße 世界 und mehr', splitBytes: 1 })
    expect((await anthropic().messages.stream(basic).finalMessage()).content).toMatchObject([{ text: 'Grüße 世界 und mehr' }])
  })

  it('waits for a slow model whose lines are small', async () => {
    await gateway[Symbol.asyncDispose]()
    gateway = await startModelGateway({ providers: [defineProvider('ollama', sim.origin, { kind: 'ollama', timeouts: { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 3_000 } })], settings: { maxAttempts: 1 } })
    // Longer than one idle time in all; from line to line even a machine that stalls is faster.
    sim.script({ chunks: 10, intervalMs: 500, text: 'a slow one' })
    expect((await anthropic().messages.stream(basic).finalMessage()).content).toMatchObject([{ text: 'a slow one' }])
  })

  it('stops the provider when it leaves', async () => {
    sim.script({ chunks: 500, intervalMs: 500 })
    const stream = await anthropic().messages.create({ ...basic, stream: true })
    for await (const _event of stream) break
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
  })
})

describe('what else Ollama offers', () => {
  it('are its models and embeddings', async () => {
    expect(await (await fetch(`${gateway.url}/models`)).json()).toMatchObject({ data: [{ id: 'ollama/qwen3:8b', created: 1_760_000_000 }] })
    const embedded = await openai().embeddings.create({ model: 'ollama/qwen3:8b', input: 'a', encoding_format: 'float' })
    expect(embedded.data).toHaveLength(1)
    expect(sim.requests.at(-1)?.path).toBe('/v1/embeddings')
  })
})
