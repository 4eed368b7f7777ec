import type { Migration } from './migration.ts'

export const conversations: Migration = {
  version: 6,
  name: 'conversations',
  statements: [
    `create table conversations (
      id text primary key,
      principal text not null,
      title text not null,
      settings text not null,
      is_favourite integer not null,
      saved_name text,
      saved_at text,
      created_at text not null,
      updated_at text not null
    )`,
    'create index conversations_principal on conversations (principal, updated_at)',
    `create table conversation_messages (
      conversation text not null,
      sequence integer not null,
      role text not null,
      state text not null,
      content text not null,
      thinking text not null,
      facts text not null,
      created_at text not null,
      primary key (conversation, sequence)
    )`,
    'create index conversation_messages_state on conversation_messages (state)',
  ],
}
