import type { McpServerId } from '../domain/ids.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../domain/mcp-server.ts'
import type { ServerEntry } from './server-entry-schema.ts'

function defineTransport(entry: ServerEntry): McpTransportDefinition {
  if (entry.builtin !== undefined) return { kind: 'builtin', name: entry.builtin }
  if (entry.url !== undefined) return { kind: entry.type === 'sse' ? 'sse' : 'http', url: entry.url, headers: entry.headers ?? {} }
  return {
    kind: 'stdio',
    command: entry.command ?? '',
    args: entry.args ?? [],
    env: entry.env ?? {},
    inheritEnv: entry.inheritEnv ?? [],
    cwd: entry.cwd,
  }
}

export function defineServer(id: string, entry: ServerEntry, disabledReason: string | undefined): McpServerDefinition {
  return {
    id: id as McpServerId,
    transport: defineTransport(entry),
    era: entry.era,
    enabled: entry.enabled && disabledReason === undefined,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    tags: entry.tags,
    timeouts: { connectMs: entry.timeouts.connect, callMs: entry.timeouts.call, listMs: entry.timeouts.list },
    limits: { messageBytes: entry.limits.messageBytes },
  }
}
