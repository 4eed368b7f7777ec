import { isAbsolute, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { McpServerId } from '../domain/ids.ts'
import type { InstancePolicy, McpRoot, McpServerDefinition, McpTransportDefinition, TwinPolicy } from '../domain/mcp-server.ts'
import { defineManage } from './define-manage.ts'
import { defineWorkspace } from './define-workspace.ts'
import type { ServerEntry } from './server-entry-schema.ts'

/** A file is named from the folder of the document. */
const placeSpec = (spec: string, directory: string): string => (/^https?:\/\//i.test(spec) ? spec : resolve(directory, spec))

function defineBuiltin({ builtin, workspace, manage }: ServerEntry, directory: string): McpTransportDefinition {
  if (workspace) return { kind: 'builtin', name: 'workspace', workspace: defineWorkspace(workspace, directory) }
  if (manage) return { kind: 'builtin', name: 'manage', manage: defineManage(manage) }
  return { kind: 'builtin', name: builtin === 'models' ? 'models' : 'demo' }
}

function defineTransport(entry: ServerEntry, directory: string): McpTransportDefinition {
  if (entry.spec !== undefined) {
    const { baseUrl, headers = {}, auth = {}, include, exclude = [] } = entry
    return { kind: 'openapi', spec: placeSpec(entry.spec, directory), baseUrl, headers, auth, include, exclude }
  }
  if (entry.builtin !== undefined) return defineBuiltin(entry, directory)
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

/** Undefined for a server that runs once. Only the workspace keeps something of a client; the others need no second one. */
function instancesOf({ isolation, maxInstances, idleTimeout, builtin }: ServerEntry): InstancePolicy | undefined {
  if (isolation === 'shared' || (builtin !== undefined && builtin !== 'workspace')) return undefined
  return { isolation, isTemplate: false, maxInstances, idleMs: idleTimeout }
}

/** Instances are each client’s own already. */
function twinOf({ era, url, command, type, isolation, idleTimeout }: ServerEntry): TwinPolicy | undefined {
  if (era !== 'auto' || isolation !== 'shared' || type === 'sse' || (url ?? command) === undefined) return undefined
  return { opens: url === undefined ? 'for-calls' : 'for-sessions', idleMs: idleTimeout }
}

/** A text with braces is completed for each client, and becomes an address then. */
function defineRoot(root: NonNullable<ServerEntry['roots']>[number]): McpRoot {
  const { uri, name } = typeof root === 'string' ? { uri: root, name: undefined } : root
  const isPath = isAbsolute(uri) && !uri.includes('{{')
  return { uri: isPath ? pathToFileURL(uri).href : uri, ...(name === undefined ? {} : { name }) }
}

/** A command or a task of the workspace may take longer than other calls. */
const callTimeout = ({ timeouts, workspace }: ServerEntry): number => Math.max(timeouts.call, ...[workspace?.bash, workspace?.task].map((part) => (part ? part.timeout + 10_000 : 0)))

export function defineServer(id: string, entry: ServerEntry, disabledReason: string | undefined, directory = '.'): McpServerDefinition {
  const instances = instancesOf(entry)
  const twin = twinOf(entry)
  return {
    id: id as McpServerId,
    transport: defineTransport(entry, directory),
    era: entry.era,
    enabled: entry.enabled && disabledReason === undefined,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    tags: entry.tags,
    ...(instances ? { instances } : {}),
    ...(twin ? { twin } : {}),
    ...(entry.roots ? { roots: entry.roots.map(defineRoot) } : {}),
    timeouts: { connectMs: entry.timeouts.connect, callMs: callTimeout(entry), listMs: entry.timeouts.list },
    limits: { messageBytes: entry.limits.messageBytes },
  }
}
