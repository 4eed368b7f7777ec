import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url)] })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

interface Open {
  readonly request: ClientRequest
  readonly response: Promise<IncomingMessage>
}

function open(model: string, stream: boolean): Open {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, agent: false as const }
  const request = httpRequest(`${gateway.url}/chat/completions`, options, resolve)
  request.on('error', reject)
  // A test that aborts before the answer does not wait for it.
  promise.catch(() => undefined)
  request.end(JSON.stringify({ model, stream, messages: [{ role: 'user', content: 'hi' }] }))
  return { request, response: promise }
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of response) text += String(piece)
  return text
}

describe('the end of an answer', () => {
  it('of a stream waits for its ledger row: `[DONE]` comes after, everything else before', async () => {
    const release = gateway.ledger.hold()
    const response = await open('sim/echo', true).response
    let text = ''
    let hasEnded = false
    response.on('data', (piece) => (text += String(piece))).on('end', () => (hasEnded = true))
    await until(() => text.includes('"finish_reason":"stop"'), 'the content came')
    await sleep(100)
    expect([text.includes('[DONE]'), hasEnded]).toEqual([false, false])
    release()
    await until(() => hasEnded, 'the answer ended')
    expect(text).toContain('[DONE]')
  })

  it('of a whole body waits for its ledger row', async () => {
    const release = gateway.ledger.hold()
    let isAnswered = false
    const { response } = open('sim/echo', false)
    const answered = response.then((message) => {
      isAnswered = true
      return readText(message)
    })
    await until(() => sim.requests[0]?.finishedAt !== undefined, 'the provider had answered')
    await sleep(100)
    expect(isAnswered).toBe(false)
    release()
    expect(await answered).toContain('"choices"')
  })

  it('does not come when the row cannot be written: an error event, or 507', async () => {
    gateway.ledger.failWith(new GatewayError('storage_unavailable', 'The disk is full.'))
    const streamed = await readText(await open('sim/echo', true).response)
    expect(streamed).not.toContain('[DONE]')
    expect(streamed).toMatch(/data: \{"error":\{"message":"The disk is full\."/)
    const whole = await open('sim/echo', false).response
    expect([whole.statusCode, (await readText(whole)).includes('storage_unavailable')]).toEqual([507, true])
  })

  it('has one row for each attempt, equal to what the provider served', async () => {
    await Promise.all(Array.from({ length: 40 }, async (_, index) => readText(await open('sim/echo', index % 2 === 0).response)))
    const { rows } = gateway.ledger
    const input = rows.reduce((sum, row) => sum + (row.usage?.input.total ?? 0), 0)
    const output = rows.reduce((sum, row) => sum + (row.usage?.output.total ?? 0), 0)
    expect([rows.length, input, output]).toEqual([sim.served.answers, sim.served.inputTokens, sim.served.outputTokens])
    expect(new Set(rows.map((row) => row.attemptId)).size).toBe(40)
  })
})

describe('a large whole answer', () => {
  it('is let through as it comes and cut when the provider breaks off', async () => {
    sim.script({ text: 'x'.repeat(3_000_000) }, { text: 'x'.repeat(6_000_000), fault: 'half-body' })
    const whole = await readText(await open('sim/echo', false).response)
    expect((JSON.parse(whole) as { usage: unknown }).usage).toBeDefined()
    const cut = await open('sim/echo', false).response
    await expect(readText(cut)).rejects.toThrow(/aborted/)
    expect(gateway.ledger.rows.map((row) => row.outcome)).toEqual(['answered', 'interrupted'])
  })
})

describe('F43 clients that leave', () => {
  const countFds = (): number => readdirSync('/proc/self/fd').length

  it('at any moment leave no socket behind, and each of their attempts is recorded', async () => {
    await readText(await open('sim/echo', true).response)
    const before = { fds: countFds(), sockets: sim.openSockets }
    const rounds = 300
    for (let at = 0; at < rounds; at += 30) {
      await Promise.all(
        Array.from({ length: 30 }, async (_, index) => {
          // A third leave at their first byte of a long answer, the others at a time: on a slow machine before they were heard, or after the end.
          const isEarly = index % 3 === 0
          const { request, response } = open(isEarly ? 'sim/echo?chunks=1000&intervalMs=500' : 'sim/echo?chunks=40&intervalMs=1&ttftMs=3', isEarly || index % 4 !== 0)
          request.on('error', () => undefined)
          const began = response.then((message) => once(message.on('error', () => undefined), 'data'))
          await (isEarly ? began : Promise.race([sleep(((at + index) * 7) % 45), began.then(() => new Promise(() => undefined), () => undefined)]))
          request.destroy()
        }),
      )
    }
    await until(() => sim.requests.every((request) => request.abortedAt !== undefined || request.finishedAt !== undefined), 'every request was over')
    await until(() => gateway.ledger.rows.length >= sim.served.requests, 'every attempt was recorded')
    expect(new Set(gateway.ledger.rows.map((row) => row.outcome))).toEqual(new Set(['answered', 'cancelled']))
    const aborted = sim.requests.filter((request) => request.abortedAt !== undefined).length
    expect(aborted).toBeGreaterThan(rounds / 4)
    // Kept-alive connections to the provider may remain, at both ends of this process; those of clients may not.
    await until(() => countFds() - before.fds <= 2 * Math.max(sim.openSockets - before.sockets, 0), 'file descriptors were back at their number')
    expect((await open('sim/echo', false).response).statusCode).toBe(200)
  }, 600_000)
})

describe('F44 a slow reader', () => {
  it('holds the provider back instead of filling memory, and gets everything', async () => {
    const response = await open(`sim/echo?text=${'x'.repeat(4_000)}&fault=endless&after=1`, true).response
    response.pause()
    await until(() => sim.requests[0] !== undefined, 'the provider had the request')
    const before = process.memoryUsage()
    await sleep(300)
    const after = process.memoryUsage()
    expect(after.arrayBuffers + after.external - before.arrayBuffers - before.external).toBeLessThan(64 * 1024 * 1024)
    response.destroy()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the end')
  })

  it('that takes nothing for too long is given up, and the provider is told', async () => {
    await gateway[Symbol.asyncDispose]()
    gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url)], stalledMs: 500 })
    const response = await open(`sim/echo?text=${'x'.repeat(4_000)}&fault=endless&after=1`, true).response
    response.on('error', () => undefined).pause()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider was told')
    await until(() => gateway.ledger.rows.length === 1, 'the attempt was recorded')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled' }])
    response.destroy()
  })

  it('gets every byte once it reads on', async () => {
    const response = await open('sim/echo?chunks=3000', true).response
    response.pause()
    await sleep(150)
    const text = await readText(response)
    expect(text.match(/"content":"[^"]/g)?.length).toBe(3_000)
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true)
  })
})

