import type { Migration } from './migration.ts'

export const toolPinVariants: Migration = {
  version: 9,
  name: 'tool-pin-variants',
  // A JSON list of digests, for a server of which clients have instances of their own.
  statements: ['alter table mcp_tool_pins add column variants text'],
}
