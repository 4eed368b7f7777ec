import type { Migration } from './migration.ts'

export const ledgerCosts: Migration = {
  version: 4,
  name: 'ledger-costs',
  statements: ['alter table ledger add column cost_micros double precision'],
}
