import { readdirSync, readFileSync } from 'node:fs'
import { createSseParser, findCodec, type AnswerContext, type DialectCodec, type SealCarrier, type SseEvent, type StreamPart } from '../../src/dialects/index.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import type { JsonObject } from '../../src/lib/json.ts'

export const TRANSLATED = ['anthropic-messages', 'openai-chat'] as const

export type TranslatedDialect = (typeof TRANSLATED)[number]

const FOLDER = new URL('fixtures/', import.meta.url)

export const otherThan = (dialect: TranslatedDialect): TranslatedDialect => (dialect === 'openai-chat' ? 'anthropic-messages' : 'openai-chat')

export function codecOf(dialect: Dialect): DialectCodec {
  const codec = findCodec(dialect)
  if (!codec) throw new Error(`no codec for ${dialect}`)
  return codec
}

/** Names of the scenarios that have a file of this kind. */
export function scenarios(dialect: TranslatedDialect, suffix: '.request.json' | '.sse.txt'): readonly string[] {
  return readdirSync(new URL(`${dialect}/`, FOLDER))
    .filter((name) => name.endsWith(suffix) && !name.includes('.to-'))
    .map((name) => name.slice(0, -suffix.length))
}

export const readFixture = (dialect: TranslatedDialect, file: string): string => readFileSync(new URL(`${dialect}/${file}`, FOLDER), 'utf8')

export const readRequest = (dialect: TranslatedDialect, scenario: string): JsonObject => JSON.parse(readFixture(dialect, `${scenario}.request.json`)) as JsonObject

export const fixturePath = (dialect: TranslatedDialect, file: string): string => new URL(`${dialect}/${file}`, FOLDER).pathname

/** An envelope that can be read in a fixture: `sealed:p/m:payload`. */
export const openSeals: SealCarrier = {
  wrap: (payload, { provider, model }) => `sealed:${provider}/${model}:${payload}`,
  open(envelope, { provider, model }) {
    const prefix = `sealed:${provider}/${model}:`
    return envelope.startsWith(prefix) ? envelope.slice(prefix.length) : undefined
  },
}

export const ORIGIN = { provider: 'p', model: 'm' } as const

export const ANSWER_CONTEXT: AnswerContext = { origin: ORIGIN, seals: openSeals, wantsUsage: true, estimatedInputTokens: 9 }

export function parseEvents(text: string, cuts: readonly number[] = []): readonly SseEvent[] {
  const bytes = Buffer.from(text)
  const parser = createSseParser()
  const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted((a, b) => a - b)
  let at = 0
  const events: SseEvent[] = []
  for (const end of ends) {
    events.push(...parser.push(bytes.subarray(at, end)))
    at = end
  }
  return [...events, ...parser.end()]
}

export function decodeStream(codec: DialectCodec, events: readonly SseEvent[]): readonly StreamPart[] {
  const decoder = codec.translation.createStreamDecoder()
  return [...events.flatMap((event) => decoder.push(event)), ...decoder.end()]
}

export function encodeStream(codec: DialectCodec, parts: readonly StreamPart[]): string {
  const encoder = codec.translation.createStreamEncoder(ANSWER_CONTEXT)
  return parts.map((part) => encoder.push(part)).join('')
}
