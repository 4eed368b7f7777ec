import type { Migration } from './migration.ts'

export const toolPins: Migration = {
  version: 7,
  name: 'tool-pins',
  statements: [
    `create table mcp_tool_pins (
      server text not null,
      tool text not null,
      approved_digest text not null,
      approved_definition text not null,
      approved_at text not null,
      changed_digest text,
      changed_definition text,
      changed_at text,
      primary key (server, tool)
    )`,
  ],
}
