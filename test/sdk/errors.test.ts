import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, Failure, Place, Question } from './support/conversation.ts'
import type { SdkClient } from './support/sdk-client.ts'
import { classFor, statusFor } from './support/failure-classes.ts'
import { PAIRS, startStage, STREAMED_PAIRS, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const question: Question = { turns: [{ kind: 'user', text: 'Go on.' }] }

const ask = (client: SdkClient, place: Place, stream: boolean): Promise<Answer> => (stream ? client.stream(place, question) : client.whole(place, question))

async function failureOf(client: SdkClient, asked: Promise<Answer>): Promise<Failure> {
  const outcome = await asked.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  )
  if ('answer' in outcome) throw new Error(`It was answered: ${outcome.answer.text}`)
  return client.readFailure(outcome.error)
}

describe.each([400, 401, 404, 429, 503, 529])('a provider’s %i', (status) => {
  it.each(STREAMED_PAIRS)('LT-F08 LT-G05 LT-P07 is thrown in the SDK’s own class: $name', async (pair) => {
    const { client, provider, stream } = pair
    stage.sim.script({ fault: 'status', status, ...(status === 429 ? { retryAfter: '7' } : {}) })
    const failure = await failureOf(client, ask(client, stage.placeOf(pair), stream))
    const seen = statusFor(status, pair)
    expect(failure).toMatchObject({ kind: classFor(client, seen), status: seen, message: expect.stringContaining(String(status)) as string })
    if (status === 401) expect(failure.message).toContain(`providers.${provider.name}.apiKey`)
    if (status === 429 && client.name === 'google genai') expect(failure.message).toContain('"retryDelay":"7s"')
    if (status === 429 && client.name !== 'google genai') expect(failure.retryAfter).toBe('7')
    expect(stage.sim.requests).toHaveLength(1)
  })
})

describe('a model that nobody has', () => {
  it.each(PAIRS)('is thrown in the SDK’s own class: $name', async (pair) => {
    const failure = await failureOf(pair.client, pair.client.whole({ ...stage.placeOf(pair), model: `${pair.provider.name}-none` }, question))
    expect(failure).toMatchObject({ kind: classFor(pair.client, 404), status: 404, message: expect.stringContaining(`${pair.provider.name}-none`) as string })
    expect(stage.sim.requests).toHaveLength(0)
  })
})

function classInStream({ name }: SdkClient): string {
  if (name.startsWith('ai sdk')) return 'AI_StreamProviderError'
  if (name === 'openai responses') return 'response.failed'
  return name === 'google genai' ? 'ApiError' : 'APIError'
}

describe.each(['error-event', 'cut', 'eof'] as const)('a stream that fails in its middle (%s)', (fault) => {
  it.each(PAIRS)('LT-F10 LT-F17 LT-G02 LT-P03 is thrown and is no end: $name', async (pair) => {
    const { client, provider } = pair
    stage.sim.script({ chunks: 30, text: 'a bit of text that is long enough to be cut in thirty pieces', fault, after: 12 })
    let hasBegun = false
    const begin = (): void => {
      hasBegun = true
    }
    const failure = await failureOf(client, client.stream(stage.placeOf(pair), question, begin))
    expect(hasBegun).toBe(true)
    expect(failure.kind).toBe(classInStream(client))
    expect(failure.message).toMatch(fault === 'error-event' ? /told to fail/ : new RegExp(`${provider.name}.*(in the middle|before its answer did)`))
    expect(stage.gateway.ledger.rows.at(-1)).toMatchObject({ outcome: 'interrupted' })
  })
})
