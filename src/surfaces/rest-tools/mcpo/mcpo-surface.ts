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
import { createMcpoErrorRenderer } from './render-mcpo-error.ts'

/** How the profile is mounted, in the words of mcpo’s own flags. */
export interface McpoProfile {
  /** What servers are below: `/`, or `/x/`. */
  readonly prefix: string
  /** Serve only this one, with its tools at the root. */
  readonly server: string | undefined
  /** Ask for the key for documents and pages, too. */
  readonly strictAuth: boolean
  /** What a proxy in front of the gateway puts before its paths. */
  readonly rootPath: string
  readonly name: string
  readonly description: string
  readonly version: string
}

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
 * MCP tools exactly where and how mcpo 0.0.20 serves them: paths, operation ids, unwrapped answers, error bodies. It
 * differs where mcpo loses something: schemas are the server’s own, nulls and unknown members go on, no default is
 * invented, all pages of a list are read, and a server that is down says so instead of missing.
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

  async function refuseGet(_request: IncomingMessage, _response: ServerResponse, context: RequestContext): Promise<void> {
    find(await look(context.principal, serverOf(context)), context.params['tool'] ?? '')
    throw new GatewayError('method_not_allowed', 'Expected POST, got GET.', { details: { allowed: ['POST'] } })
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

  const tool = { policy: 'tools:use', renderError } as const
  const shown = { policy: profile.strictAuth ? 'tools:use' : 'anyone', renderError } as const
  const root: readonly HttpRoute[] = [
    { ...shown, method: 'GET', path: '/openapi.json', handle: profile.server === undefined ? describeAll : describe },
    { ...shown, method: 'GET', path: '/docs', handle: page },
  ]
  const below = profile.server === undefined ? `${profile.prefix}{server}` : ''
  const own: readonly HttpRoute[] =
    profile.server === undefined
      ? [
          { ...shown, method: 'GET', path: `${below}/openapi.json`, handle: describe },
          { ...shown, method: 'GET', path: `${below}/docs`, handle: page },
        ]
      : []
  const calling: readonly HttpRoute[] = [
    { ...tool, method: 'POST', path: `${below}/{tool}`, handle: call },
    { ...tool, method: 'GET', path: `${below}/{tool}`, handle: refuseGet },
  ]
  return { name: 'mcpo', routes: [...root, ...own, ...calling] }
}
