import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Answer, Question, Tool } from './support/conversation.ts'
import { startStage, STREAMED_PAIRS, type Stage } from './support/stage.ts'

let stage: Stage

beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage[Symbol.asyncDispose]())
beforeEach(() => stage.sim.reset())

const TOOLS: readonly Tool[] = [
  { name: 'weather', schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false } },
  { name: 'clock', schema: { type: 'object', properties: { zone: { type: 'string' } }, required: ['zone'], additionalProperties: false } },
]
const CALLED = [
  { name: 'weather', input: { city: 'Zürich' } },
  { name: 'weather', input: { city: 'Łódź' } },
  { name: 'clock', input: { zone: 'CET' } },
]
const OUTPUTS = ['12 °C', '9 °C', 'noon']
const first: Question = { tools: TOOLS, turns: [{ kind: 'user', text: 'Weather and time?' }] }

describe('parallel tool calls', () => {
  it.each(STREAMED_PAIRS)('LT-C01 LT-P10 find their results in the next turn, however they are ordered: $name', async (pair) => {
    const { client, stream, provider } = pair
    const ask = (question: Question): Promise<Answer> => (stream ? client.stream(stage.placeOf(pair), question) : client.whole(stage.placeOf(pair), question))
    stage.sim.script({ tools: CALLED.map(({ name, input }) => ({ name, arguments: JSON.stringify(input) })) }, { text: 'Rain at noon.' })
    const answer = await ask(first)
    expect(answer.calls).toMatchObject(CALLED)
    expect(new Set(answer.calls.map(({ id }) => id)).size).toBe(3)
    expect(['tool_calls', 'completed', 'tool_use', 'STOP', 'tool-calls']).toContain(answer.finish)
    const results = answer.calls.map((call, index) => ({ call, text: OUTPUTS[index] ?? '' })).toReversed()
    const last = await ask({ ...first, turns: [...first.turns, { kind: 'answer', answer }, { kind: 'results', results }] })
    expect(last).toMatchObject({ text: 'Rain at noon.', calls: [] })
    const joined = provider.readResults(stage.sent(1))
    expect(joined.toSorted((a, b) => OUTPUTS.indexOf(a.text) - OUTPUTS.indexOf(b.text))).toEqual(CALLED.map((call, index) => ({ ...call, text: OUTPUTS[index] })))
  })
})
