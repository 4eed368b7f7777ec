import { createSseParser } from '../../src/dialects/index.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import type { JsonObject } from '../../src/lib/json.ts'

export interface StructuredQuestion {
  /** With `/v1`. */
  readonly url: string
  readonly model: string
  readonly schema: JsonObject
  readonly stream: boolean
}

export interface StructuredAnswer {
  readonly text: string
  readonly finish: string
  readonly headers: Headers
}

/** A client that asks for an answer of a given shape, in its own dialect. */
export interface StructuredClient {
  readonly dialect: Dialect
  /** How a finished answer is called. */
  readonly stopped: string
  ask(question: StructuredQuestion): Promise<StructuredAnswer>
}

/** What the answers of a dialect say: each of these is a whole body, or the events of a stream. */
interface Reading {
  path(question: StructuredQuestion): string
  body(question: StructuredQuestion): JsonObject
  /** Places of the text, of whole answers and of events, as JSON pointers with `*` for every index. */
  readonly texts: readonly string[]
  readonly finishes: readonly string[]
}

function find(value: unknown, [key, ...rest]: readonly string[]): readonly unknown[] {
  if (key === undefined) return [value]
  if (typeof value !== 'object' || value === null) return []
  const inner = key === '*' ? Object.values(value) : [(value as Readonly<Record<string, unknown>>)[key]]
  return inner.flatMap((one) => find(one, rest))
}

const findTexts = (value: unknown, places: readonly string[]): readonly string[] => places.flatMap((place) => find(value, place.split('/'))).filter((text) => typeof text === 'string')

async function post(question: StructuredQuestion, reading: Reading): Promise<StructuredAnswer> {
  const response = await fetch(`${question.url.replace(/\/v1$/, '')}${reading.path(question)}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' },
    body: JSON.stringify(reading.body(question)),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (!response.ok) throw new Error(`${response.status} ${Buffer.from(bytes).toString()}`)
  const parser = createSseParser()
  const events = question.stream ? [...parser.push(bytes), ...parser.end()].map(({ data }) => data).filter((data) => data !== '[DONE]') : [Buffer.from(bytes).toString()]
  const values = events.map((text) => JSON.parse(text) as unknown)
  const text = values.flatMap((value) => findTexts(value, reading.texts)).join('')
  return { text, finish: values.flatMap((value) => findTexts(value, reading.finishes)).at(-1) ?? '', headers: response.headers }
}

const say = 'Answer.'

const CHAT: Reading = {
  path: () => '/v1/chat/completions',
  body: ({ model, schema, stream }) => ({ model, stream, messages: [{ role: 'user', content: say }], response_format: { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } } }),
  texts: ['choices/*/delta/content', 'choices/*/message/content'],
  finishes: ['choices/*/finish_reason'],
}

const MESSAGES: Reading = {
  path: () => '/v1/messages',
  body: ({ model, schema, stream }) => ({ model, stream, max_tokens: 500, messages: [{ role: 'user', content: say }], output_config: { format: { type: 'json_schema', schema } } }),
  texts: ['delta/text', 'content/*/text'],
  finishes: ['delta/stop_reason', 'stop_reason'],
}

const RESPONSES: Reading = {
  path: () => '/v1/responses',
  body: ({ model, schema, stream }) => ({ model, stream, input: say, text: { format: { type: 'json_schema', name: 'answer', schema, strict: true } } }),
  // Streams end with the whole response; its text is read there, or it would be read twice.
  texts: ['response/output/*/content/*/text', 'output/*/content/*/text'],
  finishes: ['response/status', 'status'],
}

const GEMINI: Reading = {
  path: ({ model, stream }) => `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`,
  body: ({ schema }) => ({ contents: [{ role: 'user', parts: [{ text: say }] }], generationConfig: { responseMimeType: 'application/json', responseJsonSchema: schema } }),
  texts: ['candidates/*/content/parts/*/text'],
  finishes: ['candidates/*/finishReason'],
}

/** One client for each dialect that clients speak. */
export const CLIENTS: readonly StructuredClient[] = [
  { dialect: 'openai-chat', stopped: 'stop', ask: (question) => post(question, CHAT) },
  { dialect: 'openai-responses', stopped: 'completed', ask: (question) => post(question, RESPONSES) },
  { dialect: 'anthropic-messages', stopped: 'end_turn', ask: (question) => post(question, MESSAGES) },
  { dialect: 'google-generate-content', stopped: 'STOP', ask: (question) => post(question, GEMINI) },
]
