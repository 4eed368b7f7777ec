import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { addPlannedTools, foldAnswer, planTools, restoreThoughts, type AnswerBlock, type StreamPart } from '../../src/dialects/index.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { parseExact } from '../../src/lib/parse-exact.ts'
import { ANSWER_CONTEXT, codecOf, decodeStream, encodeStream, fixturePath, openSeals, ORIGIN, parseEvents, readFixture, readRequest, readStream, scenarios, tellStream } from './fixtures.ts'
import { ANSWER_PAIRS, GRIDS, REQUEST_PAIRS } from './grids/index.ts'
import { parentsOf, placesOf, UNKNOWN } from './places.ts'

interface Outcome {
  readonly body?: JsonObject
  readonly losses?: readonly unknown[]
  readonly refused?: string
}

function translate(from: Dialect, to: Dialect, body: JsonObject): Outcome {
  try {
    const quirks = GRIDS.find(({ dialect }) => dialect === to)?.quirks ?? {}
    const plan = planTools(restoreThoughts(codecOf(from).translation.decodeRequest(body), openSeals, ORIGIN), to, quirks)
    const { value, losses } = codecOf(to).translation.encodeRequest(plan.request, { target: ORIGIN, seals: openSeals, quirks })
    return { body: addPlannedTools(value.body, plan), losses: [...plan.losses, ...losses] }
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_request') return { refused: error.message }
    throw error
  }
}

const print = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

/** Where a block was read differs between a stream and a whole answer: a stream says a text in more parts. */
const withoutPaths = (blocks: readonly AnswerBlock[]): readonly AnswerBlock[] => JSON.parse(JSON.stringify(blocks, (key, value: unknown) => (key === 'path' ? undefined : value))) as readonly AnswerBlock[]

/** What the dialect itself takes for the same. */
function normalise(value: JsonValue | undefined): JsonValue | undefined {
  if (Array.isArray(value)) return value.map((item: JsonValue) => normalise(item) ?? null)
  if (!isJsonObject(value)) return value
  const { content } = value
  const isText = typeof content === 'string' && typeof value['role'] === 'string'
  const said = isText ? (content === '' ? [] : [{ type: 'text', text: content }]) : content
  return Object.fromEntries(Object.entries({ ...value, ...(content === undefined ? {} : { content: said }) }).map(([key, inner]) => [key, normalise(inner)]))
}

describe.each(GRIDS.filter(({ hasClients }) => hasClients))('requests of $dialect', ({ dialect, faithful }) => {
  it.each(scenarios(dialect, '.request.json').filter((name) => faithful.includes(name)))('%s: decoding and encoding in the same dialect changes nothing', (name) => {
    const body = readRequest(dialect, name)
    const again = translate(dialect, dialect, body)
    expect(again.losses).toEqual([])
    expect(normalise(again.body)).toEqual(normalise(body))
  })
})

/** Members whose whole content is the client's or the provider's own business: carried or named as one. */
const OPAQUE = /(?:(?<=.)\/input|\/(input_schema|parameters|schema|arguments|args|response|parametersJsonSchema|responseJsonSchema|responseSchema|edits|mcp_servers|logit_bias|prediction|citations|context_management|task_budget|input_audio))(\/|$)/

describe.each(REQUEST_PAIRS)('requests $name', ({ from, to }) => {
  const names = scenarios(from.dialect, '.request.json')

  it.each(names)('%s: value and losses are as reviewed', async (name) => {
    await expect(print(translate(from.dialect, to.dialect, readRequest(from.dialect, name)))).toMatchFileSnapshot(fixturePath(from.dialect, `${name}.to-${to.dialect}.json`))
  })

  it.each(names)('%s: an unknown field anywhere is carried or named as lost', (name) => {
    const places = placesOf(readRequest(from.dialect, name), OPAQUE)
    expect(places.length).toBeGreaterThan(1)
    for (const { path, insert } of places) {
      const { body, losses = [], refused } = translate(from.dialect, to.dialect, insert())
      const isKept = JSON.stringify(body ?? {}).includes(UNKNOWN)
      const text = JSON.stringify(losses)
      const isNamed = text.includes(UNKNOWN) || parentsOf(path).some((parent) => text.includes(`"path":"${parent}"`))
      expect(isKept || isNamed || refused !== undefined, `${path} of ${name}`).toBe(true)
    }
  })
})

