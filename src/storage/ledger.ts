import type { UsageSum } from '../domain/usage-sum.ts'
import type { Usage } from '../domain/usage.ts'

/** One attempt at one target: the unit that costs money. Class D1: durable before the client sees the end of its answer. */
export interface LedgerRow {
  /** Unique for ever; a row that is written twice is kept once. */
  readonly attemptId: string
  readonly exchangeId: string
  readonly requestId: string
  readonly principal: string
  readonly startedAt: Date
  readonly durationMs: number
  readonly surface: string
  readonly provider: string
  /** The provider's own name of the model. */
  readonly model: string
  /** What the client asked for. */
  readonly publicModel: string
  readonly outcome: 'answered' | 'failed' | 'cancelled' | 'interrupted'
  /** HTTP status of the provider; 0 when none came. */
  readonly status: number
  readonly stream: boolean
  readonly usage: Usage | undefined
  /** `provider`: as billed; `estimated`: the answer broke off or came without a count; `none`: there was no answer. */
  readonly usageSource: 'provider' | 'estimated' | 'none'
  /** Millionths of a US dollar, at the prices of its moment; undefined where they were not known. */
  readonly costMicros: number | undefined
}

export interface LedgerQuery {
  readonly since?: Date
  readonly limit?: number
}

/** A span of time: from `since`, before `until`. */
export interface LedgerSpan {
  readonly since?: Date
  readonly until?: Date
}

/** The usage and cost ledger. */
export interface LedgerStore {
  /** Settles once the row is on disk; rows of one moment share a commit. Rejects with `storage_unavailable`. */
  append(row: LedgerRow): Promise<void>
  /** Newest first. */
  list(query: LedgerQuery): Promise<readonly LedgerRow[]>
  count(): Promise<number>
  /** Sums by day, provider and model, newest day first. */
  sum(span: LedgerSpan): Promise<readonly UsageSum[]>
}
