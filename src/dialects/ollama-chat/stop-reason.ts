import type { AnswerLosses } from '../canonical/answer-losses.ts'
import { loseFinish } from '../canonical/lose-finish.ts'
import type { FinishReason } from '../canonical/stream.ts'

const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = { stop: 'stop', length: 'length' }

/** A call is a call though it comes with `stop`. */
export function decodeFinish(raw: string | undefined, hasToolCalls: boolean): FinishReason {
  const unified = UNIFIED[raw ?? ''] ?? 'other'
  return { unified: unified === 'stop' && hasToolCalls ? 'tool-calls' : unified, raw }
}

const TERMS = { words: new Set(['stop', 'stop-sequence', 'length', 'tool-calls'] as const) } as const

export function encodeFinish(finish: FinishReason, losses: AnswerLosses): string {
  loseFinish(finish, losses, TERMS)
  return finish.unified === 'length' || finish.unified === 'context-window' ? 'length' : 'stop'
}
