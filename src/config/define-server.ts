import { resolve } from 'node:path'
import type { McpServerId } from '../domain/ids.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../domain/mcp-server.ts'
import type { ServerEntry } from './server-entry-schema.ts'

/** A file is named from the folder of the document. */
const placeSpec = (spec: string, directory: string): string => (/^https?:\/\//i.test(spec) ? spec : resolve(directory, spec))

function defineTransport(entry: ServerEntry, directory: string): McpTransportDefinition {
  if (entry.spec !== undefined) {
    const { baseUrl, headers = {}, auth = {}, include, exclude = [] } = entry
    return { kind: 'openapi', spec: placeSpec(entry.spec, directory), baseUrl, headers, auth, include, exclude }
  }
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

export function defineServer(id: string, entry: ServerEntry, disabledReason: string | undefined, directory = '.'): McpServerDefinition {
  return {
    id: id as McpServerId,
    transport: defineTransport(entry, directory),
    era: entry.era,
    enabled: entry.enabled && disabledReason === undefined,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    tags: entry.tags,
    ...(entry.disabledTools ? { disabledTools: entry.disabledTools } : {}),
    ...(entry.enabledTools ? { enabledTools: entry.enabledTools } : {}),
    timeouts: { connectMs: entry.timeouts.connect, callMs: entry.timeouts.call, listMs: entry.timeouts.list },
    limits: { messageBytes: entry.limits.messageBytes },
  }
}
