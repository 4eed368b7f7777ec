import type { McpTransportDefinition, TwinPolicy } from '../../src/domain/mcp-server.ts'

/** As the configuration defines it for a server whose era is not fixed. */
export function twinPolicy({ kind }: Pick<McpTransportDefinition, 'kind'>, idleMs = 600_000): { readonly twin: TwinPolicy } {
  return { twin: { opens: kind === 'stdio' ? 'for-calls' : 'for-sessions', idleMs } }
}
