import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Question } from './support/conversation.ts'
import { startStage, STREAMED_PAIRS, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const schema = { type: 'object', properties: { city: { type: 'string' }, degrees: { type: 'number' } }, required: ['city', 'degrees'], additionalProperties: false }
const question: Question = { schema, turns: [{ kind: 'user', text: 'Where, and how warm?' }] }

describe('an answer of a given shape', () => {
  it.each(STREAMED_PAIRS)('LT-A14 is asked for in the provider’s own field and comes as text: $name', async (pair) => {
    const { client, provider, stream } = pair
    stage.sim.script({ text: '{"city":"Łódź","degrees":-3}' })
    const answer = await (stream ? client.stream(stage.placeOf(pair), question) : client.whole(stage.placeOf(pair), question))
    expect(JSON.parse(answer.text)).toEqual({ city: 'Łódź', degrees: -3 })
    expect(answer.calls).toEqual([])
    expect(['stop', 'completed', 'end_turn', 'STOP']).toContain(answer.finish)
    expect(provider.readSchema(stage.sent(0))).toEqual(schema)
  })
})
