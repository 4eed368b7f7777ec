import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator, type QueuedScript } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway, type ModelGatewayOptions } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let other: ProviderSimulator
let gateway: ModelGateway

const PATIENT = { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 60_000 }
/** Only of the provider that is slow, in tests where it is: what answers must not be given up because the machine is slow. */
const HASTY = { ...PATIENT, firstTokenMs: 400, idleMs: 400 }
const HASTY_ONCE_BEGUN = { ...PATIENT, idleMs: 400 }
const QUICK = { backoffBaseMs: 10, backoffMaxMs: 20, maxWaitMs: 1_500 }

async function start(options: Partial<ModelGatewayOptions> = {}, timeouts = PATIENT): Promise<void> {
  gateway = await startModelGateway({
    providers: [
      defineProvider('sim', sim.url, { timeouts }),
      defineProvider('other', other.url),
      defineProvider('closed', `http://127.0.0.1:${await closedPort()}/v1`),
    ],
    fallbacks: { both: ['sim/echo', 'other/echo'], dead: ['closed/a', 'closed/b'], 'dead-then-sim': ['closed/a', 'sim/echo'] },
    settings: QUICK,
    ...options,
  })
}

async function closedPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

beforeEach(async () => {
  sim = await createProviderSimulator()
  other = await createProviderSimulator()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
  await other.close()
})

interface Outcome {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body broke off instead of ending. */
  readonly isCut: boolean
}

