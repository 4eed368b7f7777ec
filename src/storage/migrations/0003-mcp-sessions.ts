import type { Migration } from './migration.ts'

export const mcpSessions: Migration = {
  version: 3,
  name: 'mcp-sessions',
  statements: [
    `create table mcp_sessions (
      id_digest text primary key,
      principal text not null,
      filter text not null,
      facts text not null,
      expires_at text not null
    )`,
    'create index mcp_sessions_expires_at on mcp_sessions (expires_at)',
    `create table mcp_stream_entries (
      session text not null,
      sequence bigint not null,
      stream text not null,
      kind text not null,
      message text not null,
      primary key (session, sequence)
    )`,
  ],
}
