import { createHash } from 'node:crypto'
import type { ClientContext } from '../../domain/client-context.ts'
import type { SessionId } from '../../domain/ids.ts'
import type { McpIsolation } from '../../domain/mcp-server.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Principal } from '../identity/index.ts'

/** For whom an instance is looked up. */
export interface InstanceClient {
  readonly principal: Principal
  /** The MCP session, or a digest of it; undefined for what has none. */
  readonly session: SessionId | undefined
  /** Undefined when the client is not believed, or gave none. */
  readonly context: ClientContext | undefined
  readonly clientInfo: JsonObject | undefined
  readonly transport: 'http' | 'stdio'
  /** Asks it for its roots; only there for a client with a session that has some. */
  readonly askRoots?: AskRoots | undefined
}

/** Rejects with the client’s `RpcError`, or one of ours when it does not answer. */
export type AskRoots = () => Promise<JsonText>

const digest = (...parts: readonly string[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)

/** Whose an instance is; undefined for one that is shared. Nobody can name another’s: an id of a context counts within its principal. */
export function ownerOf(isolation: McpIsolation, { principal, session, context }: InstanceClient): string | undefined {
  switch (isolation) {
    case 'shared':
      return undefined
    case 'per-user':
      return digest('principal', principal.id)
    case 'per-session':
      if (session !== undefined) return digest('session', session)
      return context?.id === undefined ? digest('principal', principal.id) : digest('context', principal.id, context.id)
  }
}

function walk(value: JsonValue | undefined, path: readonly string[]): JsonValue | undefined {
  const [first, ...rest] = path
  if (first === undefined) return value
  return isJsonObject(value) && Object.hasOwn(value, first) ? walk(value[first], rest) : undefined
}

/** Everything that a client said of itself is only there when it is believed: a name in a handshake may be any text. */
function transportOf({ transport, clientInfo, context }: InstanceClient): JsonObject {
  return context ? { type: transport, ...(clientInfo ? { client: clientInfo } : {}) } : { type: transport }
}

function find(client: InstanceClient, [root, ...path]: readonly string[]): JsonValue | undefined {
  if (root === 'principal') return walk({ id: client.principal.id }, path)
  if (root === 'transport') return walk(transportOf(client), path)
  const values = client.context?.values
  if (root !== 'context') return root === undefined ? undefined : walk(values, [root, ...path])
  return walk(values, path) ?? walk(values, ['custom', ...path])
}

/** The value that a template’s name stands for; undefined for what is not there, and for what is no single value. */
export function lookUpValue(client: InstanceClient, name: string): string | undefined {
  const value = find(client, name.split('.'))
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}
