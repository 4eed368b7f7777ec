import type { JsonText } from '../../lib/json-text.ts'

/** So many notices of one call pass as they come; a call that makes ordinary progress never needs more. */
const BURST = 20
const WINDOW_MS = 50

/** Thins a flood of progress: the newest notice wins within a window, and the last one always arrives. */
export interface ProgressGate {
  push(params: JsonText): void
  /** Sends what is held back; to be called before the answer. */
  flush(): void
}

/** One gate per progress token. After a burst one notice passes per window, and the burst grows back as slowly. */
export function coalesceProgress(deliver: (params: JsonText) => void, now: () => number = () => performance.now()): ProgressGate {
  let tokens = BURST
  let countedAt = now()
  let held: JsonText | undefined
  let timer: NodeJS.Timeout | undefined

  function refill(): void {
    const grown = Math.floor((now() - countedAt) / WINDOW_MS)
    if (grown <= 0) return
    tokens = Math.min(tokens + grown, BURST)
    countedAt += grown * WINDOW_MS
  }

  function flush(): void {
    clearTimeout(timer)
    timer = undefined
    const params = held
    held = undefined
    if (params !== undefined) deliver(params)
  }

  return {
    push(params) {
      refill()
      if (held === undefined && tokens > 0) {
        tokens--
        return deliver(params)
      }
      held = params
      timer ??= setTimeout(() => {
        refill()
        tokens = Math.max(tokens - 1, 0)
        flush()
      }, WINDOW_MS).unref()
    },
    flush,
  }
}
