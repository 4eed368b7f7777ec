import type { Migration } from './migration.ts'

export const handedTurns: Migration = {
  version: 11,
  name: 'handed-turns',
  statements: [
    `create table handed_turns (
      id text not null primary key,
      principal text not null,
      created_at text not null,
      expires_at text not null,
      bytes integer not null,
      content text not null
    )`,
    'create index handed_turns_by_principal on handed_turns (principal, created_at)',
    'create index handed_turns_by_expiry on handed_turns (expires_at)',
    `create table handed_turn_calls (
      principal text not null,
      call_id text not null,
      turn text not null,
      primary key (principal, call_id)
    )`,
    'create index handed_turn_calls_by_turn on handed_turn_calls (turn)',
  ],
}
