import type { FinishReason } from '../canonical/stream.ts'

const UNIFIED: Readonly<Record<string, FinishReason['unified']>> = { stop: 'stop', length: 'length' }

/** A call is a call though it comes with `stop`. */
export function decodeFinish(raw: string | undefined, hasToolCalls: boolean): FinishReason {
  const unified = UNIFIED[raw ?? ''] ?? 'other'
  return { unified: unified === 'stop' && hasToolCalls ? 'tool-calls' : unified, raw }
}

export function encodeFinish({ unified }: FinishReason): string {
  return unified === 'length' || unified === 'context-window' ? 'length' : 'stop'
}
