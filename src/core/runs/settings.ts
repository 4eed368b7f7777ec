/** Limits of a run. Durations in milliseconds. */
export interface RunSettings {
  /** Rounds of calls; then the model has to answer with what it has. */
  readonly maxHops: number
  /** Longest that one call may take without a sign of progress. */
  readonly toolTimeoutMs: number
  /** Calls of one turn that run side by side. */
  readonly parallelCalls: number
  /** Of one result, in bytes of its text; more is cut, with a note. */
  readonly resultBytes: number
  /** How often the same call with the same arguments is made in one run. */
  readonly identicalCalls: number
  /** The whole run. */
  readonly maxDurationMs: number
  /** What the turns of the model may cost together, in US dollars, as far as their prices are known; undefined for no limit. */
  readonly maxCostUsd: number | undefined
  /** Which calls need somebody's word: those of tools that say they destroy something, all, or none. */
  readonly approval: 'never' | 'destructive' | 'always'
}

export const DEFAULT_RUN_SETTINGS: RunSettings = {
  maxHops: 10,
  toolTimeoutMs: 30_000,
  parallelCalls: 8,
  resultBytes: 100 * 1024,
  identicalCalls: 3,
  maxDurationMs: 600_000,
  maxCostUsd: undefined,
  approval: 'never',
}
