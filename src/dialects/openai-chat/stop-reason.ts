import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { loseFinish } from '../canonical/lose-finish.ts'
import type { FinishReason } from '../canonical/stream.ts'

const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

/** What a finished answer holds beside its reason. */
export interface AnswerFacts {
  readonly hasToolCalls: boolean
  readonly hasRefusal: boolean
  /** vLLM's `stop_reason` or SGLang's `matched_stop`. */
  readonly matched: string | undefined
}

/** A call that came with `stop` is a call all the same, and a refusal a refusal; a call cut by `length` is none. */
export function decodeFinish(raw: string | undefined, { hasToolCalls, hasRefusal, matched }: AnswerFacts): FinishReason {
  const unified = UNIFIED[raw ?? ''] ?? 'other'
  if (unified === 'stop' && hasRefusal) return { unified: 'content-filter', raw }
  if (unified === 'stop' && hasToolCalls) return { unified: 'tool-calls', raw }
  if (unified === 'stop' && matched !== undefined) return { unified: 'stop-sequence', raw, stopSequence: matched }
  return { unified, raw }
}

const WORDS: Readonly<Record<FinishReason['unified'], string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'context-window': 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  pause: 'stop',
  other: 'stop',
}

const TERMS = { words: new Set(['stop', 'stop-sequence', 'length', 'tool-calls', 'content-filter'] as const) } as const

/** A model that refuses in words of its own has stopped by itself; the words are in another place than an answer's. */
export function encodeFinish(finish: FinishReason, losses: AnswerLosses, hasRefusal: boolean): string {
  loseFinish(finish, losses, TERMS)
  return hasRefusal && finish.raw !== WORDS['content-filter'] && finish.unified === 'content-filter' ? 'stop' : WORDS[finish.unified]
}
