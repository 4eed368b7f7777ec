import type { IncomingMessage, ServerResponse } from 'node:http'
import { withheldError, type Calls } from '../../../core/calls/index.ts'
import { awaitNamed, type Catalog, type CatalogEntry, type CatalogFilter, type CatalogView, type ServerCatalog, viewCatalog } from '../../../core/catalog/index.ts'
import type { Principal } from '../../../core/identity/index.ts'
import { GatewayError } from '../../../domain/errors.ts'
import type { McpServerId } from '../../../domain/ids.ts'
import { type JsonText, readMember } from '../../../lib/json-text.ts'
import { type BodyLimits, type HttpRoute, type HttpSurface, type RequestContext, sendJson } from '../../http/index.ts'
import { DOCS_PAGE, DOCS_PAGE_POLICY } from '../docs-page.ts'
import { mcpoAnswer, type McpoAnswer, mcpoRpcFailure } from './mcpo-answer.ts'
import { takesArguments, writeMcpoDocument, writeMcpoIndex } from './mcpo-document.ts'
import { readMcpoBody } from './read-mcpo-body.ts'
import type { McpoProfile } from './mcpo-profile.ts'
import { mcpoRoutes } from './mcpo-routes.ts'
import { createMcpoErrorRenderer } from './render-mcpo-error.ts'

export interface McpoDeps {
  readonly catalog: Catalog
  readonly calls: Calls
  readonly profile: McpoProfile
  readonly needsKey: boolean
  readonly bodyLimits: () => BodyLimits
}

/** mcpo sends no charset. */
const JSON_TYPE = { 'content-type': 'application/json' }

const filterOf = (server: string): CatalogFilter => ({ servers: [server as McpServerId], tags: undefined, naming: 'original' })
const ALL: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }

/** What a server says of itself stands where mcpo puts it: name and version of its `serverInfo`, its instructions as description. */
function about(server: string, facts: ServerCatalog['facts'] | undefined): { title: string; description: string; version: string } {
  const name = facts?.serverInfo?.['name']
  const version = facts?.serverInfo?.['version']
  const title = typeof name === 'string' && name !== '' ? name : server
  return { title, description: facts?.instructions || `${title} MCP Server`, version: typeof version === 'string' && version !== '' ? version : '1.0' }
}

/**
 * MCP tools exactly where and how mcpo 0.0.20 serves them: paths, redirects, operation ids, unwrapped answers, error bodies. It
 * differs where mcpo loses something: schemas are the server’s own, nulls go on, no default is invented, all pages of a list are read, and a server that is down says so instead of missing.
 */
export function createMcpoSurface(deps: McpoDeps): HttpSurface {
  const { catalog, calls, profile, needsKey, bodyLimits } = deps
  const renderError = createMcpoErrorRenderer(profile.strictAuth ? 'Bearer, Basic' : 'Bearer')
  const mount = (server: string): string => `${profile.prefix}${encodeURIComponent(server)}`

  async function look(principal: Principal, server: string): Promise<CatalogView> {
    const view = viewCatalog(await catalog.contacted(filterOf(server), principal), principal, filterOf(server))
    if (view.single === undefined) throw new GatewayError('unknown_server', `There is no MCP server \`${server}\`.`)
    return view
  }

  function find(view: CatalogView, tool: string): CatalogEntry {
    const entry = view.find('tool', tool)
    if (entry) return entry
    const withheld = view.withheld(tool)
    // For mcpo a tool that is switched off is not there.
    if (withheld?.why === 'held') throw withheldError(withheld)
    const [missing] = view.missing
    if (missing) throw new GatewayError('server_unavailable', `The MCP server \`${missing.server}\` is ${missing.state}: ${missing.reason}`)
    throw new GatewayError('unknown_capability', `There is no tool \`${tool}\`.`)
  }

  const serverOf = ({ params }: RequestContext): string => profile.server ?? params['server'] ?? ''

  async function call(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const { principal, params, signal, logger, requestId } = context
    const tool = params['tool'] ?? ''
    const view = await awaitNamed({ look: () => look(principal, serverOf(context)), named: [{ kind: 'tool', name: tool }], signal })
    const { exposedName, definition } = find(view, tool)
    const given = await readMcpoBody(request, bodyLimits(), takesArguments(definition) ? readMember(definition, 'inputSchema') : undefined)
    if (given.kind === 'refused') return sendJson(response, 422, given.body, JSON_TYPE)
    const callParams = `{"name":${JSON.stringify(exposedName)},"arguments":${given.text}}` as JsonText
    const { status, body } = await calls
      .call({ view, principal, method: 'tools/call', params: callParams, era: 'modern', signal, logger, requestId })
      .then(mcpoAnswer, (thrown: unknown): McpoAnswer => {
        const failure = mcpoRpcFailure(thrown)
        if (failure) return failure
        throw thrown
      })
    sendJson(response, status, body, JSON_TYPE)
  }

  async function refuseMethod({ method }: IncomingMessage, _response: ServerResponse, context: RequestContext): Promise<void> {
    find(await look(context.principal, serverOf(context)), context.params['tool'] ?? '')
    throw new GatewayError('method_not_allowed', `Expected POST, got ${method}.`, { details: { allowed: ['POST'] } })
  }

  /** An address that is there but for a slash leads to it; there is no such address of what is not there. */
  const redirect = (suffix: '' | '/'): HttpRoute['handle'] => async ({ url = '' }, response, context) => {
    const { server, tool } = context.params
    const view = tool === undefined && server === undefined ? undefined : await look(context.principal, serverOf(context))
    if (view && tool !== undefined) find(view, tool)
    const [path = '', query] = url.split(/\?(.*)/s, 2)
    const location = `${profile.rootPath}${path.replace(/\/+$/, '')}${suffix}${query === undefined ? '' : `?${query}`}`
    response.writeHead(307, { location, 'content-length': 0 }).end()
  }

  async function describe(_request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const server = serverOf(context)
    const view = await look(context.principal, server)
    const tools = view.list('tool').map(({ ownName, definition }) => ({ name: ownName, definition }))
    const below = profile.server === undefined ? `${profile.rootPath}${mount(server)}` : profile.rootPath
    const options = { ...about(server, view.servers[0]?.facts), address: below === '' ? undefined : below, needsKey }
    sendJson(response, 200, writeMcpoDocument(tools, options), JSON_TYPE)
  }

  async function describeAll(_request: IncomingMessage, response: ServerResponse, { principal }: RequestContext): Promise<void> {
    const view = viewCatalog(await catalog.contacted(ALL, principal), principal, ALL)
    const servers = view.servers.map(({ server }) => ({ name: server, docs: `${mount(server)}/docs` }))
    const { name: title, description, version, rootPath } = profile
    const options = { title, description, version, address: rootPath === '' ? undefined : rootPath, needsKey }
    sendJson(response, 200, writeMcpoIndex(servers, options), JSON_TYPE)
  }

  const page: HttpRoute['handle'] = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': DOCS_PAGE_POLICY, 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' })
    response.end(DOCS_PAGE)
  }

  return { name: 'mcpo', routes: mcpoRoutes({ profile, renderError, handlers: { call, refuseMethod, describe, describeAll, page, withSlash: redirect('/'), withoutSlash: redirect('') } }) }
}