describe.each(ANSWER_PAIRS)('streams $name', ({ from, to }) => {
  const foreign = codecOf(to.dialect)
  const parts = (name: string): readonly StreamPart[] => decodeStream(codecOf(from.dialect), parseEvents(readFixture(from.dialect, `${name}.sse.txt`), from.dialect))
  const names = scenarios(from.dialect, '.sse.txt')

  it.each(names)('%s: the events of the other dialect are as reviewed, and legal', async (name) => {
    const { text, losses } = tellStream(codecOf(from.dialect), foreign, parseEvents(readFixture(from.dialect, `${name}.sse.txt`), from.dialect))
    const failed = parts(name).find((part) => part.type === 'error')
    // The client's surface ends what has failed.
    if (!failed) to.checkGrammar(parseEvents(text, to.dialect))
    // Comments, which no reader of events sees.
    await expect(`${text}${failed ? `: failed ${failed.fault.message}\n` : ''}${losses.map(({ kind, path, reason }) => `: ${kind} ${path}: ${reason}\n`).join('')}`).toMatchFileSnapshot(fixturePath(from.dialect, `${name}.to-${to.dialect}.sse.txt`))
  })

  it.each(names)('%s: the whole answer is the folded stream, in both dialects', async (name) => {
    const read = readStream(codecOf(from.dialect), parseEvents(readFixture(from.dialect, `${name}.sse.txt`), from.dialect))
    const failed = read.parts.find((part) => part.type === 'error')
    if (failed) return expect(print({ failed: failed.fault, losses: read.losses })).toMatchFileSnapshot(fixturePath(from.dialect, `${name}.to-${to.dialect}.whole.json`))
    const answer = foldAnswer(read.parts)
    const whole = foreign.translation.encodeAnswer(answer, ANSWER_CONTEXT)
    await expect(print({ body: whole.value, losses: [...read.losses, ...whole.losses] })).toMatchFileSnapshot(fixturePath(from.dialect, `${name}.to-${to.dialect}.whole.json`))
    const streamed = foldAnswer(decodeStream(foreign, parseEvents(encodeStream(foreign, parts(name)), to.dialect)))
    const direct = foldAnswer(foreign.translation.decodeAnswer(whole.value).value)
    // A whole message of Chat Completions does not tell whether a thought came before a text or after it.
    const inOrder = ({ blocks }: typeof direct): typeof direct.blocks => (to.dialect === 'openai-chat' ? [...blocks.filter(({ type }) => type === 'reasoning'), ...blocks.filter(({ type }) => type !== 'reasoning')] : blocks)
    const essence = ({ finish, ...rest }: typeof direct): unknown => [withoutPaths(inOrder({ finish, ...rest })).map((block) => (block.type === 'tool-call' && block.argumentsText === '' ? { ...block, argumentsText: '{}' } : block)), finish.unified]
    if (answer.finish.unified !== 'length') expect(essence(streamed)).toEqual(essence(direct))
    expect(streamed.finish.unified).toBe(direct.finish.unified)
  })
})

describe.each(ANSWER_PAIRS)('whole answers $name', ({ from, to }) => {
  it.each(scenarios(from.dialect, '.response.json'))('%s: value and losses are as reviewed', async (name) => {
    const decoded = codecOf(from.dialect).translation.decodeAnswer(parseExact(readFixture(from.dialect, `${name}.response.json`)) as JsonObject)
    const { value, losses } = codecOf(to.dialect).translation.encodeAnswer(foldAnswer(decoded.value), ANSWER_CONTEXT)
    await expect(print({ body: value, losses: [...decoded.losses, ...losses] })).toMatchFileSnapshot(fixturePath(from.dialect, `${name}.to-${to.dialect}.response.json`))
  })
})

