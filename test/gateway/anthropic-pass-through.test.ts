import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator, type QueuedScript } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let other: ProviderSimulator
let gateway: ModelGateway
const KIND = { kind: 'anthropic-compatible' } as const
/** For what stalls once it has begun; all else is waited for, however slow the machine. */
const HASTY = { ...KIND, timeouts: { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 400 } } as const

beforeEach(async () => {
  sim = await createProviderSimulator()
  other = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [defineProvider('sim', sim.url, KIND), defineProvider('hasty', sim.url, HASTY), defineProvider('other', other.url, KIND), defineProvider('chat', sim.url)],
    fallbacks: { 'hasty-both': ['hasty/echo', 'other/echo'], both: ['sim/echo', 'other/echo'], 'chat-then-sim': ['chat/echo', 'sim/echo'] },
    settings: { backoffBaseMs: 5, backoffMaxMs: 10 },
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
  await other.close()
})

const post = (path: string, body: string, url = gateway.url): Promise<Response> =>
  fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }, body })

const ask = (model: string, stream: boolean): Promise<Response> =>
  post('/messages?beta=true', JSON.stringify({ model, stream, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }))

const eventNames = (text: string): readonly string[] => [...text.matchAll(/^event: (.*)$/gm)].map((match) => match[1] ?? '')

describe('a request', () => {
  it('arrives byte-identical but for `model`, with what JSON.parse would change', async () => {
    const hard = String.raw`"12": 1, "2":  2.50,"big":12345678901234567890,"esc":"\u00e9\/\ud83d\ude00","dup":1,"dup":2`
    const write = (model: string): string => `\r\n{ "system":[{"type":"text","text":"x-anthropic-billing-header: cc_version=1",${hard}}], "model" : "${model}","unknown":{${hard}, "model":"inner"},"max_tokens":0 }\n`
    expect((await post('/messages?beta=true', write('sim/echo'))).status).toBe(200)
    expect(sim.requests[0]?.body.toString()).toBe(write('echo'))
  })

  it('LT-P13 for a count arrives as it was written', async () => {
    const body = (model: string): string => `{"messages":[{"content":"foo"}], "tools":[],"model":"${model}"}`
    const answer = await post('/messages/count_tokens?beta=true', body('sim/echo'))
    expect([answer.status, await answer.text(), answer.headers.get('x-trunkline-target')]).toEqual([200, '{"input_tokens":11}', 'sim/echo'])
    expect(sim.requests[0]?.body.toString()).toBe(body('echo'))
  })
})

describe('count_tokens', () => {
  it('goes to the next provider when one is sick, and past one that cannot count', async () => {
    sim.script({ fault: 'status', status: 529 })
    const body = (model: string): string => JSON.stringify({ model, messages: [] })
    expect((await post('/messages/count_tokens', body('both'))).headers.get('x-trunkline-target')).toBe('other/echo')
    expect((await post('/messages/count_tokens', body('chat-then-sim'))).headers.get('x-trunkline-target')).toBe('sim/echo')
  })

  it('passes the provider’s refusal and not its refusal of our key', async () => {
    sim.script({ fault: 'status', status: 400 }, { fault: 'status', status: 401 })
    const body = '{"model":"sim/echo","messages":[]}'
    expect(await (await post('/messages/count_tokens', body)).json()).toMatchObject({ error: { type: 'invalid_request_error' }, request_id: 'req_sim' })
    const refused = await post('/messages/count_tokens', body)
    expect([refused.status, ((await refused.json()) as { error: { type: string } }).error.type]).toEqual([502, 'api_error'])
  })
})

