import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Calls } from '../../core/calls/index.ts'
import { awaitNamed, type Catalog, type CatalogEntry, type CatalogFilter, type CatalogView, checkFilter, viewCatalog } from '../../core/catalog/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { isJsonObject } from '../../lib/json.ts'
import { EMPTY_OBJECT, type JsonText, parseJsonText, readMember, toJsonText } from '../../lib/json-text.ts'
import { type BodyLimits, createRestContextReader, type HttpRoute, type HttpSurface, readBody, renderProblem, type RequestContext, sendJson } from '../http/index.ts'
import { asCallFailure } from './call-failure.ts'
import { DOCS_PAGE, DOCS_PAGE_POLICY } from './docs-page.ts'
import { type OpenapiTool, writeOpenapi } from './openapi-document.ts'
import { toolAnswer } from './tool-answer.ts'

export interface RestToolsDeps {
  readonly catalog: Catalog
  readonly calls: Calls
  /** Where the tools are mounted, such as `/tools`. */
  readonly prefix: string
  readonly version: string
  readonly needsKey: boolean
  /** Whether the request context of every client is believed; only of those on this machine without it. */
  readonly trustContext?: boolean
  /** Read per request, so that a reload needs no new surface. */
  readonly bodyLimits: () => BodyLimits
}

/** Aggregate names are unique and fit `operationId`, so they serve as that whatever the client's own naming is. */
const ALL: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }

async function readArguments(request: IncomingMessage, limits: BodyLimits): Promise<JsonText> {
  const text = Buffer.concat(await readBody(request, limits)).toString('utf8')
  if (text.trim() === '') return EMPTY_OBJECT
  const type = request.headers['content-type'] ?? ''
  if (!/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) {
    throw new GatewayError('unsupported_media_type', `Expected a body of type \`application/json\`, got \`${type || 'none'}\`.`)
  }
  try {
    if (isJsonObject(JSON.parse(text))) return text as JsonText
  } catch (error) {
    throw new GatewayError('invalid_request', `The body is not JSON: ${(error as Error).message}.`, { cause: error })
  }
  throw new GatewayError('invalid_request', 'Expected the arguments as a JSON object.')
}

/** What a path means: everything, one server, or a preset, perhaps one server of it. */
interface Selected {
  readonly view: CatalogView
  readonly preset: string | undefined
  readonly server: McpServerId | undefined
  /** Where the paths of its tools begin. */
  readonly address: string
}

function findTool({ view, preset }: Pick<Selected, 'view' | 'preset'>, server: string, tool: string): CatalogEntry {
  const entry = view.findTool(server, tool)
  if (entry) return entry
  const withheld = view.withheldTool(server, tool)
  // The call itself says why it cannot be made, and is recorded.
  if (withheld) return withheld.entry
  const missing = view.missing.find((candidate) => candidate.server === server)
  if (missing) throw new GatewayError('server_unavailable', `The MCP server \`${server}\` is ${missing.state}: ${missing.reason}`)
  if (!view.servers.some((candidate) => candidate.server === server)) throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`${preset === undefined ? '' : ` in the preset \`${preset}\``}.`)
  throw new GatewayError('unknown_capability', `The MCP server \`${server}\` has no tool \`${tool}\`. \`GET\` its \`openapi.json\` for what it has.`)
}

/** One document per selection and snapshot; the views are remembered by the catalog. */
function createDocuments({ version, needsKey }: Pick<RestToolsDeps, 'version' | 'needsKey'>): (selected: Selected) => string {
  const documents = new WeakMap<CatalogView, Map<string, string>>()

  function write({ view, server, preset, address }: Selected): string {
    const tools = view.list('tool').flatMap(({ route, ownName, exposedName, definition }): OpenapiTool[] => {
      if (server !== undefined && route.server !== server) return []
      const tool = encodeURIComponent(ownName)
      const path = server === undefined ? `/${encodeURIComponent(route.server)}/${tool}` : `/${tool}`
      return [{ path, operationId: exposedName, server: route.server, name: ownName, definition }]
    })
    const own = view.servers.find((candidate) => candidate.server === server)
    const whole = preset === undefined ? 'Tools of all MCP servers' : `Tools of the preset ${preset}`
    return writeOpenapi(tools, {
      title: server === undefined ? whole : `Tools of ${server}`,
      version,
      description: own?.facts.instructions ?? 'MCP tools as REST, served by Trunkline.',
      address,
      needsKey,
    })
  }

  return (selected) => {
    let known = documents.get(selected.view)
    if (!known) documents.set(selected.view, (known = new Map()))
    const remembered = known.get(selected.address)
    if (remembered !== undefined) return remembered
    const document = write(selected)
    known.set(selected.address, document)
    return document
  }
}

