/** What one model of one provider was used for, and what it cost, on one day (UTC). */
export interface UsageSum {
  /** `2026-11-21` */
  readonly day: string
  readonly provider: string
  readonly model: string
  readonly attempts: number
  /** Of these, attempts whose usage is an estimate. */
  readonly estimated: number
  /** Attempts with usage whose cost is not known: it is not in `costMicros`. */
  readonly unpriced: number
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
  /** Millionths of a US dollar. */
  readonly costMicros: number
}
