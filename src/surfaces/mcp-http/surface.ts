import type { IncomingMessage, ServerResponse } from 'node:http'
import { narrowFilter, readSelection, type Catalog, type CatalogFilter } from '../../core/catalog/index.ts'
import { isModernVersion, writeError, type McpEndpoint } from '../../core/mcp-endpoint/index.ts'
import type { Sessions } from '../../core/sessions/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { readGivenContext, readQuerySelectors, sendJson, type BodyLimits, type HttpSurface, type RequestContext } from '../http/index.ts'
import { readAccepted } from './accepted.ts'
import { classifyRequest } from './classify-request.ts'
import { readModeParameter } from './read-mode-parameter.ts'
import { readPost } from './read-post.ts'
import { mcpRoutes, sseRoutes } from './routes.ts'
import type { LegacyHttp } from './legacy-http.ts'
import { createLegacyService, refuseMethod } from './serve-legacy.ts'
import { serveModern } from './serve-modern.ts'
import { createSseService } from './serve-sse.ts'

export interface McpHttpDeps {
  readonly endpoint: McpEndpoint
  readonly catalog: Catalog
  readonly sessions: Sessions
  /** Whether the request context of every client is believed; only of those on this machine without it. */
  readonly trustContext?: boolean
  /** Read per request, so that a reload needs no new surface. */
  readonly bodyLimits: () => BodyLimits
}

const sole = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

/**
 * MCP over Streamable HTTP at `/mcp` (every server), `/mcp/presets/{preset}` and `/mcp/{server}` (one, under its own names), for
 * clients of both eras; and over the deprecated HTTP+SSE at `/sse` (`/sse/presets/{preset}`, `/sse/{server}`). `?preset=`, `?tag-filter=`, `?filter=` or `?tags=` narrows what an address shows;
 * `?mode=` says how much of its tools is listed at once.
 */
export function createMcpHttpSurface({ endpoint, catalog, sessions, trustContext = false, bodyLimits }: McpHttpDeps): HttpSurface {
  const legacy = createLegacyService(endpoint, sessions)
  const sse = createSseService(endpoint, sessions)
  const aggregate: CatalogFilter = { servers: 'all', tags: undefined, naming: catalog.naming }

  function filterOf({ url = '' }: IncomingMessage, { params }: RequestContext): CatalogFilter {
    const server = params['server'] as McpServerId | undefined
    const base: CatalogFilter = server === undefined ? aggregate : { servers: [server], tags: undefined, naming: 'original' }
    const { preset } = params
    const selectors = readQuerySelectors(url)
    const filter = narrowFilter(base, readSelection(preset === undefined ? selectors : [{ name: 'preset', text: preset }, ...selectors]))
    endpoint.checkFilter(filter)
    const mode = readModeParameter(url)
    return mode === undefined ? filter : { ...filter, mode }
  }

  function prepare(request: IncomingMessage, response: ServerResponse, context: RequestContext): LegacyHttp {
    return { request, response, context, accepted: readAccepted(request.headers.accept), filter: filterOf(request, context), given: readGivenContext(request, context.principal, trustContext) }
  }

  async function post(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const http = prepare(request, response, context)
    if (!http.accepted.json && !http.accepted.stream) {
      return sendJson(response, 406, writeError(null, new RpcError(RPC.invalidRequest, 'Expected `Accept: application/json, text/event-stream`.')))
    }
    const messages = await readPost(request, response, bodyLimits())
    if (!messages) return
    const { headers } = request
    const classified = classifyRequest(messages, {
      protocolVersion: sole(headers['mcp-protocol-version']),
      method: sole(headers['mcp-method']),
      name: sole(headers['mcp-name']),
    })
    switch (classified.kind) {
      case 'legacy':
        return legacy.post(messages, http)
      case 'modern':
        return serveModern(endpoint, classified.request, http.filter, http)
      case 'modern-notification':
        endpoint.note(classified.notification, { filter: http.filter, principal: context.principal, given: http.given, logger: context.logger })
        response.writeHead(202, { 'content-length': 0 }).end()
        return
      case 'refused':
        sendJson(response, 400, writeError(classified.id, classified.error))
    }
  }

  function withSession(serve: (http: LegacyHttp) => Promise<void>) {
    return async (request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> => {
      const version = sole(request.headers['mcp-protocol-version'])
      if (request.method === 'HEAD') refuseMethod('HEAD')
      if (version !== undefined && isModernVersion(version)) {
        throw new GatewayError('method_not_allowed', `In ${version} everything is a POST.`, { details: { allowed: ['POST'] } })
      }
      await serve(prepare(request, response, context))
    }
  }

  async function postToStream(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const messages = await readPost(request, response, bodyLimits())
    if (messages) await sse.post(messages, { request, response, context, given: readGivenContext(request, context.principal, trustContext) })
  }

  return {
    name: 'mcp-http',
    routes: [
      ...mcpRoutes({
        POST: post,
        GET: withSession((http) => legacy.stream(http)),
        DELETE: withSession((http) => legacy.end(http)),
      }),
      ...sseRoutes({ open: (request, response, context) => sse.open(prepare(request, response, context)), post: postToStream }),
    ],
  }
}
