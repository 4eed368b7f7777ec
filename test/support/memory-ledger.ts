import type { LedgerRow, LedgerStore } from '../../src/storage/index.ts'

/** A ledger whose disk a test can hold up or break. */
export interface MemoryLedger extends LedgerStore {
  readonly rows: readonly LedgerRow[]
  /** Rows are taken but not confirmed until the function that comes back is called. */
  hold(): () => void
  failWith(error: Error | undefined): void
}

export function createMemoryLedger(): MemoryLedger {
  const rows = new Map<string, LedgerRow>()
  let gate: Promise<void> = Promise.resolve()
  let failure: Error | undefined
  return {
    get rows() {
      return [...rows.values()]
    },
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      gate = promise
      return resolve
    },
    failWith(error) {
      failure = error
    },
    async append(row) {
      await gate
      if (failure) throw failure
      if (!rows.has(row.attemptId)) rows.set(row.attemptId, row)
    },
    list: ({ limit }) => Promise.resolve([...rows.values()].toReversed().slice(0, limit)),
    count: () => Promise.resolve(rows.size),
    sum: () => Promise.resolve([]),
  }
}
