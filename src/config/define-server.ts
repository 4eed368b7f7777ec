import { resolve } from 'node:path'
import type { McpServerId } from '../domain/ids.ts'
import type { InstancePolicy, McpServerDefinition, McpTransportDefinition } from '../domain/mcp-server.ts'
import { defineWorkspace } from './define-workspace.ts'
import type { ServerEntry } from './server-entry-schema.ts'

/** A file is named from the folder of the document. */
const placeSpec = (spec: string, directory: string): string => (/^https?:\/\//i.test(spec) ? spec : resolve(directory, spec))

function defineTransport(entry: ServerEntry, directory: string): McpTransportDefinition {
  if (entry.spec !== undefined) {
    const { baseUrl, headers = {}, auth = {}, include, exclude = [] } = entry
    return { kind: 'openapi', spec: placeSpec(entry.spec, directory), baseUrl, headers, auth, include, exclude }
  }
  if (entry.workspace) return { kind: 'builtin', name: 'workspace', workspace: defineWorkspace(entry.workspace, directory) }
  if (entry.builtin !== undefined) return { kind: 'builtin', name: entry.builtin === 'models' ? 'models' : 'demo' }
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

/** Undefined for a server that runs once. The demo keeps nothing of a client, so it needs no second one. */
function instancesOf({ isolation, maxInstances, idleTimeout, builtin }: ServerEntry): InstancePolicy | undefined {
  if (isolation === 'shared' || builtin === 'demo' || builtin === 'models') return undefined
  return { isolation, isTemplate: false, maxInstances, idleMs: idleTimeout }
}

/** A command or a task of the workspace may take longer than other calls. */
const callTimeout = ({ timeouts, workspace }: ServerEntry): number => Math.max(timeouts.call, ...[workspace?.bash, workspace?.task].map((part) => (part ? part.timeout + 10_000 : 0)))

export function defineServer(id: string, entry: ServerEntry, disabledReason: string | undefined, directory = '.'): McpServerDefinition {
  const instances = instancesOf(entry)
  return {
    id: id as McpServerId,
    transport: defineTransport(entry, directory),
    era: entry.era,
    enabled: entry.enabled && disabledReason === undefined,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    tags: entry.tags,
    ...(instances ? { instances } : {}),
    timeouts: { connectMs: entry.timeouts.connect, callMs: callTimeout(entry), listMs: entry.timeouts.list },
    limits: { messageBytes: entry.limits.messageBytes },
  }
}
