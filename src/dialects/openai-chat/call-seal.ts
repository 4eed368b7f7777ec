import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'

/** How a payload begins that sat on a call itself, as Gemini’s signatures do: `call:CiQB…`. */
const ON_CALL = 'call:'

export const isOnCall = (payload: string): boolean => payload.startsWith(ON_CALL)

/** The payload of a signature that stands on a call. */
export const writeCallPayload = (signature: string): string => `${ON_CALL}${signature}`

/** The signature of a payload that belongs on a call; undefined for any other. */
export const readCallPayload = (payload: string): string | undefined => (isOnCall(payload) ? payload.slice(ON_CALL.length) : undefined)

const KNOWN_CONTENT = new Set(['google'])
const KNOWN_GOOGLE = new Set(['thought_signature'])

/**
 * `{"extra_content":{"google":{"thought_signature":"…"}}}`: where Google’s OpenAI-compatible address puts the signature of a call, and
 * its clients keep it.
 * @see https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const writeCallSeal = (signature: string): JsonObject => ({ extra_content: { google: { thought_signature: signature } } })

/** Undefined for a call without one. */
export function readCallSeal({ extra_content: content }: JsonObject): string | undefined {
  const google = isJsonObject(content) ? content['google'] : undefined
  const signature = isJsonObject(google) ? google['thought_signature'] : undefined
  return typeof signature === 'string' && signature !== '' ? signature : undefined
}

export function noteCallSeal(losses: AnswerLosses, { extra_content: content }: JsonObject, path: string): void {
  if (!isJsonObject(content)) return
  losses.unread(content, KNOWN_CONTENT, `${path}/extra_content`)
  if (isJsonObject(content['google'])) losses.unread(content['google'], KNOWN_GOOGLE, `${path}/extra_content/google`)
}
