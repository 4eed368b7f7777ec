import type { FinishReason } from '../canonical/stream.ts'

const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = {
  end_turn: 'stop',
  tool_use: 'tool-calls',
  max_tokens: 'length',
  stop_sequence: 'stop-sequence',
  refusal: 'content-filter',
  pause_turn: 'pause',
  model_context_window_exceeded: 'context-window',
  compaction: 'stop',
}

export function decodeFinish(raw: string | undefined, stopSequence?: string): FinishReason {
  return { unified: UNIFIED[raw ?? ''] ?? 'other', raw, ...(stopSequence === undefined ? {} : { stopSequence }) }
}

const WORDS: Readonly<Record<FinishReason['unified'], string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'context-window': 'model_context_window_exceeded',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
}

/** Never null: clients take a message without a reason for one that broke off. */
export function encodeFinish({ unified, stopSequence }: FinishReason): { readonly stop_reason: string; readonly stop_sequence: string | null } {
  return { stop_reason: WORDS[unified], stop_sequence: unified === 'stop-sequence' ? (stopSequence ?? null) : null }
}
