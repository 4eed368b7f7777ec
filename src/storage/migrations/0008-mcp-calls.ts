import type { Migration } from './migration.ts'

export const mcpCalls: Migration = {
  version: 8,
  name: 'mcp-calls',
  statements: [
    `create table mcp_calls (
      id text primary key,
      started_at text not null,
      principal text not null,
      server text not null,
      method text not null,
      name text not null,
      outcome text not null,
      error_class text,
      duration_ms double precision not null,
      attempts integer not null,
      request_bytes bigint not null,
      result_bytes bigint,
      request_id text,
      arguments text
    )`,
    'create index mcp_calls_started_at on mcp_calls (started_at, id)',
    'create index mcp_calls_server on mcp_calls (server, started_at)',
  ],
}
