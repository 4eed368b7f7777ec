import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { loseFinish } from '../canonical/lose-finish.ts'
import type { FinishReason } from '../canonical/stream.ts'

/** @see https://ai.google.dev/api/generate-content#FinishReason */
const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
  IMAGE_SAFETY: 'content-filter',
  IMAGE_PROHIBITED_CONTENT: 'content-filter',
  IMAGE_RECITATION: 'content-filter',
}

/** The model failed; what it meant to do is not in the answer, which has no good end then. */
const FAILED = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE', 'MISSING_THOUGHT_SIGNATURE', 'NO_IMAGE', 'IMAGE_OTHER'])

export const isFailure = (raw: string): boolean => FAILED.has(raw)

/** A call is a call though it comes with `STOP`, or with a word that nobody knows; one cut by `MAX_TOKENS` is not. */
export function decodeFinish(raw: string | undefined, hasToolCalls: boolean): FinishReason {
  const unified = UNIFIED[raw ?? ''] ?? 'other'
  const isWhole = unified === 'stop' || (unified === 'other' && raw !== undefined && !isFailure(raw))
  return { unified: isWhole && hasToolCalls ? 'tool-calls' : unified, raw }
}

interface BlockFacts {
  readonly message: string
  readonly messagePath: string
  readonly ratings: JsonValue | undefined
  readonly ratingsPath: string
}

/** `SAFETY: HARM_CATEGORY_DANGEROUS_CONTENT`, or with the provider's own words. */
export function explainBlock({ unified, raw = '' }: FinishReason, { message, messagePath, ratings, ratingsPath }: BlockFacts): FinishReason['explanation'] {
  if (unified !== 'content-filter') return undefined
  const rated: readonly JsonValue[] = Array.isArray(ratings) ? ratings : []
  const told = rated.filter(isJsonObject).filter(({ blocked, probability }) => blocked === true || probability === 'HIGH')
  const categories = told.flatMap(({ category }) => (typeof category === 'string' ? [category] : []))
  if (message === '' && categories.length === 0) return undefined
  const words = [raw, ...(message === '' ? [] : [message]), ...(categories.length > 0 ? [categories.join(', ')] : [])]
  return { text: words.join(': '), path: message === '' ? ratingsPath : messagePath }
}

const WORDS: Readonly<Record<FinishReason['unified'], string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'context-window': 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  pause: 'STOP',
  other: 'STOP',
}

const TERMS = { words: new Set(['stop', 'stop-sequence', 'length', 'tool-calls', 'content-filter'] as const), explains: true } as const

/** The members of a candidate that say how it ended. */
export function encodeFinish(finish: FinishReason, losses: AnswerLosses): { readonly finishReason: string; readonly finishMessage?: string } {
  loseFinish(finish, losses, TERMS)
  return { finishReason: WORDS[finish.unified], ...(finish.explanation ? { finishMessage: finish.explanation.text } : {}) }
}
