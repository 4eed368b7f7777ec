import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createRuns, type RunSettings } from '../../src/core/runs/index.ts'
import { createMemoryRuns } from '../../src/storage/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import type { Answer, Place, Question, Tool } from './support/conversation.ts'
import { startStage, STREAMED_PAIRS, type Pair, type Stage } from './support/stage.ts'

let stage: Stage
let tools: McpGateway
let settings: Partial<RunSettings> = {}

beforeAll(async () => {
  tools = await startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } } })
  stage = await startStage({ wrap: (exchanges) => createRuns({ exchanges, catalog: tools.catalog, calls: tools.calls, store: createMemoryRuns(), events: createEvents(silentLogger, createMetrics()), logger: silentLogger, settings: () => settings }).exchanges })
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
  await tools[Symbol.asyncDispose]()
})
beforeEach(() => {
  settings = {}
  stage.sim.reset()
})

/** The model's name with the gateway's tools behind it. */
const placeOf = (pair: Pair): Place => {
  const place = stage.placeOf(pair)
  return { ...place, model: `${place.model}+tools:demo` }
}

const ask = ({ client, stream, ...pair }: (typeof STREAMED_PAIRS)[number], question: Question): Promise<Answer> => {
  const place = placeOf({ client, ...pair })
  return stream ? client.stream(place, question) : client.whole(place, question)
}

const first: Question = { turns: [{ kind: 'user', text: 'What is 2 + 3?' }] }
const ADD = { name: 'demo__add', input: { a: 2, b: 3 } }
const SUM = /"sum":5|^5$/

describe('a run of two turns', () => {
  it.each(STREAMED_PAIRS)('calls the gateway’s tools and gives one answer: $name', async (pair) => {
    stage.sim.script(
      { tools: [{ name: 'demo__add', arguments: '{"a":2,"b":3}' }, { name: 'demo__echo', arguments: '{"text":"hi"}' }], inputTokens: 10, outputTokens: 5 },
      { text: 'It is 5.', inputTokens: 20, outputTokens: 7 },
    )
    const answer = await ask(pair, first)
    expect(answer).toMatchObject({ text: 'It is 5.', calls: [], inputTokens: 30, outputTokens: 12 })
    expect(['stop', 'completed', 'end_turn', 'STOP']).toContain(answer.finish)
    const results = pair.provider.readResults(stage.sent(1))
    expect(results).toMatchObject([ADD, { name: 'demo__echo', input: { text: 'hi' }, text: 'hi' }])
    expect(results[0]?.text).toMatch(SUM)
  })
})

describe('an answer without calls', () => {
  it.each(STREAMED_PAIRS)('is what it would be without tools: $name', async (pair) => {
    stage.sim.script({ text: 'Hello there.' })
    expect(await ask(pair, first)).toMatchObject({ text: 'Hello there.', calls: [] })
    expect(stage.sim.requests).toHaveLength(1)
  })
})

const WEATHER: Tool = { name: 'weather', schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'], additionalProperties: false } }

describe('a turn with calls of both sides', () => {
  it.each(STREAMED_PAIRS)('hands the client its own calls, and joins all results when it answers: $name', async (pair) => {
    stage.sim.script(
      { tool: 'demo__echo', toolArguments: '{"text":"one"}' },
      { firstCall: 5, tools: [{ name: 'weather', arguments: '{"city":"Łódź"}' }, { name: 'demo__add', arguments: '{"a":2,"b":3}' }] },
      { text: 'Five degrees.' },
    )
    const question: Question = { ...first, tools: [WEATHER] }
    const answer = await ask(pair, question)
    expect(answer.calls).toMatchObject([{ name: 'weather', input: { city: 'Łódź' } }])
    const [call] = answer.calls
    if (!call) throw new Error('There is a call.')
    const last = await ask(pair, { ...question, turns: [...question.turns, { kind: 'answer', answer }, { kind: 'results', results: [{ call, text: '5 °C' }] }] })
    expect(last).toMatchObject({ text: 'Five degrees.', calls: [] })
    const results = pair.provider.readResults(stage.sent(2))
    expect(results.toSorted((a, b) => a.name.localeCompare(b.name))).toMatchObject([ADD, { name: 'demo__echo', text: 'one' }, { name: 'weather', text: '5 °C' }])
  })
})

describe('calls of two conversations that have the same id', () => {
  it.each(STREAMED_PAIRS.filter(({ isNative }) => isNative))('are told apart: $name', async (pair) => {
    // As of a provider that counts the calls of each conversation anew.
    const weather = (city: string) => ({ name: 'weather', arguments: JSON.stringify({ city }) })
    stage.sim.script({ tools: [weather('Łódź'), { name: 'demo__add', arguments: '{"a":2,"b":3}' }] }, { tools: [weather('Bergen')] }, { text: 'Rain.' })
    const question: Question = { ...first, tools: [WEATHER] }
    await ask(pair, question)
    const answer = await ask(pair, question)
    const [call] = answer.calls
    if (!call) throw new Error('There is a call.')
    await ask(pair, { ...question, turns: [...question.turns, { kind: 'answer', answer }, { kind: 'results', results: [{ call, text: '9 °C' }] }] })
    expect(pair.provider.readResults(stage.sent(2))).toMatchObject([{ name: 'weather', input: { city: 'Bergen' }, text: '9 °C' }])
  })
})

describe('a model that calls and calls', () => {
  it.each(STREAMED_PAIRS)('is told to answer once its rounds are used up: $name', async (pair) => {
    settings = { maxHops: 2, identicalCalls: 1 }
    const echo = { tool: 'demo__echo', toolArguments: '{"text":"a"}' }
    stage.sim.script(echo, { ...echo, firstCall: 5 }, { text: 'Enough.' })
    expect(await ask(pair, first)).toMatchObject({ text: 'Enough.', calls: [] })
    expect(pair.provider.readResults(stage.sent(2)).map(({ text }) => text)).toMatchObject(['a', expect.stringContaining('made 1 times')])
    expect(stage.sim.requests).toHaveLength(3)
  })
})
