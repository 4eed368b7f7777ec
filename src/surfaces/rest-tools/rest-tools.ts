import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Calls } from '../../core/calls/index.ts'
import { type Catalog, type CatalogEntry, type CatalogFilter, type CatalogView, viewCatalog } from '../../core/catalog/index.ts'
import type { Principal } from '../../core/identity/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { isJsonObject } from '../../lib/json.ts'
import { EMPTY_OBJECT, type JsonText, parseJsonText, readMember, toJsonText } from '../../lib/json-text.ts'
import { type BodyLimits, type HttpRoute, type HttpSurface, readBody, renderProblem, type RequestContext, sendJson } from '../http/index.ts'
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

function findTool(view: CatalogView, server: string, tool: string): CatalogEntry {
  const entry = view.list('tool').find(({ route }) => route.server === server && route.upstreamName === tool)
  if (entry) return entry
  const missing = view.missing.find((candidate) => candidate.server === server)
  if (missing) throw new GatewayError('server_unavailable', `The MCP server \`${server}\` is ${missing.state}: ${missing.reason}`)
  if (!view.servers.some((candidate) => candidate.server === server)) throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`.`)
  throw new GatewayError('unknown_capability', `The MCP server \`${server}\` has no tool \`${tool}\`. \`GET\` its \`openapi.json\` for what it has.`)
}

/** Every tool of every server as `POST {prefix}/{server}/{tool}`, described by OpenAPI 3.1. */
export function createRestToolsSurface(deps: RestToolsDeps): HttpSurface {
  const { catalog, calls, prefix, version, needsKey, bodyLimits } = deps
  const documents = new WeakMap<CatalogView, Map<string, string>>()
  const look = async (principal: Principal): Promise<CatalogView> => viewCatalog(await catalog.contacted(ALL), principal, ALL)

  function describe(view: CatalogView, server: McpServerId | undefined): string {
    let known = documents.get(view)
    if (!known) documents.set(view, (known = new Map()))
    const remembered = known.get(server ?? '')
    if (remembered !== undefined) return remembered
    const tools = view.list('tool').flatMap((entry): OpenapiTool[] => {
      if (server !== undefined && entry.route.server !== server) return []
      const tool = encodeURIComponent(entry.route.upstreamName)
      const path = server === undefined ? `/${encodeURIComponent(entry.route.server)}/${tool}` : `/${tool}`
      return [{ path, operationId: entry.exposedName, server: entry.route.server, definition: entry.definition }]
    })
    const own = view.servers.find((candidate) => candidate.server === server)
    const document = writeOpenapi(tools, {
      title: server === undefined ? 'Tools of all MCP servers' : `Tools of ${server}`,
      version,
      description: own?.facts.instructions ?? 'MCP tools as REST, served by Trunkline.',
      address: server === undefined ? prefix : `${prefix}/${encodeURIComponent(server)}`,
      needsKey,
    })
    known.set(server ?? '', document)
    return document
  }

  async function call(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const { principal, params, signal, logger, requestId } = context
    const given = await readArguments(request, bodyLimits())
    const view = await look(principal)
    const entry = findTool(view, params['server'] ?? '', params['tool'] ?? '')
    const callParams = `{"name":${JSON.stringify(entry.exposedName)},"arguments":${given}}` as JsonText
    const result = await calls.call({ view, principal, method: 'tools/call', params: callParams, era: 'modern', signal, logger }).catch((thrown: unknown) => {
      throw asCallFailure(thrown)
    })
    const answer = toolAnswer(result, request.headers.accept, requestId)
    if (answer.contentType === undefined) return void response.writeHead(answer.status).end()
    response.writeHead(answer.status, { 'content-type': answer.contentType, 'content-length': Buffer.byteLength(answer.body), 'x-content-type-options': 'nosniff' })
    response.end(answer.body)
  }

  async function index(_request: IncomingMessage, response: ServerResponse, { principal }: RequestContext): Promise<void> {
    const view = await look(principal)
    const items = view.list('tool').map(({ route, exposedName, definition }) => ({
      server: route.server,
      tool: route.upstreamName,
      name: exposedName,
      description: parseJsonText(readMember(definition, 'description') ?? ('null' as JsonText)),
      inputSchema: parseJsonText(readMember(definition, 'inputSchema') ?? EMPTY_OBJECT),
      path: `${prefix}/${encodeURIComponent(route.server)}/${encodeURIComponent(route.upstreamName)}`,
    }))
    const missing = view.missing.map(({ server, state, reason }) => ({ server, state, reason }))
    sendJson(response, 200, toJsonText({ items, next: null, missing }))
  }

  async function document(_request: IncomingMessage, response: ServerResponse, { principal, params }: RequestContext): Promise<void> {
    const view = await look(principal)
    const server = params['server'] as McpServerId | undefined
    if (server !== undefined && ![...view.servers, ...view.missing].some((candidate) => candidate.server === server)) {
      throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`.`)
    }
    sendJson(response, 200, describe(view, server))
  }

  const page: HttpRoute['handle'] = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': DOCS_PAGE_POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    response.end(DOCS_PAGE)
  }
  const base = { policy: 'tools:use', renderError: renderProblem } as const
  return {
    name: 'rest-tools',
    routes: [
      { ...base, method: 'GET', path: prefix, handle: index },
      { ...base, method: 'GET', path: `${prefix}/openapi.json`, handle: document },
      // The page itself tells nothing; what it shows it fetches with the visitor's key.
      { ...base, method: 'GET', path: `${prefix}/docs`, policy: 'anyone', handle: page },
      { ...base, method: 'GET', path: `${prefix}/{server}/openapi.json`, handle: document },
      { ...base, method: 'GET', path: `${prefix}/{server}/docs`, policy: 'anyone', handle: page },
      { ...base, method: 'POST', path: `${prefix}/{server}/{tool}`, handle: call },
    ],
  }
}