describe('a drain', () => {
  it('that runs out of time tells a running stream why it ends', async () => {
    const response = await open('sim/echo?chunks=1000&intervalMs=500', true).response
    const [text] = await Promise.all([readText(response), gateway.drain(100)])
    expect(text).toContain('gateway_draining')
    expect(text).not.toContain('[DONE]')
  })
})

describe('limits of a body', () => {
  it('refuse a large one with 413 before it has come', async () => {
    await using small = await startModelGateway({ providers: [], bodyBytes: 1_000 })
    const response = await fetch(`${small.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: 'x'.repeat(5_000) })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { code: 'payload_too_large' } })
  })
})

describe('the model list', () => {
  it('has both shapes, all providers, and waits for no dead one', async () => {
    const hanging = await createProviderSimulator({ script: {} })
    await using two = await startModelGateway({
      providers: [defineProvider('sim', sim.url), defineProvider('gone', 'http://127.0.0.1:9/v1'), defineProvider('fixed', hanging.url, { models: ['a', 'b/c'] })],
      fallbacks: { smart: ['sim/echo'] },
    })
    const list = (await (await fetch(`${two.url}/models`)).json()) as { object: string; data: { id: string }[] }
    expect([list.object, ...list.data.map(({ id }) => id)]).toEqual(['list', 'smart', 'sim/echo', 'fixed/a', 'fixed/b/c'])
    const headers = { 'anthropic-version': '2023-06-01' }
    expect(await (await fetch(`${two.url}/models?limit=2`, { headers })).json()).toMatchObject({ has_more: true, first_id: 'smart', last_id: 'sim/echo', data: [{ type: 'model', id: 'smart' }, { id: 'sim/echo' }] })
    expect(await (await fetch(`${two.url}/models/fixed/b/c`)).json()).toEqual({ id: 'fixed/b/c', object: 'model', created: 0, owned_by: 'fixed' })
    const unknown = await fetch(`${two.url}/models/smrt`)
    expect([unknown.status, JSON.stringify(await unknown.json())]).toEqual([404, expect.stringContaining('`smart`')])
    await hanging.close()
  })

  it('is there within its deadline while a provider is silent', async () => {
    const silent = httpServerThatNeverAnswers()
    await using quick = await startModelGateway({ providers: [defineProvider('sim', sim.url), defineProvider('silent', await silent.url)], listDeadlineMs: 500 })
    // Polled: on a slow machine the deadline may come before the provider that does answer.
    await expect.poll(async () => ((await (await fetch(`${quick.url}/models`)).json()) as { data: { id: string }[] }).data.map(({ id }) => id)).toEqual(['sim/echo'])
    await silent.close()
  })
})

function httpServerThatNeverAnswers(): { readonly url: Promise<string>; close(): Promise<void> } {
  const simulator = createProviderSimulator()
  return {
    url: simulator.then(({ url }) => url.replace('/v1', '/_silent')),
    close: async () => (await simulator).close(),
  }
}
