import type { McpServerId } from '../domain/ids.ts'
import type { PinningMode, ServerSettings } from '../domain/server-settings.ts'
import type { ServerEntry } from './server-entry-schema.ts'

/** The part of an entry that a running server takes up without starting anew. */
export function defineServerSettings(id: string, entry: ServerEntry, pinning: PinningMode): ServerSettings {
  const { concurrency, queue, queueTimeout, resultBytes } = entry.limits
  return {
    server: id as McpServerId,
    tools: entry.tools,
    disabledTools: entry.disabledTools ?? [],
    enabledTools: entry.enabledTools,
    instructions: entry.instructions,
    pinning: entry.pinning ?? pinning,
    limits: { concurrency, queue, queueTimeoutMs: queueTimeout, resultBytes },
    retries: entry.retries,
    sampling: entry.sampling,
    ...(entry.builtin === 'manage' ? { administration: { reads: 'admin:read', changes: 'admin:write' } } : {}),
  }
}