describe('an answer', () => {
  it.each([{ splitBytes: 1 }, { splitBytes: 3, newline: 'crlf' as const }, { comments: true, bom: true }])('streams byte for byte: %o', async (style) => {
    const script = { text: 'Grüße 世界 😀', reasoning: 'hm', ...style }
    sim.script(script, script)
    const through = await (await ask('sim/echo', true)).text()
    const direct = await (await post('/messages', '{"model":"echo","stream":true}', sim.url)).text()
    const normal = (text: string): string => text.replaceAll(/chatcmpl-sim\d+/g, 'ID').replace(/^\uFEFF/, '')
    expect(normal(through)).toBe(normal(direct))
    expect(through).toContain('世界')
  })

  it('is whole byte for byte', async () => {
    const through = await (await ask('sim/echo', false)).text()
    sim.script({ text: 'You said: hi' })
    const direct = await (await post('/messages', '{"model":"echo"}', sim.url)).text()
    expect(through.replace('sim1', 'sim2')).toBe(direct)
  })
})

describe('before content', () => {
  it.each<[string, QueuedScript]>([
    ['overloaded as the first event', { fault: 'error-event', after: 0 }],
    ['overloaded after message_start', { fault: 'error-event', after: 1 }],
    ['overloaded after ping', { fault: 'error-event', after: 2 }],
    ['the end after ping', { fault: 'eof', after: 2 }],
    ['a cut after message_start', { fault: 'cut', after: 1 }],
    ['529', { fault: 'status', status: 529 }],
    ['401', { fault: 'status', status: 401 }],
    ['an event that is not JSON', { fault: 'malformed', after: 0 }],
    ['a whole answer', { fault: 'json-instead' }],
  ])('LT-G01 %s: the next target answers and nothing of the first is seen', async (_name, script) => {
    sim.script(script)
    const answer = await ask('both', true)
    const text = await answer.text()
    expect([answer.status, answer.headers.get('x-trunkline-target')]).toEqual([200, 'other/echo'])
    expect(eventNames(text).filter((name) => name === 'message_start').length).toBe(1)
    expect(text).toMatch(/event: message_stop\ndata: .*\n\n$/)
    expect(text).not.toContain('error')
  })
})

describe('after content', () => {
  it.each<[string, QueuedScript]>([
    ['a cut', { fault: 'cut', after: 6 }],
    ['a clean end', { fault: 'eof', after: 6 }],
    ['a clean end before message_stop', { fault: 'eof', after: 11 }],
    ['a stall', { fault: 'stall', after: 6 }],
  ])('LT-G02 %s is `event: error`, and no message_stop', async (_name, script) => {
    sim.script({ chunks: 6, ...script })
    const answer = await ask(script.fault === 'stall' ? 'hasty-both' : 'both', true)
    const text = await answer.text()
    expect(answer.status).toBe(200)
    expect(eventNames(text).at(-1)).toBe('error')
    expect(text).not.toContain('message_stop')
    expect(JSON.parse(text.trimEnd().split('data: ').at(-1) ?? '')).toMatchObject({ type: 'error', error: { type: expect.stringMatching(/^(api|timeout)_error$/) as string }, request_id: answer.headers.get('x-trunkline-request-id') })
    expect(other.requests).toEqual([])
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it('LT-F18 the provider’s own error event passes as it came', async () => {
    sim.script({ chunks: 6, fault: 'error-event', after: 6 })
    const text = await (await ask('both', true)).text()
    expect(eventNames(text).at(-1)).toBe('error')
    expect(text).toContain('"request_id":"req_sim"')
    expect(text).not.toContain('message_stop')
  })
})

describe('probes', () => {
  it.each(['/', '/api/hello'])('HEAD %s answers 200 without a key', async (path) => {
    expect((await fetch(new URL(path, gateway.url), { method: 'HEAD' })).status).toBe(200)
  })
})

describe('errors of the gateway', () => {
  it('have Anthropic’s shape and the request id in body and header', async () => {
    const answer = await post('/messages', '{"max_tokens":1}')
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ type: 'error', error: { type: 'invalid_request_error', message: expect.stringContaining('`model`') as string }, request_id: answer.headers.get('request-id') })
  })
})
