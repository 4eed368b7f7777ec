import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldAnswer, type StreamPart } from '../../src/dialects/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { ANSWER_CONTEXT, codecOf, decodeStream, encodeStream, fixturePath, openSeals, ORIGIN, otherThan, parseEvents, readFixture, readRequest, scenarios, TRANSLATED, type TranslatedDialect } from './fixtures.ts'
import { checkChatGrammar, checkMessagesGrammar } from './stream-grammar.ts'

const CONTEXT = { target: ORIGIN, seals: openSeals, quirks: {} }
const GRAMMARS = { 'anthropic-messages': checkMessagesGrammar, 'openai-chat': checkChatGrammar } as const

interface Outcome {
  readonly body?: JsonObject
  readonly losses?: readonly unknown[]
  readonly refused?: string
}

function translate(from: TranslatedDialect, to: TranslatedDialect, body: JsonObject): Outcome {
  try {
    const { value, losses } = codecOf(to).translation.encodeRequest(codecOf(from).translation.decodeRequest(body), CONTEXT)
    return { body: value.body, losses }
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'invalid_request') return { refused: error.message }
    throw error
  }
}

const print = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`

describe.each(TRANSLATED)('requests of %s', (dialect) => {
  const other = otherThan(dialect)
  const names = scenarios(dialect, '.request.json')

  it.each(names)('%s: value and losses are as reviewed', async (name) => {
    await expect(print(translate(dialect, other, readRequest(dialect, name)))).toMatchFileSnapshot(fixturePath(dialect, `${name}.to-${other}.json`))
  })

  /** What the dialect itself takes for the same. */
  function normalise(value: JsonValue | undefined): JsonValue | undefined {
    if (Array.isArray(value)) return value.map((item: JsonValue) => normalise(item) ?? null)
    if (!isJsonObject(value)) return value
    const { content } = value
    const isText = typeof content === 'string' && typeof value['role'] === 'string'
    const said = isText ? (content === '' ? [] : [{ type: 'text', text: content }]) : content
    return Object.fromEntries(Object.entries({ ...value, ...(content === undefined ? {} : { content: said }) }).map(([key, inner]) => [key, normalise(inner)]))
  }

  const FAITHFUL: Readonly<Record<TranslatedDialect, readonly string[]>> = {
    'anthropic-messages': ['results-in-another-order', 'image-in-tool-result', 'deferred-tools', 'tool-choice-any-serial', 'documents', 'structured-output', 'thinking-from-elsewhere', 'seal-only-thinking', 'search-result', 'server-tool-history', 'unknown-fields'],
    'openai-chat': ['images', 'json-object', 'json-schema', 'serial-tools'],
  }
  it.each(names.filter((name) => FAITHFUL[dialect].includes(name)))('%s: decoding and encoding in the same dialect changes nothing', (name) => {
    const body = readRequest(dialect, name)
    const again = translate(dialect, dialect, body)
    expect(again.losses).toEqual([])
    expect(normalise(again.body)).toEqual(normalise(body))
  })

  it.each(names)('%s: an unknown field anywhere is carried or named as lost', (name) => {
    const places: { readonly path: string; readonly insert: () => JsonObject }[] = []
    const base = readRequest(dialect, name)
    const walk = (value: JsonValue | undefined, path: string, rebuild: (changed: JsonValue) => JsonObject): void => {
      if (/\/(input|input_schema|parameters|schema|source|cache_control|arguments|edits|mcp_servers|logit_bias|prediction|reasoning_details|citations|tool_choice|response_format|context_management|task_budget|input_audio)(\/|$)/.test(path)) return
      if (Array.isArray(value)) {
        for (const [index, item] of value.entries()) walk(item as JsonValue, `${path}/${index}`, (changed) => rebuild(value.with(index, changed) as JsonValue))
      } else if (isJsonObject(value)) {
        places.push({ path, insert: () => rebuild({ ...value, zz_unknown: 'zz' }) })
        for (const [key, inner] of Object.entries(value)) walk(inner, `${path}/${key}`, (changed) => rebuild({ ...value, [key]: changed }))
      }
    }
    walk(base, '', (changed) => changed as JsonObject)
    expect(places.length).toBeGreaterThan(1)
    for (const { path, insert } of places) {
      const { body, losses = [], refused } = translate(dialect, other, insert())
      const isKept = JSON.stringify(body ?? {}).includes('zz_unknown')
      const text = JSON.stringify(losses)
      const parents = path.split('/').map((_, index, parts) => parts.slice(0, parts.length - index).join('/')).filter((parent) => parent !== '')
      const isNamed = text.includes('zz_unknown') || parents.some((parent) => text.includes(`"path":"${parent}"`))
      expect(isKept || isNamed || refused !== undefined, `${path} of ${name}`).toBe(true)
    }
  })
})

describe.each(TRANSLATED)('streams of %s', (dialect) => {
  const other = otherThan(dialect)
  const [codec, foreign] = [codecOf(dialect), codecOf(other)]
  const names = scenarios(dialect, '.sse.txt')

  it.each(names)('%s: the events of the other dialect are as reviewed, and legal', async (name) => {
    const written = encodeStream(foreign, decodeStream(codec, parseEvents(readFixture(dialect, `${name}.sse.txt`))))
    GRAMMARS[other](parseEvents(written))
    await expect(written).toMatchFileSnapshot(fixturePath(dialect, `${name}.to-${other}.sse.txt`))
  })

  it.each(names)('%s: the whole answer is the folded stream, in both dialects', async (name) => {
    const parts = decodeStream(codec, parseEvents(readFixture(dialect, `${name}.sse.txt`)))
    const answer = foldAnswer(parts)
    await expect(print(foreign.translation.encodeAnswer(answer, ANSWER_CONTEXT))).toMatchFileSnapshot(fixturePath(dialect, `${name}.to-${other}.whole.json`))
    const streamed = foldAnswer(decodeStream(foreign, parseEvents(encodeStream(foreign, parts))))
    const direct = foldAnswer(foreign.translation.decodeAnswer(foreign.translation.encodeAnswer(answer, ANSWER_CONTEXT)))
    const essence = ({ blocks, finish }: typeof direct): unknown => [blocks.map((block) => (block.type === 'tool-call' && block.argumentsText === '' ? { ...block, argumentsText: '{}' } : block)), finish.unified]
    if (answer.finish.unified !== 'length') expect(essence(streamed)).toEqual(essence(direct))
    expect(streamed.finish.unified).toBe(direct.finish.unified)
  })

  it.each(names)('%s: says the same however it is cut', (name) => {
    const text = readFixture(dialect, `${name}.sse.txt`)
    const expected = decodeStream(codec, parseEvents(text))
    fc.assert(fc.property(fc.array(fc.nat(), { maxLength: 12 }), (cuts) => {
      expect(decodeStream(codec, parseEvents(text, cuts))).toEqual(expected)
    }), { numRuns: 30 })
  })

  it.each(names)('%s: cut short it has no end', (name) => {
    const events = parseEvents(readFixture(dialect, `${name}.sse.txt`))
    const isEnd = (part: StreamPart): boolean => part.type === 'message-end'
    const finishedAt = events.findIndex(({ data }) => /"finish_reason": "|message_stop/.test(data))
    for (let kept = 0; kept < finishedAt; kept++) expect(decodeStream(codec, events.slice(0, kept)).some(isEnd), `${kept} events`).toBe(false)
    expect(decodeStream(codec, events).filter(isEnd).length).toBe(1)
  })
})

/** Any way in which blocks can follow each other or, for calls, run side by side. */
const streamParts: fc.Arbitrary<readonly StreamPart[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('text', 'reasoning', 'redacted', 'call'),
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
      if (kind === 'text') own.push({ type: 'text-start', index }, ...pieces.map((text) => ({ type: 'text-delta' as const, index, text })))
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

describe.each(TRANSLATED)('the stream encoder of %s', (dialect) => {
  const codec = codecOf(dialect)

  it('writes only what its grammar allows, and loses no text', () => {
    fc.assert(fc.property(streamParts, (parts) => {
      const events = parseEvents(encodeStream(codec, parts))
      GRAMMARS[dialect](events)
      const texts = (all: readonly StreamPart[]): string => foldAnswer(all).blocks.map((block) => (block.type === 'text' ? block.text : '')).join('')
      const calls = (all: readonly StreamPart[]): unknown => foldAnswer(all).blocks.filter((block) => block.type === 'tool-call').map(({ argumentsText }) => (argumentsText === '' ? '{}' : argumentsText))
      const again = decodeStream(codec, events)
      expect([texts(again), calls(again)]).toEqual([texts(parts), calls(parts)])
    }), { numRuns: 5_000 })
  })
})
