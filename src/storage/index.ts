export type { LedgerQuery, LedgerRow, LedgerStore } from './ledger.ts'
