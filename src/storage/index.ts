export type { LedgerQuery, LedgerRow, LedgerStore } from './ledger.ts'
export { openStorage } from './storage.ts'
export type { Storage } from './storage.ts'
