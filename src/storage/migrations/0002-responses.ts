import type { Migration } from './migration.ts'

export const responses: Migration = {
  version: 2,
  name: 'responses',
  statements: [
    `create table responses (
      id text primary key,
      principal text not null,
      created_at text not null,
      expires_at text not null,
      public_model text not null,
      provider text not null,
      model text not null,
      place text not null,
      status text not null,
      is_background integer not null,
      previous_id text,
      input text,
      body text
    )`,
    'create index responses_principal on responses (principal, created_at)',
    'create index responses_expires_at on responses (expires_at)',
  ],
}