async function ask(model: string, stream: boolean): Promise<Outcome> {
  const response = await fetch(`${gateway.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }] }),
  })
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece as Uint8Array, { stream: true })
  } catch {
    return { status: response.status, headers: response.headers, text, isCut: true }
  }
  return { status: response.status, headers: response.headers, text, isCut: false }
}

const errorOf = ({ text }: Outcome): { message: string; type: string; code: string | null } =>
  (JSON.parse(text) as { error: { message: string; type: string; code: string | null } }).error

const outcomes = (): unknown[] => gateway.ledger.rows.map(({ outcome, status }) => [outcome, status])

/** A stream that ended well has its terminator; one that did not has an error event and none. */
function expectBrokenStream(answer: Outcome): void {
  expect(answer.status).toBe(200)
  expect(answer.text).not.toContain('[DONE]')
  expect(answer.text.trimEnd().split('\n\n').at(-1)).toMatch(/^data: \{"error":\{/)
  expect(answer.isCut).toBe(false)
}

describe('before the first byte', () => {
  it.each<[string, QueuedScript]>([
    ['F6 reset before headers', { fault: 'reset-before-headers' }],
    ['F6 reset after headers', { fault: 'reset-after-headers' }],
    ['F5 no answer', { fault: 'hang' }],
    ['F11 an overloaded error as the first event', { fault: 'error-event', after: 0 }],
    ['F11 an overloaded error after the role chunk', { fault: 'error-event', after: 1 }],
    ['F10 the end after the role chunk', { fault: 'eof', after: 1 }],
    ['F8 a cut after the role chunk', { fault: 'cut', after: 1 }],
    ['F9 a stall after the role chunk', { fault: 'stall', after: 1 }],
    ['F13 529', { fault: 'status', status: 529 }],
    ['F13 503', { fault: 'status', status: 503 }],
    ['F14 502 with a page', { fault: 'status', status: 502, contentType: 'text/html', body: '<html>bad gateway</html>' }],
    ['F15 401', { fault: 'status', status: 401 }],
    ['F15 403', { fault: 'status', status: 403 }],
    ['F12 429', { fault: 'status', status: 429 }],
    ['F16 an event that is not JSON', { fault: 'malformed', after: 0 }],
    ['F17 an empty 200', { fault: 'empty' }],
    ['F17 JSON though a stream was asked for', { fault: 'json-instead' }],
    ['F20 gzip that nobody asked for', { fault: 'gzip' }],
    ['F23 a redirect', { fault: 'redirect' }],
  ])('%s: the next target answers and the client sees nothing of it', async (_name, script) => {
    await start({}, script.fault === 'hang' || script.fault === 'stall' ? HASTY : PATIENT)
    sim.script(script)
    const answer = await ask('both', true)
    expect(answer.status).toBe(200)
    expect(answer.text).toContain('data: [DONE]')
    expect(answer.text).not.toContain('error')
    expect(answer.headers.get('x-trunkline-attempts')).toBe('2')
    expect(answer.headers.get('x-trunkline-target')).toBe('other/echo')
    expect(gateway.ledger.rows.map((row) => [row.provider, row.outcome])).toEqual([['sim', 'failed'], ['other', 'answered']])
    expect(sim.requests.length).toBe(1)
  })

  it.each<[string, QueuedScript]>([
    ['F7 reset in the middle of a whole body', { fault: 'half-body' }],
    ['F17 an event stream though none was asked for', { fault: 'sse-instead' }],
    ['F16 a body that is not JSON', { fault: 'malformed' }],
    ['F17 an empty 200', { fault: 'empty' }],
    ['F21 a drip', { fault: 'malformed', splitBytes: 1, splitIntervalMs: 30 }],
  ])('%s: nothing of it is delivered, another attempt is', async (_name, script) => {
    await start({}, script.splitBytes === undefined ? PATIENT : HASTY_ONCE_BEGUN)
    sim.script(script)
    const answer = await ask('sim/echo', false)
    expect([answer.status, answer.headers.get('x-trunkline-attempts')]).toEqual([200, '2'])
    expect(JSON.parse(answer.text)).toMatchObject({ choices: [{ finish_reason: 'stop' }] })
    expect(outcomes()).toEqual([['failed', 200], ['answered', 200]])
  })

  it('F1 a refused connection costs no pause until the next target', async () => {
    await start({ settings: { backoffBaseMs: 3_600_000, backoffMaxMs: 3_600_000, maxWaitMs: 3_600_000 } })
    const started = Date.now()
    const answer = await ask('dead-then-sim', false)
    expect(answer.status).toBe(200)
    // The pause would be of up to an hour.
    expect((sim.requests[0]?.receivedAt ?? Infinity) - started).toBeLessThan(60_000)
  })

  it('F15 a request that is wrong is wrong everywhere: 400 is not tried again and passes as it came', async () => {
    await start()
    const body = '{"error":{"message":"This model\'s maximum context length is 8 tokens","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}, "x": 1.0}'
    sim.script({ fault: 'status', status: 400, body })
    const answer = await ask('both', true)
    expect([answer.status, answer.text]).toEqual([400, body])
    expect(other.requests).toEqual([])
  })

  it.each([401, 403])('F15 our own credential refused with %i is never the client’s', async (status) => {
    await start()
    sim.script({ fault: 'status', status })
    const answer = await ask('sim/echo', false)
    expect(answer.status).toBe(502)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(errorOf(answer).message).toContain('providers.sim.apiKey')
    expect(sim.requests.length).toBe(1)
  })

  it('F14 a page is classified and not quoted', async () => {
    await start()
    sim.script({ fault: 'status', status: 500, contentType: 'text/html', body: '<html>secret stack</html>', times: 3 })
    const answer = await ask('sim/echo', false)
    expect(answer.status).toBe(502)
    expect(answer.text).not.toContain('secret')
    expect(answer.headers.get('x-trunkline-attempts')).toBe('3')
    expect(outcomes()).toEqual([['failed', 500], ['failed', 500], ['failed', 500]])
  })

  it('F17 wrong content types do not matter when the body is right', async () => {
    await start()
    sim.script({ contentType: 'text/plain' }, { contentType: 'application/octet-stream' })
    expect((await ask('sim/echo', true)).text).toContain('[DONE]')
    const whole = await ask('sim/echo', false)
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(gateway.ledger.rows.length).toBe(2)
  })

  it('F23 an HTTP/1.0 answer that ends with its connection is an answer', async () => {
    await start()
    sim.script({ fault: 'http10' })
    expect((await ask('sim/echo', false)).status).toBe(200)
  })

  it('F24 a kept-alive connection that is closed under the request costs nothing but an attempt', async () => {
    await start({ settings: { backoffBaseMs: 60_000, backoffMaxMs: 60_000, maxWaitMs: 1_000 } })
    expect((await ask('sim/echo', false)).status).toBe(200)
    sim.script({ fault: 'reset-reused' })
    const answer = await ask('sim/echo', false)
    expect([answer.status, answer.headers.get('x-trunkline-attempts')]).toEqual([200, '2'])
  })

  it('F25 all targets down: one 503 with each reason', async () => {
    await start()
    const answer = await ask('dead', false)
    expect(answer.status).toBe(503)
    expect(errorOf(answer).message).toMatch(/closed\/a: .*connection refused.*closed\/b: .*connection refused/)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(gateway.ledger.rows.length).toBe(3)
  })

  it('takes back its own edit when a provider refuses it', async () => {
    await start()
    const body = '{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted"}]}'
    sim.script({ fault: 'status', status: 422, body })
    expect((await ask('sim/echo', true)).text).toContain('[DONE]')
    expect((await ask('sim/echo', true)).text).toContain('[DONE]')
    expect(sim.requests.map((request) => request.body.includes('stream_options'))).toEqual([true, false, false])
  })
})

describe('F12 a 429', () => {
  it.each<[string, QueuedScript, number]>([
    ['seconds', { retryAfter: '1' }, 1_000],
    ['fractions of a second', { retryAfter: '0.2' }, 200],
    ['milliseconds', { retryAfterMs: '150' }, 150],
    ['nothing', {}, 0],
    ['a negative number', { retryAfter: '-5' }, 0],
    ['nonsense', { retryAfter: 'soon' }, 0],
  ])('with %s is waited out', async (_name, script, atLeast) => {
    await start()
    sim.script({ fault: 'status', status: 429, ...script })
    const answer = await ask('sim/echo', false)
    expect([answer.status, answer.headers.get('x-trunkline-attempts')]).toEqual([200, '2'])
    const [first, second] = sim.requests
    expect((second?.receivedAt ?? 0) - (first?.receivedAt ?? 0)).toBeGreaterThanOrEqual(atLeast - 5)
  })

  it('with a date is waited out', async () => {
    await start({ settings: { ...QUICK, maxWaitMs: 4_000 } })
    const until = new Date(Math.ceil(Date.now() / 1000) * 1000 + 1000)
    sim.script({ fault: 'status', status: 429, retryAfter: until.toUTCString() })
    expect((await ask('sim/echo', false)).status).toBe(200)
    expect(sim.requests[1]?.receivedAt).toBeGreaterThanOrEqual(until.getTime() - 5)
  })

  it.each(['1000000000', '3600'])('with an absurd or long wait (%s) passes at once, with its header', async (retryAfter) => {
    await start()
    sim.script({ fault: 'status', status: 429, retryAfter, times: 5 })
    const answer = await ask('sim/echo', false)
    expect(answer.status).toBe(429)
    expect(answer.headers.get('retry-after')).toBe(retryAfter)
    expect(answer.headers.get('x-should-retry')).toBe('false')
    expect(errorOf(answer).code).toBe('rate_limit_exceeded')
    expect(sim.requests.length).toBe(1)
  })

  it('parks its target: the next request starts elsewhere', async () => {
    await start()
    sim.script({ fault: 'status', status: 429, retryAfter: '60' })
    await ask('both', false)
    await ask('both', false)
    expect([sim.requests.length, other.requests.length]).toEqual([1, 2])
  })

  it('for spending is not tried again on that account', async () => {
    await start()
    sim.script({ fault: 'status', status: 429, body: '{"error":{"message":"You exceeded your quota","type":"insufficient_quota","code":"insufficient_quota"}}', times: 3 })
    expect((await ask('sim/echo', false)).status).toBe(429)
    expect(sim.requests.length).toBe(1)
  })
})

describe('after the first byte', () => {
  it.each([2, 3, 5, 9, 19])('F8 a cut after %i events is the client’s own error event', async (after) => {
    await start()
    sim.script({ chunks: 20, fault: 'cut', after })
    const answer = await ask('both', true)
    expectBrokenStream(answer)
    expect(answer.text.split('\n\n').filter((event) => event.includes('"delta"')).length).toBe(after)
    expect(other.requests).toEqual([])
    expect(outcomes()).toEqual([['interrupted', 200]])
  })

  it('F9 a stall is', async () => {
    await start({}, HASTY_ONCE_BEGUN)
    sim.script({ chunks: 20, fault: 'stall', after: 5 })
    const answer = await ask('sim/echo', true)
    expectBrokenStream(answer)
    expect(answer.text).toContain('upstream_timeout')
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider’s socket was freed')
  })

  it('F21 a drip that finishes no line is a stall', async () => {
    await start({}, HASTY)
    sim.script({ text: 'ok', splitBytes: 1, splitIntervalMs: 20 })
    const answer = await ask('both', true)
    expect(answer.headers.get('x-trunkline-target')).toBe('other/echo')
  })

  it('F10 a clean end without a terminator is', async () => {
    await start()
    sim.script({ chunks: 20, fault: 'eof', after: 5 })
    expectBrokenStream(await ask('sim/echo', true))
    expect(outcomes()).toEqual([['interrupted', 200]])
  })

  it('F10 an end without `[DONE]` after every choice has finished is the provider’s way to end; none is invented', async () => {
    await start()
    sim.script({ terminator: 'none' })
    const answer = await ask('sim/echo', true)
    expect(answer.text).toContain('"finish_reason":"stop"')
    expect(answer.text).not.toMatch(/\[DONE\]|error/)
    expect(outcomes()).toEqual([['answered', 200]])
  })

  it('an error event passes as it came and ends the stream', async () => {
    await start()
    const body = '{"error": {"message":"boom","type":"server_error","code":null}}'
    sim.script({ chunks: 20, fault: 'error-event', after: 5, body })
    const answer = await ask('sim/echo', true)
    expectBrokenStreamWith(answer, body)
    expect(outcomes()).toEqual([['interrupted', 200]])
  })

  it('F16 an event beyond 8 MB is', async () => {
    await start()
    sim.script({ fault: 'malformed', after: 4, chunks: 8, body: `data: ${'x'.repeat(9 * 1024 * 1024)}\n\n` })
    const answer = await ask('sim/echo', true)
    expect(answer.text.endsWith('\n\n')).toBe(true)
    expect(answer.text.slice(-400)).toContain('upstream_protocol')
    expect(outcomes()).toEqual([['interrupted', 200]])
  })
})

function expectBrokenStreamWith(answer: Outcome, body: string): void {
  expect(answer.text.trimEnd().split('\n\n').at(-1)).toBe(`data: ${body}`)
  expect(answer.text).not.toContain('[DONE]')
  expect(answer.isCut).toBe(false)
}

describe('F18 usage', () => {
  it.each<[QueuedScript['usage'], number, string]>([
    ['normal', 11, 'provider'],
    // The gateway’s own count.
    ['none', 20, 'estimated'],
    ['string', 11, 'provider'],
    ['negative', 0, 'provider'],
    ['twice', 11, 'provider'],
    ['with-content', 11, 'provider'],
  ])('%s: is recorded once and never breaks an answer', async (usage, input, usageSource) => {
    await start()
    for (const stream of [true, false]) {
      sim.script({ usage: usage ?? 'normal' })
      expect((await ask('sim/echo', stream)).status).toBe(200)
    }
    expect(gateway.ledger.rows.map((row) => [row.usageSource === 'estimated' ? Math.round((row.usage?.input.total ?? 0) / 10) * 10 : (row.usage?.input.total ?? 0), row.usageSource])).toEqual([[input, usageSource], [input, usageSource]])
  })
})
