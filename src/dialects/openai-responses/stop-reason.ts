import type { JsonValue } from '../../lib/json.ts'
import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { loseFinish } from '../canonical/lose-finish.ts'
import type { FinishReason } from '../canonical/stream.ts'

/** What an ended answer holds beside its status. */
export interface AnswerFacts {
  readonly hasToolCalls: boolean
  readonly hasRefusal: boolean
}

/** `incomplete` with a call in it is no call: its arguments may be cut. */
export function decodeFinish(status: JsonValue | undefined, reason: JsonValue | undefined, { hasToolCalls, hasRefusal }: AnswerFacts): FinishReason {
  const raw = typeof reason === 'string' ? reason : typeof status === 'string' ? status : undefined
  if (status === 'incomplete') {
    if (reason === 'content_filter') return { unified: 'content-filter', raw }
    return { unified: reason === 'max_output_tokens' || reason === 'max_tokens' ? 'length' : 'other', raw }
  }
  if (hasToolCalls) return { unified: 'tool-calls', raw }
  return { unified: hasRefusal ? 'content-filter' : 'stop', raw }
}

export interface WrittenFinish {
  readonly status: 'completed' | 'incomplete'
  readonly reason: string | undefined
}

const TERMS = { words: new Set(['stop', 'stop-sequence', 'length', 'tool-calls', 'content-filter'] as const) } as const

/** There is no word for a full context window but the one for a full answer. A model that refuses in words of its own has completed its answer. */
export function encodeFinish(finish: FinishReason, losses: AnswerLosses, hasRefusal: boolean): WrittenFinish {
  const { unified, raw } = finish
  loseFinish(finish, losses, TERMS)
  if (unified === 'length' || unified === 'context-window') return { status: 'incomplete', reason: 'max_output_tokens' }
  if (unified === 'content-filter' && (!hasRefusal || raw === 'content_filter')) return { status: 'incomplete', reason: 'content_filter' }
  return { status: 'completed', reason: undefined }
}