describe.each(GRIDS)('streams of $dialect', ({ dialect, isFinish }) => {
  const codec = codecOf(dialect)
  const names = scenarios(dialect, '.sse.txt')

  it.each(names)('%s: says the same however it is cut', (name) => {
    const text = readFixture(dialect, `${name}.sse.txt`)
    const expected = decodeStream(codec, parseEvents(text, dialect))
    fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
      expect(decodeStream(codec, parseEvents(text, dialect, cuts))).toEqual(expected)
    }), { numRuns: 30 })
  })

  it.each(names)('%s: cut short it has no end', (name) => {
    const events = parseEvents(readFixture(dialect, `${name}.sse.txt`), dialect)
    const isEnd = (part: StreamPart): boolean => part.type === 'message-end'
    const finishedAt = events.findIndex((event) => isFinish(event))
    for (let kept = 0; kept < finishedAt; kept++) expect(decodeStream(codec, events.slice(0, kept)).some(isEnd), `${kept} events`).toBe(false)
    const whole = decodeStream(codec, events)
    expect(whole.filter(isEnd).length).toBe(whole.some(({ type }) => type === 'error') ? 0 : 1)
  })
})

/** Any way in which blocks can follow each other or, for calls, run side by side. */
const streamParts: fc.Arbitrary<readonly StreamPart[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('text', 'refusal', 'reasoning', 'redacted', 'call', 'search'),
      pieces: fc.array(fc.constantFrom('', 'a', '{"x":', '世', '1}'), { maxLength: 4 }),
      hasSeal: fc.boolean(),
      isAside: fc.boolean(),
    }),
    { maxLength: 7 },
  )
  .map((blocks) => {
    const parts: StreamPart[] = []
    const late: StreamPart[][] = []
    for (const [index, { kind, pieces, hasSeal, isAside }] of blocks.entries()) {
      const own: StreamPart[] = []
      if (kind === 'search') {
        parts.push({ type: 'search', index, search: { id: `s${index}`, queries: pieces, sources: hasSeal ? [{ url: 'u', title: undefined, path: '/s' }] : [], path: '/s' } })
        continue
      }
      if (kind === 'text' || kind === 'refusal') {
        const citation: StreamPart = { type: 'citation', index, citation: { url: 'u', title: 't', range: undefined, path: '/c' } }
        own.push({ type: 'text-start', index, ...(kind === 'refusal' ? { isRefusal: true as const } : {}) }, ...(isAside && kind === 'text' ? [citation] : []), ...pieces.map((text) => ({ type: 'text-delta' as const, index, text })))
        if (hasSeal && kind === 'text') own.push(citation)
      }
      else if (kind === 'call') own.push({ type: 'tool-call-start', index, callId: `c${index}`, name: 'f' }, ...pieces.map((argumentsText) => ({ type: 'tool-call-delta' as const, index, argumentsText })))
      else {
        own.push(kind === 'redacted' ? { type: 'reasoning-start', index, isRedacted: true } : { type: 'reasoning-start', index })
        if (kind === 'reasoning') own.push(...pieces.map((text) => ({ type: 'reasoning-delta' as const, index, text })))
        if (hasSeal) own.push({ type: 'reasoning-seal', index, seal: 's' })
      }
      own.push({ type: 'block-end', index })
      if (kind === 'call' && isAside) {
        parts.push(...own.splice(0, 1))
        late.push(own)
      } else parts.push(...own)
    }
    // The calls that run side by side take turns.
    while (late.some((own) => own.length > 0)) for (const own of late) parts.push(...own.splice(0, 1))
    const usage: StreamPart = { type: 'usage', usage: { input: { total: 3, cacheRead: 5, cacheWrite: 0 }, output: { total: 2, reasoning: 0 }, raw: undefined } }
    return [{ type: 'message-start', messageId: 'i', model: 'm' }, ...parts, usage, { type: 'message-end', finish: { unified: 'stop', raw: 'stop' } }]
  })

describe.each(GRIDS.filter(({ hasClients }) => hasClients))('the stream encoder of $dialect', ({ dialect, checkGrammar }) => {
  const codec = codecOf(dialect)

  it('writes only what its grammar allows, and loses no text', () => {
    let written = 0
    fc.assert(fc.property(streamParts, (parts) => {
      written++
      const events = parseEvents(encodeStream(codec, parts), dialect)
      checkGrammar(events)
      const texts = (all: readonly StreamPart[]): string => foldAnswer(all).blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')
      const calls = (all: readonly StreamPart[]): unknown => foldAnswer(all).blocks.filter((block) => block.type === 'tool-call').map(({ argumentsText }) => (argumentsText === '' ? '{}' : argumentsText))
      const again = decodeStream(codec, events)
      expect([texts(again), calls(again)]).toEqual([texts(parts), calls(parts)])
    }), { numRuns: 10_000 })
    expect(written).toBeGreaterThanOrEqual(10_000)
  })
})
