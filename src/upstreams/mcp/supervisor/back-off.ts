/** The wait before attempt `attempt` (1 is the first repeat): doubling, capped, and spread over its upper half so that servers do not start in step. */
export function backOffMs(attempt: number, firstMs: number, lastMs: number, random: () => number = Math.random): number {
  const full = Math.min(lastMs, firstMs * 2 ** Math.min(attempt - 1, 30))
  return Math.round(full / 2 + (full / 2) * random())
}
