import { ledger } from './0001-ledger.ts'
import { responses } from './0002-responses.ts'
import type { Migration } from './migration.ts'

/** The whole history, oldest first. A released migration is never edited. */
export const MIGRATIONS: readonly Migration[] = [ledger, responses]
