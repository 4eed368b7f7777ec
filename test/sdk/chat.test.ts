import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Question } from './support/conversation.ts'
import { startStage, STREAMED_PAIRS, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const question: Question = { turns: [{ kind: 'user', text: 'Grüße an 世界' }] }

describe('a plain question', () => {
  it.each(STREAMED_PAIRS)('is answered: $name', async (pair) => {
    const { client, stream } = pair
    stage.sim.script({ text: 'Grüße zurück, 世界!', inputTokens: 21, outputTokens: 6 })
    const answer = await (stream ? client.stream(stage.placeOf(pair), question) : client.whole(stage.placeOf(pair), question))
    expect(answer).toMatchObject({ text: 'Grüße zurück, 世界!', calls: [], inputTokens: 21, outputTokens: 6 })
    expect(['stop', 'completed', 'end_turn', 'STOP']).toContain(answer.finish)
    expect(stage.sim.requests).toHaveLength(1)
    expect(JSON.stringify(stage.sent(0))).toContain('Grüße an 世界')
    expect(JSON.stringify(stage.sim.requests[0]?.headers)).not.toContain('sk-client')
  })
})
