import type { McpEra } from '../../domain/mcp-server.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import type { ServerCatalog } from './catalog.ts'

/** Capability slots that the gateway carries; others of a single server are passed on, except those bound to one era. */
const CARRIED = new Set(['tools', 'prompts', 'resources', 'completions', 'logging'])
/** Legacy tasks are not carried: their ids would have to be bound to their callers first. */
const WITHHELD = new Set(['tasks'])

function merge(servers: readonly ServerCatalog[], name: string): boolean {
  return servers.some(({ facts }) => facts.capabilities[name] !== undefined)
}

const canSubscribe = ({ facts: { capabilities } }: ServerCatalog): boolean => {
  const resources = capabilities['resources']
  return isJsonObject(resources) && resources['subscribe'] === true
}

function extras(server: ServerCatalog | undefined, era: McpEra): JsonObject {
  if (!server || server.facts.era !== era) return {}
  return Object.fromEntries(Object.entries(server.facts.capabilities).filter(([name]) => !CARRIED.has(name) && !WITHHELD.has(name)))
}

/**
 * What a view may promise: what some server in it does. Lists of an aggregate are always there, if only empty, because its
 * servers come and go while a legacy client asks for capabilities once. Changes of lists are always told.
 */
export function mergeCapabilities(servers: readonly ServerCatalog[], isSingle: boolean, era: McpEra): JsonObject {
  const single = isSingle ? servers[0] : undefined
  const isThere = (name: string): boolean => !single || merge(servers, name)
  return {
    ...extras(single, era),
    ...(isThere('tools') ? { tools: { listChanged: true } } : {}),
    ...(isThere('prompts') ? { prompts: { listChanged: true } } : {}),
    ...(isThere('resources') ? { resources: { ...(servers.some(canSubscribe) ? { subscribe: true } : {}), listChanged: true } } : {}),
    ...(merge(servers, 'completions') ? { completions: {} } : {}),
    ...(merge(servers, 'logging') ? { logging: {} } : {}),
  }
}
