import type { Migration } from './migration.ts'

export const runs: Migration = {
  version: 5,
  name: 'runs',
  statements: [
    'create table runs (id text primary key, started_at text not null, request text not null)',
    `create table run_steps (
      run text not null,
      sequence integer not null,
      kind text not null,
      content text not null,
      primary key (run, sequence)
    )`,
  ],
}
