import { withheldError } from '../../core/calls/index.ts'
import { type Catalog, type CatalogEntry, type CatalogFilter, type CatalogView, type ServerCatalog, selectServers, viewCatalog } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { normalTag } from '../../domain/tag-expression.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText } from '../../lib/json-text.ts'
import { nearestWord } from '../../lib/nearest-word.ts'
import { sendJson, type HttpRoute, type RequestContext } from '../http/index.ts'
import { readParameters } from './read-parameters.ts'
import { readFilter } from './seen-tools.ts'
import { writeToolItem } from './tool-item.ts'
import type { ToolsApiDeps } from './tools-api-deps.ts'

interface Inspected {
  readonly view: CatalogView
  /** Of the selection, also those that are switched off, in the order of the configuration. */
  readonly servers: readonly McpServerDefinition[]
}

function select(servers: readonly McpServerDefinition[], catalog: Catalog, filter: CatalogFilter): readonly McpServerDefinition[] {
  const configured = servers.map(({ id, tags }) => ({ server: id, tags: new Set(tags.map(normalTag)) }))
  const selected = new Set(selectServers({ configured, presets: catalog.current.presets }, filter).map(({ server }) => server))
  return servers.filter(({ id }) => selected.has(id))
}

function countsOf(listed: ServerCatalog | undefined): JsonObject | null {
  if (!listed) return null
  const { tool, resource, 'resource-template': template, prompt } = listed.lists
  return { tools: tool.capabilities.length, resources: resource.capabilities.length, resourceTemplates: template.capabilities.length, prompts: prompt.capabilities.length }
}

interface ServerState {
  readonly state: string
  readonly reason: string | null
  readonly nextAttemptAt: string | null
}

function stateOf({ id, enabled, disabledReason }: McpServerDefinition, { missing }: CatalogView): ServerState {
  if (!enabled) return { state: 'disabled', reason: disabledReason ?? 'It is switched off.', nextAttemptAt: null }
  const why = missing.find(({ server }) => server === id)
  return { state: why?.state ?? 'ready', reason: why?.reason ?? null, nextAttemptAt: why?.nextAttemptAt?.toISOString() ?? null }
}

function describeServer(definition: McpServerDefinition, view: CatalogView): JsonObject {
  const listed = view.servers.find(({ server }) => server === definition.id)
  return {
    server: definition.id,
    ...stateOf(definition, view),
    tags: definition.tags.map(normalTag),
    era: listed?.facts.era ?? null,
    serverInfo: listed?.facts.serverInfo ?? null,
    hasInstructions: listed?.facts.instructions !== undefined,
    /** From the last good lists; null before the first. */
    capabilities: countsOf(listed),
  }
}

function findServer({ servers }: Inspected, id: string): McpServerDefinition {
  const found = servers.find((server) => server.id === id)
  if (found) return found
  const near = nearestWord(id, servers.map((server) => server.id))
  throw new GatewayError('unknown_server', `There is no MCP server \`${id}\` in the selection.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`)
}

function findTool(tools: readonly CatalogEntry[], server: McpServerDefinition, name: string, view: CatalogView): CatalogEntry {
  const found = view.findTool(server.id, name) ?? tools.find(({ exposedName }) => exposedName === name)
  if (found) return found
  const withheld = view.withheldTool(server.id, name)
  if (withheld) throw withheldError(withheld)
  const { state, reason } = stateOf(server, view)
  if (tools.length === 0 && reason !== null) throw new GatewayError('server_unavailable', `The MCP server \`${server.id}\` is ${state}: ${reason}`)
  const near = nearestWord(name, tools.map(({ ownName }) => ownName))
  throw new GatewayError('unknown_capability', `The MCP server \`${server.id}\` has no tool \`${name}\`.${near === undefined ? '' : ` Did you mean \`${near}\`?`}`)
}

/** `GET /api/inspect`, `…/{server}`, `…/{server}/{tool}`: from what is known already. It starts nothing and waits for nobody. */
export function inspectServers({ catalog, servers }: ToolsApiDeps): HttpRoute['handle'] {
  return (request, response, { url, principal, params }: RequestContext) => {
    const filter = readFilter(catalog, request, [])
    readParameters(url.searchParams, [])
    const inspected: Inspected = { view: viewCatalog(catalog.current, principal, filter), servers: select(servers(), catalog, filter) }
    const { view } = inspected
    const { server: id, tool } = params
    if (id === undefined) {
      return sendJson(response, 200, JSON.stringify({ servers: inspected.servers.map((server) => describeServer(server, view)), generation: view.generation }))
    }
    const server = findServer(inspected, id)
    const tools = view.list('tool').filter(({ route }) => route.server === id)
    if (tool !== undefined) return sendJson(response, 200, writeToolItem(findTool(tools, server, tool, view), true))
    const facts = toJsonText({ ...describeServer(server, view), instructions: view.servers.find((listed) => listed.server === id)?.facts.instructions ?? null })
    sendJson(response, 200, `${facts.slice(0, -1)},"tools":[${tools.map((entry) => writeToolItem(entry, false)).join(',')}]}`)
  }
}
