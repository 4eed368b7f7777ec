import { ledger } from './0001-ledger.ts'
import type { Migration } from './migration.ts'

/** The whole history, oldest first. A released migration is never edited. */
export const MIGRATIONS: readonly Migration[] = [ledger]
