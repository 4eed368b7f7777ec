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

/** The model failed; what it meant to do is not in the answer. */
const FAILED = new Set(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS', 'MALFORMED_RESPONSE', 'MISSING_THOUGHT_SIGNATURE', 'NO_IMAGE', 'IMAGE_OTHER'])

export const isFailure = (raw: string): boolean => FAILED.has(raw)

/** A call is a call though it comes with `STOP`, or with a word that nobody knows; one cut by `MAX_TOKENS` is not. */
export function decodeFinish(raw: string | undefined, hasToolCalls: boolean): FinishReason {
  const unified = UNIFIED[raw ?? ''] ?? 'other'
  const isWhole = unified === 'stop' || (unified === 'other' && raw !== undefined && !isFailure(raw))
  return { unified: isWhole && hasToolCalls ? 'tool-calls' : unified, raw }
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

export function encodeFinish({ unified }: FinishReason): string {
  return WORDS[unified]
}
