import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createNdjsonParser, createSseParser, findCodec, type AnswerContext, type DialectCodec, type Loss, type ModelOrigin, type SealCarrier, type SseEvent, type StreamPart } from '../../src/dialects/index.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import type { JsonObject } from '../../src/lib/json.ts'

const FOLDER = new URL('fixtures/', import.meta.url)

export function codecOf(dialect: Dialect): DialectCodec {
  const codec = findCodec(dialect)
  if (!codec) throw new Error(`no codec for ${dialect}`)
  return codec
}

/** A request of a client, a stream of a provider, a whole answer of a provider. */
export const SUFFIXES = ['.request.json', '.sse.txt', '.response.json'] as const

/** Names of the scenarios that have a file of this kind. */
export function scenarios(dialect: Dialect, suffix: (typeof SUFFIXES)[number]): readonly string[] {
  if (!existsSync(new URL(`${dialect}/`, FOLDER))) return []
  return readdirSync(new URL(`${dialect}/`, FOLDER))
    .filter((name) => name.endsWith(suffix) && !name.includes('.to-'))
    .map((name) => name.slice(0, -suffix.length))
}

export const readFixture = (dialect: Dialect, file: string): string => readFileSync(new URL(`${dialect}/${file}`, FOLDER), 'utf8')

export const readRequest = (dialect: Dialect, scenario: string): JsonObject => JSON.parse(readFixture(dialect, `${scenario}.request.json`)) as JsonObject

export const fixturePath = (dialect: Dialect, file: string): string => new URL(`${dialect}/${file}`, FOLDER).pathname

const THOUGHT_MARK = '|thought:'

/** An envelope that can be read in a fixture: `sealed:p/m:payload`, `sealed:p/m:payload|thought:text`. */
export const openSeals: SealCarrier = {
  wrap: (payload, { provider, model }, text) => `sealed:${provider}/${model}:${payload}${text === undefined ? '' : `${THOUGHT_MARK}${text}`}`,
  open: (envelope, target) => openFixture(envelope, target)?.[0],
  openText: (envelope, target) => openFixture(envelope, target)?.[1],
}

function openFixture(envelope: string, { provider, model }: ModelOrigin): readonly string[] | undefined {
  const prefix = `sealed:${provider}/${model}:`
  return envelope.startsWith(prefix) ? envelope.slice(prefix.length).split(THOUGHT_MARK) : undefined
}

export const ORIGIN = { provider: 'p', model: 'm' } as const

export const ANSWER_CONTEXT: AnswerContext = { origin: ORIGIN, seals: openSeals, wantsUsage: true, estimateInputTokens: () => 9 }

/** The events of a stream, its bytes cut at these places. A stream of an NDJSON dialect is kept in `.sse.txt` files too. */
export function parseEvents(text: string, dialect: Dialect, cuts: readonly number[] = []): readonly SseEvent[] {
  const bytes = Buffer.from(text)
  const parser = codecOf(dialect).response.framing === 'ndjson' ? createNdjsonParser() : createSseParser()
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted((a, b) => a - b)
  let at = 0
  const events: SseEvent[] = []
  for (const end of ends) {
    events.push(...parser.push(bytes.subarray(at, end)))
    at = end
  }
  return [...events, ...parser.end()]
}

/** What a provider’s stream says, and what of it no part can hold. */
export function readStream(codec: DialectCodec, events: readonly SseEvent[]): { readonly parts: readonly StreamPart[]; readonly losses: readonly Loss[] } {
  const decoder = codec.translation.createStreamDecoder()
  const parts = [...events.flatMap((event) => decoder.push(event)), ...decoder.end()]
  return { parts, losses: decoder.losses }
}

export const decodeStream = (codec: DialectCodec, events: readonly SseEvent[]): readonly StreamPart[] => readStream(codec, events).parts

export function encodeStream(codec: DialectCodec, parts: readonly StreamPart[]): string {
  const encoder = codec.translation.createStreamEncoder(ANSWER_CONTEXT)
  return parts.map((part) => encoder.push(part)).join('')
}

/** A provider's stream in the client's dialect, with what both sides of the translation name as lost. */
export function tellStream(from: DialectCodec, to: DialectCodec, events: readonly SseEvent[]): { readonly text: string; readonly losses: readonly Loss[] } {
  const decoder = from.translation.createStreamDecoder()
  const encoder = to.translation.createStreamEncoder(ANSWER_CONTEXT)
  const parts = [...events.flatMap((event) => decoder.push(event)), ...decoder.end()]
  const text = parts.map((part) => encoder.push(part)).join('')
  return { text, losses: [...decoder.losses, ...encoder.losses] }
}
