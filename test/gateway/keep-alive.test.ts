import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

/** The provider is silent much longer than the gateway lets a stream be. */
const SLOW = { text: 'one two three', intervalMs: 250 }

beforeEach(async () => {
  sim = await createProviderSimulator({ script: SLOW })
  gateway = await startModelGateway({
    providers: [
      defineProvider('chat', sim.url),
      defineProvider('messages', sim.url, { kind: 'anthropic' }),
      defineProvider('responses', sim.url, { dialects: ['openai-responses'] }),
      defineProvider('gemini', `${sim.origin}/v1beta`, { kind: 'google' }),
    ],
    keepAliveMs: 25,
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const PATHS = {
  messages: ['/messages', (model: string) => ({ model, max_tokens: 9, stream: true, messages: [{ role: 'user', content: 'hi' }] })],
  chat: ['/chat/completions', (model: string) => ({ model, stream: true, messages: [{ role: 'user', content: 'hi' }] })],
  responses: ['/responses', (model: string) => ({ model, stream: true, input: 'hi' })],
} as const

async function ask(client: keyof typeof PATHS, provider: string): Promise<string> {
  const [path, body] = PATHS[client]
  const response = await fetch(`${gateway.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body(`${provider}/echo`)) })
  expect(response.status).toBe(200)
  return response.text()
}

const PING = { messages: 'event: ping\ndata: {"type":"ping"}\n\n', chat: ': ping\n', responses: ': ping\n' } as const
const CLIENTS = ['messages', 'chat', 'responses'] as const

describe.each(CLIENTS)('a silent stream for a client of %s', (client) => {
  it.each(['chat', 'messages', 'responses', 'gemini'])('LT-F03 is kept alive over %s, and says the same', async (provider) => {
    const text = await ask(client, provider)
    expect(text.split(PING[client]).length).toBeGreaterThan(3)
    expect(text.startsWith(PING[client])).toBe(false)
    expect(text.replaceAll(PING[client], '')).not.toContain('ping')
    expect(text).toContain('three')
  })

  it('LT-F02 never has a comment with an empty line after it', async () => {
    expect(await ask(client, client)).not.toMatch(/^:[^\n]*\n\r?\n/m)
  })

  it('is not cut open when its events come in pieces', async () => {
    sim.reset()
    sim.script({ text: 'one two three', splitBytes: 150, splitIntervalMs: 50 })
    const text = await ask(client, client)
    const events = text.replaceAll(PING[client], '').split('\n\n').filter((event) => event !== '')
    for (const event of events) expect(event).toMatch(/^(?:event: [\w.]+\n)?data: (?:\{.*\}|\[DONE\])$/)
  })
})

describe('a Gemini stream', () => {
  it('is left alone: its clients are not known to take anything between events', async () => {
    const response = await fetch(`${gateway.url}beta/models/gemini/echo:streamGenerateContent?alt=sse`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"contents":[{"role":"user","parts":[{"text":"hi"}]}]}' })
    expect(await response.text()).not.toContain('ping')
  })
})

describe('official SDKs', () => {
  it('read through signs of life', async () => {
    const anthropic = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k' })
    const message = await anthropic.messages.stream({ model: 'chat/echo', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }).finalMessage()
    expect(message.content).toMatchObject([{ text: 'one two three' }])
    const openai = new OpenAI({ baseURL: gateway.url, apiKey: 'k' })
    const chat = await openai.chat.completions.stream({ model: 'messages/echo', messages: [{ role: 'user', content: 'hi' }] }).finalChatCompletion()
    expect(chat.choices[0]?.message.content).toBe('one two three')
    const response = await openai.responses.stream({ model: 'chat/echo', input: 'hi' }).finalResponse()
    expect(response.output_text).toBe('one two three')
  })
})
