export interface BackOff {
  readonly firstMs: number
  readonly lastMs: number
  /** What each wait is to the one before. */
  readonly growth: number
}

/** The wait before attempt `attempt` (1 is the first repeat): growing, capped, and spread over its upper half so that servers do not start in step. */
export function backOffMs(attempt: number, { firstMs, lastMs, growth }: BackOff, random: () => number = Math.random): number {
  const full = Math.min(lastMs, firstMs * growth ** Math.min(attempt - 1, 30))
  return Math.round(full / 2 + (full / 2) * random())
}
