import type { Migration } from './migration.ts'

export const mcpTasks: Migration = {
  version: 10,
  name: 'mcp-tasks',
  statements: [
    `create table mcp_tasks (
      id text not null primary key,
      server text not null,
      upstream_id text not null,
      era text not null,
      tool text,
      principal text not null,
      owner text,
      created_at text not null
    )`,
  ],
}
