import type { Migration } from './migration.ts'

export const ledger: Migration = {
  version: 1,
  name: 'ledger',
  statements: [
    `create table ledger (
      attempt_id text primary key,
      exchange_id text not null,
      request_id text not null,
      principal text not null,
      started_at text not null,
      duration_ms double precision not null,
      surface text not null,
      provider text not null,
      model text not null,
      public_model text not null,
      outcome text not null,
      status integer not null,
      stream integer not null,
      input_tokens bigint,
      cache_read_tokens bigint,
      cache_write_tokens bigint,
      output_tokens bigint,
      reasoning_tokens bigint,
      usage_raw text,
      usage_source text not null
    )`,
    'create index ledger_started_at on ledger (started_at)',
  ],
}
