import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { LedgerRow } from '../../src/storage/index.ts'
import { makePlace, startGatewayProcess } from '../support/gateway-process.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

const PRICE = { input: 2, output: 10, cacheRead: 0.5, cacheWrite: 0 }
const WORDS = Array.from({ length: 60 }, (_, n) => `word${n}`).join(' ')

let sim: ProviderSimulator
let gateway: ModelGateway
let rowsBefore = 0
beforeAll(async () => {
  sim = await createProviderSimulator()
  const facts = { echo: { price: PRICE } }
  gateway = await startModelGateway({
    providers: [defineProvider('sim', sim.url, { facts }), defineProvider('claude', sim.url, { kind: 'anthropic-compatible', facts }), defineProvider('free', sim.url)],
  })
})
beforeEach(() => {
  rowsBefore = gateway.ledger.rows.length
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const SURFACES = {
  chat: { path: '/chat/completions', body: { messages: [{ role: 'user', content: 'hi' }] } },
  messages: { path: '/messages', body: { max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] } },
} as const

const ask = (surface: keyof typeof SURFACES, model: string, stream: boolean, signal?: AbortSignal): Promise<Response> =>
  fetch(`${gateway.url}${SURFACES[surface].path}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model, stream, ...SURFACES[surface].body }), ...(signal ? { signal } : {}) })

async function lastRow(): Promise<LedgerRow> {
  await until(() => gateway.ledger.rows.length > rowsBefore, 'the attempt was recorded')
  const row = gateway.ledger.rows.at(-1)
  if (!row) throw new Error('no row')
  return row
}

/** Reads until so much has come, then goes away. */
async function leaveEarly(surface: keyof typeof SURFACES, model: string): Promise<void> {
  const controller = new AbortController()
  const answer = await ask(surface, model, true, controller.signal)
  let text = ''
  try {
    for await (const piece of answer.body ?? []) {
      text += Buffer.from(piece as Uint8Array).toString()
      if (text.includes('word20')) controller.abort()
    }
  } catch (error) {
    if ((error as Error).name !== 'AbortError') throw error
  }
}

/** The provider itself, and a translation of it. */
const WAYS = [['chat', 'sim/echo'], ['messages', 'claude/echo'], ['messages', 'sim/echo'], ['chat', 'claude/echo']] as const

describe.each(WAYS)('the usage of %s over %s', (surface, model) => {
  it('is the provider’s own, with its cost, streamed and whole alike', async () => {
    const costs: unknown[] = []
    for (const stream of [true, false]) {
      rowsBefore = gateway.ledger.rows.length
      sim.script({ text: WORDS, inputTokens: 100, cachedTokens: 40, outputTokens: 30 })
      await (await ask(surface, model, stream)).text()
      const row = await lastRow()
      expect([row.outcome, row.usageSource]).toEqual(['answered', 'provider'])
      costs.push(row.costMicros)
    }
    expect(costs, 'LT-H15').toEqual([60 * 2 + 40 * 0.5 + 30 * 10, 60 * 2 + 40 * 0.5 + 30 * 10])
  })

  it('LT-F14 is estimated, and says so, where the client went away before it came', async () => {
    sim.script({ text: WORDS, fault: 'stall', after: 40, inputTokens: 100, outputTokens: 600 })
    await leaveEarly(surface, model)
    const row = await lastRow()
    expect([row.outcome, row.usageSource]).toEqual(['cancelled', 'estimated'])
    expect(row.usage?.input.total).toBeGreaterThan(0)
    // Some twenty to forty words were said, of two tokens each.
    expect(row.usage?.output.total).toBeGreaterThan(20)
    expect(row.usage?.output.total).toBeLessThan(300)
    expect(row.costMicros).toBeGreaterThan(20 * PRICE.output)
  })

  it('LT-H10 is estimated where the provider broke off', async () => {
    sim.script({ text: WORDS, fault: 'cut', after: 30 })
    await (await ask(surface, model, true)).text().catch(() => undefined)
    const row = await lastRow()
    expect([row.outcome, row.usageSource]).toEqual(['interrupted', 'estimated'])
    expect(row.usage?.output.total).toBeGreaterThan(15)
  })
})

describe('the cost of an attempt', () => {
  it('is not known without a price, and is nothing that was guessed', async () => {
    sim.script({ text: 'hi', inputTokens: 10, outputTokens: 5 })
    await (await ask('chat', 'free/echo', false)).text()
    expect(await lastRow()).toMatchObject({ usageSource: 'provider', costMicros: undefined })
  })

  it('is none where nothing ran', async () => {
    sim.script({ fault: 'status', status: 400 })
    await (await ask('chat', 'sim/echo', false)).text()
    expect(await lastRow()).toMatchObject({ outcome: 'failed', usage: undefined, usageSource: 'none', costMicros: undefined })
  })
})

describe('GET /_meta/usage', () => {
  it('sums the ledger by day, provider and model', async () => {
    using place = makePlace()
    const facts = { echo: { price: { input: 2, output: 10 } } }
    place.write({ version: 1, mcpServers: {}, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url, facts }, free: { kind: 'openai-compatible', baseUrl: sim.url } }, telemetry: { level: 'warn' } })
    await using running = await startGatewayProcess(place)
    for (const model of ['sim/echo', 'sim/echo', 'free/echo']) {
      sim.script({ text: 'hi', inputTokens: 10, outputTokens: 5 })
      await (await fetch(`${running.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] }) })).text()
    }
    const day = new Date().toISOString().slice(0, 10)
    const read = async (query: string): Promise<unknown> => (await fetch(`${running.url}/_meta/usage${query}`)).json()
    expect(await read(`?since=${day}`)).toMatchObject({
      items: [
        { day, provider: 'free', model: 'echo', attempts: 1, unpriced: 1, inputTokens: 10, outputTokens: 5, costMicros: 0 },
        { day, provider: 'sim', model: 'echo', attempts: 2, estimated: 0, unpriced: 0, inputTokens: 20, outputTokens: 10, costMicros: 140 },
      ],
      total: { attempts: 3, unpriced: 1, inputTokens: 30, outputTokens: 15, costMicros: 140 },
    })
    expect(await read('?until=2020-01-01')).toMatchObject({ items: [], total: { attempts: 0, costMicros: 0 } })
    expect((await fetch(`${running.url}/_meta/usage?since=yesterday`)).status).toBe(400)
  })
})
