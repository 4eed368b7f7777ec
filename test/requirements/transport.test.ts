import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator, type QueuedScript } from '../../sim/index.ts'
import { createSseParser } from '../../src/dialects/index.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { codecOf, decodeStream, parseEvents, readFixture, scenarios } from '../dialects/fixtures.ts'
import { GRIDS } from '../dialects/grids/index.ts'
import { askAs, CLIENTS, type Client } from '../gateway/failure-clients.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let server: Server
let gateway: ModelGateway
let origin: string
let closed: number

/** However long the machine stalls. */
const PATIENT = { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 60_000 }

beforeEach(async () => {
  sim = await createProviderSimulator()
  server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closed = (server.address() as AddressInfo).port
  await new Promise((resolve) => server.close(resolve))
  gateway = await startModelGateway({
    providers: [
      defineProvider('chat', sim.url),
      defineProvider('messages', sim.url, { kind: 'anthropic' }),
      defineProvider('responses', sim.url, { dialects: ['openai-responses'] }),
      defineProvider('gemini', `${sim.origin}/v1beta`, { kind: 'google' }),
      defineProvider('ollama', sim.origin, { kind: 'ollama' }),
      defineProvider('hasty', sim.url, { timeouts: { ...PATIENT, firstTokenMs: 300 } }),
      defineProvider('hasty-once-begun', sim.url, { timeouts: { ...PATIENT, idleMs: 300 } }),
      defineProvider('steady', sim.url, { timeouts: { ...PATIENT, idleMs: 3_000 } }),
      defineProvider('closed', `http://127.0.0.1:${closed}/v1`),
    ],
    fallbacks: { both: ['messages/first', 'chat/second'] },
    settings: { maxAttempts: 2, backoffBaseMs: 1, backoffMaxMs: 2, maxWaitMs: 10 },
  })
  ;({ origin } = new URL(gateway.url))
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

describe('comments and signs of life', () => {
  it.each(GRIDS.filter(({ hasClients }) => hasClients))('LT-F01 LT-F16 comments of a provider mean nothing in $dialect', ({ dialect }) => {
    const codec = codecOf(dialect)
    const text = readFixture(dialect, 'text.sse.txt')
    const commented = `: open\n\n${text.replaceAll(/(\r?\n){2}/g, (end) => `${end}: ping - 2026-11-20 10:00:00\n\n`)}`
    expect(decodeStream(codec, parseEvents(commented, dialect))).toEqual(decodeStream(codec, parseEvents(text, dialect)))
  })

  it('LT-F05 a sign of life that came as data is none of the answer', () => {
    const parts = decodeStream(codecOf('openai-chat'), parseEvents(readFixture('openai-chat', 'keepalive-as-data.sse.txt'), 'openai-chat'))
    expect(parts.filter(({ type }) => type === 'text-delta')).toEqual([{ type: 'text-delta', index: 0, text: 'a' }])
  })

  it.each(GRIDS)('LT-F04 LT-F06 our own in $dialect are comments or whole events with data', ({ dialect }) => {
    const { keepAlive } = codecOf(dialect).response
    const events = createSseParser().push(Buffer.from(`${keepAlive}\n`))
    expect(keepAlive).toMatch(/^(?:: ping\n|event: ping\ndata: \{"type":"ping"\}\n\n)?$/)
    expect(events.every(({ data }) => isJsonObject(JSON.parse(data)))).toBe(true)
  })

  it.each(GRIDS)('LT-F15 LT-F20 a stream of $dialect that comes byte by byte says the same', ({ dialect }) => {
    for (const name of scenarios(dialect, '.sse.txt')) {
      const text = readFixture(dialect, `${name}.sse.txt`)
      const everywhere = Array.from({ length: Buffer.byteLength(text) }, (_, index) => index)
      expect(parseEvents(text, dialect, everywhere), name).toEqual(parseEvents(text, dialect))
    }
  })
})

const sentTo = (client: Client): string => (client === 'chat' ? 'messages' : 'chat')

describe.each(CLIENTS)('a client of %s', (client) => {
  it.each([['its own', client], ['another', sentTo(client)]] as const)('LT-F12 LT-F22 gets headers of the gateway, not of the connection behind it (%s dialect)', async (_what, provider) => {
    const { status, headers } = await askAs(client, origin, `${provider}/echo`, true)
    expect([status, headers.get('x-accel-buffering'), headers.get('content-encoding'), headers.get('set-cookie')]).toEqual([200, 'no', null, null])
  })

  it('LT-F23 is told what stood in the way of its provider', async () => {
    const { status, text } = await askAs(client, origin, 'closed/m', false)
    expect(status).toBe(503)
    expect(text).toContain('connection refused')
  })

  it('LT-P05 may ask again for a whole answer, with a large limit, after a stream that failed', async () => {
    sim.script({ fault: 'error-event', after: 5, text: 'one two three four five six seven' })
    await askAs(client, origin, `${sentTo(client)}/echo`, true)
    const { status, text } = await askAs(client, origin, `${sentTo(client)}/echo`, false)
    expect([status, text.includes('You said: hi')]).toEqual([200, true])
  })
})

describe('failing over', () => {
  it('LT-C09 uses no block of the answer that failed', async () => {
    sim.script({ model: 'first', fault: 'error-event', after: 2, times: 2 })
    const { status, text } = await askAs('messages', origin, 'both', true)
    const events = text.split('\n\n').filter(Boolean).map((event) => JSON.parse(event.slice(event.indexOf('data: ') + 6)) as JsonObject)
    expect(status).toBe(200)
    expect(events.filter(({ type }) => type === 'message_start').length).toBe(1)
    expect(events.filter(({ type }) => type === 'content_block_start').map(({ index }) => index)).toEqual([0])
  })
})

describe('timers', () => {
  it.each<[string, string, QueuedScript, number]>([
    ['until the first token', 'hasty', { fault: 'hang', times: 2 }, 504],
    ['between two tokens', 'hasty-once-begun', { fault: 'stall', after: 4, text: 'one two three four five six seven' }, 200],
  ])('LT-G03 LT-G04 %s have a limit of their own', async (_what, provider, script, status) => {
    sim.script(script)
    const answer = await askAs('messages', origin, `${provider}/echo`, true)
    expect(answer.status).toBe(status)
    expect(answer.text).toMatch(/"type":"error".*"type":"timeout_error"/)
  })

  it('LT-G03 LT-G04 an answer may take longer than any of them, as long as it goes on', async () => {
    sim.script({ text: 'one two three four five six seven eight nine ten', intervalMs: 400 })
    const { text } = await askAs('messages', origin, 'steady/echo', true)
    expect(text).toContain('message_stop')
  })
})

describe('what was used', () => {
  it('LT-F13 LT-F14 is recorded when the client leaves, and the provider is left too', async () => {
    sim.script({ text: 'word '.repeat(200), intervalMs: 500 })
    const controller = new AbortController()
    const response = await fetch(`${origin}/v1/messages`, { method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }, body: JSON.stringify({ model: 'messages/echo', max_tokens: 99, stream: true, messages: [{ role: 'user', content: 'hi' }] }), signal: controller.signal })
    await response.body?.getReader().read()
    controller.abort()
    await until(() => gateway.ledger.rows.length === 1 && sim.requests[0]?.abortedAt !== undefined, 'the attempt is recorded and the provider left')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled', usage: { input: { total: 11 } } }])
  })

  it.each(['chat', 'messages', 'responses', 'gemini', 'ollama'])('LT-H15 of %s is the same for a stream and for a whole answer, passed on or translated', async (provider) => {
    const script = { text: 'one two three', inputTokens: 40, outputTokens: 12, reasoningTokens: 5, cachedTokens: 8, reasoning: 'hm' }
    for (const client of CLIENTS) {
      for (const stream of [true, false]) {
        sim.script(script)
        await askAs(client, origin, `${provider}/echo`, stream)
      }
    }
    const counts = gateway.ledger.rows.map(({ usage }) => [usage?.input, usage?.output])
    expect(counts.length).toBe(CLIENTS.length * 2)
    expect(new Set(counts.map((count) => JSON.stringify(count))).size).toBe(1)
    expect(counts[0]).toMatchObject([{ total: 40 }, { total: 12 }])
  })

  it('LT-H07 of several answers to one question is counted once', async () => {
    const response = await fetch(`${origin}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'chat/echo', n: 2, messages: [{ role: 'user', content: 'hi' }] }) })
    const { usage } = (await response.json()) as { usage: { prompt_tokens: number; completion_tokens: number } }
    expect(gateway.ledger.rows).toMatchObject([{ usage: { input: { total: usage.prompt_tokens }, output: { total: usage.completion_tokens } } }])
  })
})

describe('one request', () => {
  it('LT-F19 LT-F21 that fails in any way leaves the gateway and the others as they were', async () => {
    const unhandled: unknown[] = []
    const note = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', note)
    const faults = ['reset-before-headers', 'reset-after-headers', 'cut', 'eof', 'malformed', 'empty', 'half-body', 'gzip', 'json-instead', 'sse-instead'] as const
    for (const fault of faults) {
      for (const stream of [true, false]) {
        sim.reset()
        sim.script({ model: 'bad', times: 2, fault, after: 3 })
        const [bad, good] = await Promise.all([askAs('messages', origin, 'chat/bad', stream), askAs('messages', origin, 'chat/good', stream)])
        expect(bad.status).toBeGreaterThanOrEqual(200)
        expect(good.text, fault).toContain('hi')
      }
    }
    process.off('unhandledRejection', note)
    expect(unhandled).toEqual([])
  })
})

describe('what Claude Code sends', () => {
  const body = {
    model: 'chat/echo', max_tokens: 128_000, stream: false, thinking: { type: 'adaptive', display: 'updates' }, context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
    system: [{ type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1.329.a7a' }, { type: 'text', text: 'You are.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
    messages: [{ role: 'user', content: [{ type: 'text', text: 'hi', cache_control: { type: 'ephemeral' } }] }, { role: 'system', content: 'Be brief.' }],
    tools: [{ name: 'Read', input_schema: { type: 'object' } }, { name: 'Later', input_schema: { type: 'object' }, defer_loading: true }],
    metadata: { user_id: 'u' },
  }
  const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01', 'anthropic-beta': 'claude-code-20250219,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20' }
  const send = (model: string): Promise<Response> => fetch(`${origin}/v1/messages?beta=true`, { method: 'POST', headers, body: JSON.stringify({ ...body, model }) })

  it.each(['chat', 'responses', 'gemini', 'ollama'])('LT-P06 is answered over %s: a 400 would begin a ladder of six requests', async (provider) => {
    expect((await send(`${provider}/echo`)).status).toBe(200)
  })

  it('LT-J06 reaches Anthropic as it is, with what clients enable for it alone', async () => {
    expect((await send('messages/echo')).status).toBe(200)
    const [request] = sim.requests
    expect(request?.headers['anthropic-beta']).toBe(headers['anthropic-beta'])
    expect(request?.body.toString()).toBe(JSON.stringify({ ...body, model: 'echo' }))
  })
})