const page: HttpRoute['handle'] = (_request, response) => {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': DOCS_PAGE_POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
  response.end(DOCS_PAGE)
}

/** Every tool of every server as `POST {prefix}/{server}/{tool}`, and the same below `{prefix}/presets/{preset}`, described by OpenAPI 3.1. */
export function createRestToolsSurface(deps: RestToolsDeps): HttpSurface {
  const { catalog, calls, prefix, bodyLimits } = deps
  const readContext = createRestContextReader(deps.trustContext ?? false)
  const describe = createDocuments(deps)

  async function select(request: IncomingMessage, context: RequestContext): Promise<Selected> {
    const { principal, params } = context
    const { preset } = params
    const server = params['server'] as McpServerId | undefined
    const filter: CatalogFilter = preset === undefined ? ALL : { ...ALL, preset }
    checkFilter(catalog.current, filter)
    const view = viewCatalog(await catalog.contacted(filter, principal, readContext(request, context)), principal, filter)
    const base = preset === undefined ? prefix : `${prefix}/presets/${encodeURIComponent(preset)}`
    return { view, preset, server, address: server === undefined ? base : `${base}/${encodeURIComponent(server)}` }
  }

  async function call(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const { principal, params, signal, logger, requestId } = context
    const given = await readArguments(request, bodyLimits())
    const server = params['server'] ?? ''
    const tool = params['tool'] ?? ''
    const view = await awaitNamed({ look: async () => (await select(request, context)).view, named: [{ kind: 'tool-of', server, name: tool }], signal })
    const entry = findTool({ view, preset: params['preset'] }, server, tool)
    const callParams = `{"name":${JSON.stringify(entry.exposedName)},"arguments":${given}}` as JsonText
    const result = await calls.call({ view, principal, method: 'tools/call', params: callParams, era: 'modern', signal, logger, requestId }).catch((thrown: unknown) => {
      throw asCallFailure(thrown)
    })
    const answer = toolAnswer(result, request.headers.accept, requestId)
    if (answer.contentType === undefined) return void response.writeHead(answer.status).end()
    response.writeHead(answer.status, { 'content-type': answer.contentType, 'content-length': Buffer.byteLength(answer.body), 'x-content-type-options': 'nosniff' })
    response.end(answer.body)
  }

  async function index(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const { view, address } = await select(request, context)
    const items = view.list('tool').map(({ route, ownName, exposedName, definition }) => ({
      server: route.server,
      tool: ownName,
      name: exposedName,
      description: parseJsonText(readMember(definition, 'description') ?? ('null' as JsonText)),
      inputSchema: parseJsonText(readMember(definition, 'inputSchema') ?? EMPTY_OBJECT),
      path: `${address}/${encodeURIComponent(route.server)}/${encodeURIComponent(ownName)}`,
    }))
    const missing = view.missing.map(({ server, state, reason }) => ({ server, state, reason }))
    sendJson(response, 200, toJsonText({ items, next: null, missing }))
  }

  async function document(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const selected = await select(request, context)
    const { view, server } = selected
    if (server !== undefined && ![...view.servers, ...view.missing].some((candidate) => candidate.server === server)) {
      throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`.`)
    }
    sendJson(response, 200, describe(selected))
  }

  const base = { policy: 'tools:use', renderError: renderProblem } as const
  const below = (path: string): readonly HttpRoute[] => [
    { ...base, method: 'GET', path, handle: index },
    { ...base, method: 'GET', path: `${path}/openapi.json`, handle: document },
    // The page itself tells nothing; what it shows it fetches with the visitor's key.
    { ...base, method: 'GET', path: `${path}/docs`, policy: 'anyone', handle: page },
    { ...base, method: 'GET', path: `${path}/{server}/openapi.json`, handle: document },
    { ...base, method: 'GET', path: `${path}/{server}/docs`, policy: 'anyone', handle: page },
    { ...base, method: 'POST', path: `${path}/{server}/{tool}`, handle: call },
  ]
  // No server is called `presets`, so that no path means two things.
  return { name: 'rest-tools', routes: [...below(`${prefix}/presets/{preset}`), ...below(prefix)] }
}
