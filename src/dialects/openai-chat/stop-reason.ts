import type { FinishReason } from '../canonical/stream.ts'

const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  function_call: 'tool-calls',
  content_filter: 'content-filter',
}

/** `matched` is vLLM's `stop_reason` or SGLang's `matched_stop`. A call that came with `stop` is a call all the same; one cut by `length` is not. */
export function decodeFinish(raw: string | undefined, hasToolCalls: boolean, matched?: string): FinishReason {
  const unified = UNIFIED[raw ?? ''] ?? 'other'
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

export function encodeFinish({ unified }: FinishReason): string {
  return WORDS[unified]
}
