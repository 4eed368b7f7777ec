import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'

/** The dialects that clients speak, by the word that stands for them in a table. */
export const CLIENTS = ['messages', 'chat', 'responses', 'gemini'] as const

export type Client = (typeof CLIENTS)[number]

function requestOf(client: Client, model: string, stream: boolean): { readonly path: string; readonly body: JsonObject } {
  const messages = [{ role: 'user', content: 'hi' }]
  if (client === 'messages') return { path: '/v1/messages', body: { model, stream, max_tokens: 100, messages } }
  if (client === 'chat') return { path: '/v1/chat/completions', body: { model, stream, messages } }
  if (client === 'responses') return { path: '/v1/responses', body: { model, stream, input: 'hi' } }
  return { path: `/v1beta/models/${model}:${stream ? 'streamGenerateContent?alt=sse' : 'generateContent'}`, body: { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] } }
}

/** What a client got: all of the body, or what came of it before it broke off. */
export interface Received {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly isCut: boolean
}

export async function askAs(client: Client, origin: string, model: string, stream: boolean): Promise<Received> {
  const { path, body } = requestOf(client, model, stream)
  const response = await fetch(`${origin}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' }, body: JSON.stringify(body) })
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const piece of response.body ?? []) text += decoder.decode(piece as Uint8Array, { stream: true })
  } catch {
    return { status: response.status, headers: response.headers, text, isCut: true }
  }
  return { status: response.status, headers: response.headers, text, isCut: false }
}

const at = (value: JsonValue | undefined, ...path: readonly (string | number)[]): JsonValue | undefined =>
  path.reduce<JsonValue | undefined>((inner, key) => (Array.isArray(inner) ? (inner[Number(key)] as JsonValue | undefined) : isJsonObject(inner) ? inner[key] : undefined), value)

const word = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : value === undefined || value === null ? '–' : JSON.stringify(value))

/** `invalid_request_error context_length_exceeded`: what clients of the dialect decide by. */
export function errorWords(client: Client, value: JsonValue | undefined): string {
  const error = at(value, 'error')
  if (client === 'messages') return word(at(error, 'type'))
  if (client === 'gemini') return word(at(error, 'status'))
  return `${word(at(error, 'type'))} ${word(at(error, 'code'))}`
}

export const errorMessage = (value: JsonValue | undefined): string => word(at(value, 'error', 'message'))

/** How a whole answer says that it ended. */
export function finishWords(client: Client, value: JsonValue | undefined): string {
  if (client === 'messages') return word(at(value, 'stop_reason'))
  if (client === 'chat') return word(at(value, 'choices', 0, 'finish_reason'))
  if (client === 'gemini') return word(at(value, 'candidates', 0, 'finishReason') ?? at(value, 'promptFeedback', 'blockReason'))
  const reason = at(value, 'incomplete_details', 'reason')
  return reason === undefined || reason === null ? word(at(value, 'status')) : `${word(at(value, 'status'))} ${word(reason)}`
}

/** The last event of a stream, and whether the stream says of itself that it is whole. */
export function lastEvent(client: Client, text: string): { readonly value: JsonValue | undefined; readonly name: string; readonly isWhole: boolean } {
  const events = text.split(/\r?\n\r?\n/).filter((event) => event.trim() !== '' && !event.startsWith(':'))
  const last = events.at(-1) ?? ''
  const data = /^data: ?(.*)$/m.exec(last)?.[1] ?? ''
  const value = data.startsWith('{') ? (JSON.parse(data) as JsonValue) : undefined
  const name = /^event: ?(.*)$/m.exec(last)?.[1] ?? (data === '[DONE]' ? data : 'data')
  const isWhole = client === 'messages' ? text.includes('message_stop') : client === 'chat' ? text.includes('[DONE]') : client === 'responses' ? /response\.(?:completed|incomplete)/.test(text) : text.includes('finishReason')
  return { value, name, isWhole }
}
