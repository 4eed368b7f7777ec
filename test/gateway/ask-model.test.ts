import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { askModel, type ExchangeService, type ModelQuestion } from '../../src/core/exchange/index.ts'
import { LOCAL_PRINCIPAL } from '../../src/core/identity/index.ts'
import type { StreamPart } from '../../src/dialects/index.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let exchanges: ExchangeService | undefined

beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [defineProvider('chat', sim.url), defineProvider('messages', sim.url, { kind: 'anthropic' })],
    settings: { maxAttempts: 1 },
    wrap: (plain) => (exchanges = plain),
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const question = (model: string, stream: boolean, signal = AbortSignal.timeout(120_000)): ModelQuestion => ({
  principal: LOCAL_PRINCIPAL,
  surface: 'test',
  requestId: 'req_1',
  body: { model, stream, messages: [{ role: 'user', content: 'Hello' }] },
  logger: silentLogger,
  signal,
})

async function ask(asked: ModelQuestion, onPart?: (part: StreamPart) => void): ReturnType<typeof askModel> {
  if (!exchanges) throw new Error('The gateway has exchanges.')
  return askModel(exchanges.run, asked, onPart)
}

describe.each(['chat/some', 'messages/some'])('askModel, %s', (model) => {
  it.each([true, false])('gives the whole answer, and its parts as they come (stream: %s)', async (stream) => {
    const parts: StreamPart[] = []
    const answer = await ask(question(model, stream), (part) => parts.push(part))
    expect(answer).toMatchObject({ blocks: [{ type: 'text', text: 'You said: Hello' }], finish: { unified: 'stop' }, usage: { input: { total: 11 } } })
    expect(parts.filter(({ type }) => type === 'text-delta').length).toBeGreaterThan(stream ? 2 : 0)
    expect(gateway.ledger.rows).toMatchObject([{ surface: 'test', outcome: 'answered' }])
  })

  it('says what the provider refused', async () => {
    sim.script({ fault: 'status', status: 429, body: JSON.stringify({ type: 'error', error: { type: 'rate_limit_error', message: 'Slow down.' } }) })
    await expect(ask(question(model, true))).rejects.toMatchObject({ code: 'limit_exceeded' })
  })

  it('says that an answer was cut', async () => {
    sim.script({ text: 'one two three four', fault: 'cut', after: 3 })
    await expect(ask(question(model, true))).rejects.toMatchObject({ code: 'upstream_interrupted' })
  })

  it('ends when it is not wanted any more', async () => {
    sim.script({ fault: 'hang' })
    await expect(ask(question(model, true, AbortSignal.timeout(50)))).rejects.toMatchObject({ code: 'cancelled' })
  })
})
