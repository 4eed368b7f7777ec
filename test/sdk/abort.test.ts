import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { until } from '../support/until.ts'
import type { Question } from './support/conversation.ts'
import { PAIRS, startStage, STREAMED_PAIRS, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const question: Question = { turns: [{ kind: 'user', text: 'Go on.' }] }
const isGone = (): boolean => stage.sim.requests[0]?.abortedAt !== undefined

describe('an SDK that is told to stop', () => {
  it.each(PAIRS)('LT-F13 stops the provider in the middle of a stream: $name', async (pair) => {
    const controller = new AbortController()
    stage.sim.script({ chunks: 500, intervalMs: 500 })
    const rows = stage.gateway.ledger.rows.length
    const asked = pair.client.stream(stage.placeOf(pair), { ...question, signal: controller.signal }, () => controller.abort())
    await expect(asked).rejects.toThrow()
    await until(isGone, 'the provider saw the abort')
    await until(() => stage.gateway.ledger.rows.length === rows + 1, 'the attempt was recorded')
    expect(stage.gateway.ledger.rows.at(-1)).toMatchObject({ outcome: 'cancelled' })
  })

  it.each(STREAMED_PAIRS)('LT-F13 stops the provider before its first byte: $name', async (pair) => {
    const { client, stream } = pair
    const controller = new AbortController()
    stage.sim.script({ fault: 'hang' })
    const asking = { ...question, signal: controller.signal }
    const asked = stream ? client.stream(stage.placeOf(pair), asking) : client.whole(stage.placeOf(pair), asking)
    const ended = expect(asked).rejects.toThrow()
    await until(() => stage.sim.requests.length === 1, 'the provider had the request')
    controller.abort()
    await ended
    await until(isGone, 'the provider saw the abort')
  })
})
