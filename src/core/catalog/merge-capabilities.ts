import type { McpEra } from '../../domain/mcp-server.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { ServerCatalog } from './catalog.ts'

/** Capability slots that the gateway carries; others of a single server are passed on, except those bound to one era. */
const CARRIED = new Set(['tools', 'prompts', 'resources', 'completions', 'logging'])
/** Told in the words of the client’s era, whatever the server’s. */
const RETOLD = new Set(['tasks', 'extensions'])

const TASKS = { list: {}, cancel: {}, requests: { tools: { call: {} } } } as const
const TASKS_EXTENSION = 'io.modelcontextprotocol/tasks'

const object = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

/** Whether tool calls may become tasks at this server, in the way of its era. */
export function runsTasks({ facts: { era, capabilities } }: ServerCatalog): boolean {
  if (era === 'modern') return object(capabilities['extensions'])[TASKS_EXTENSION] !== undefined
  return object(object(object(capabilities['tasks'])['requests'])['tools'])['call'] !== undefined
}

/** The extensions of one server, with tasks where some server has them. */
function extensions(servers: readonly ServerCatalog[], single: ServerCatalog | undefined, era: McpEra): JsonObject {
  const { [TASKS_EXTENSION]: _tasks, ...own } = object(single?.facts.capabilities['extensions'])
  const all = { ...own, ...(era === 'modern' && servers.some(runsTasks) ? { [TASKS_EXTENSION]: {} } : {}) }
  return Object.keys(all).length === 0 ? {} : { extensions: all }
}

function merge(servers: readonly ServerCatalog[], name: string): boolean {
  return servers.some(({ facts }) => facts.capabilities[name] !== undefined)
}

const canSubscribe = ({ facts: { capabilities } }: ServerCatalog): boolean => {
  const resources = capabilities['resources']
  return isJsonObject(resources) && resources['subscribe'] === true
}

function extras(server: ServerCatalog | undefined, era: McpEra): JsonObject {
  if (!server || server.facts.era !== era) return {}
  return Object.fromEntries(Object.entries(server.facts.capabilities).filter(([name]) => !CARRIED.has(name) && !RETOLD.has(name)))
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
    ...(era === 'legacy' && servers.some(runsTasks) ? { tasks: TASKS } : {}),
    ...extensions(servers, single, era),
  }
}
