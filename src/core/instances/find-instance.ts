import type { McpServerId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { renderDefinition } from '../../upstreams/mcp/index.ts'
import { lookUpValue, ownerOf, type InstanceClient } from './instance-client.ts'
import { lookupOrder } from './instance-key.ts'

/** Which instance of a server a client has, whether or not it runs. */
export type WantedInstance =
  | { readonly kind: 'wanted'; readonly key: McpServerId; readonly definition: McpServerDefinition; readonly isOwn: boolean }
  | { readonly kind: 'missing-context'; readonly names: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string }

/** Depends on the server, its policy and the client alone, so equal clients find the same instance. */
export function findInstance(server: McpServerDefinition, client: InstanceClient): WantedInstance {
  const { id, instances } = server
  if (!instances) return { kind: 'wanted', key: id, definition: server, isOwn: false }
  const { isolation, isTemplate } = instances
  const owner = ownerOf(isolation, client)
  const isOwn = isolation === 'per-session' && client.session !== undefined
  if (!isTemplate) return { kind: 'wanted', key: nearestKey(id, undefined, owner), definition: server, isOwn }
  const rendered = renderDefinition(server, (name) => lookUpValue(client, name))
  if (rendered.kind === 'missing') return { kind: 'missing-context', names: rendered.names }
  if (rendered.kind === 'refused') return rendered
  return { kind: 'wanted', key: nearestKey(id, rendered.hash, owner), definition: rendered.definition, isOwn }
}

/** Where the instance is made; the rest of the order is where a less particular client would look. */
function nearestKey(...parts: Parameters<typeof lookupOrder>): McpServerId {
  return lookupOrder(...parts)[0]
}

/** Why there is none, for the client: which values are missing, and what would bring them. */
export function describeMissingContext(names: readonly string[], { context }: InstanceClient): string {
  const list = names.map((name) => `\`${name}\``).join(', ')
  const cure = context ? 'The request context of this client does not have it.' : 'This client has no request context that is believed: give one in `_meta["trunkline/context"]`, from this machine or with `mcp.trustContext`.'
  return `It needs ${list}. ${cure}`
}
