import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Catalog, CatalogFilter } from '../../core/catalog/index.ts'
import { isModernVersion, readMessages, writeError, type McpEndpoint, type ReadMessages } from '../../core/mcp-endpoint/index.ts'
import type { Sessions } from '../../core/sessions/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import { readBody, sendJson, type BodyLimits, type HttpSurface, type RequestContext } from '../http/index.ts'
import { readAccepted } from './accepted.ts'
import { classifyRequest } from './classify-request.ts'
import { mcpRoutes } from './routes.ts'
import { createLegacyService, refuseMethod, type LegacyHttp } from './serve-legacy.ts'
import { serveModern } from './serve-modern.ts'

export interface McpHttpDeps {
  readonly endpoint: McpEndpoint
  readonly catalog: Catalog
  readonly sessions: Sessions
  /** Read per request, so that a reload needs no new surface. */
  readonly bodyLimits: () => BodyLimits
}

/** Selections by address that belong to a later version: ignoring them would show more than was asked for. */
const NOT_YET = ['preset', 'tag-filter', 'filter', 'tags'] as const

const sole = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value[0] : value)

function isJson(contentType: string | undefined): boolean {
  return contentType?.split(';', 1)[0]?.trim().toLowerCase() === 'application/json'
}

async function readText(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  if (!isJson(request.headers['content-type'])) {
    throw new GatewayError('unsupported_media_type', `Expected \`Content-Type: application/json\`, got \`${request.headers['content-type'] ?? 'none'}\`.`)
  }
  const bytes = Buffer.concat(await readBody(request, limits))
  if (!isUtf8(bytes)) throw new RpcError(RPC.parseError, 'Parse error: the body is not UTF-8.')
  return bytes.toString('utf8')
}

/** MCP over Streamable HTTP at `/mcp` (every server) and `/mcp/{server}` (one, under its own names), for clients of both eras. */
export function createMcpHttpSurface({ endpoint, catalog, sessions, bodyLimits }: McpHttpDeps): HttpSurface {
  const legacy = createLegacyService(endpoint, sessions)
  const aggregate: CatalogFilter = { servers: 'all', tags: undefined, naming: catalog.naming }

  function filterOf({ params, url }: RequestContext): CatalogFilter {
    const asked = NOT_YET.find((name) => url.searchParams.has(name))
    if (asked) throw new GatewayError('invalid_request', `Selecting by \`?${asked}=\` is not served yet; use /mcp or /mcp/{server}.`)
    const server = params['server'] as McpServerId | undefined
    const filter: CatalogFilter = server === undefined ? aggregate : { servers: [server], tags: undefined, naming: 'original' }
    endpoint.checkFilter(filter)
    return filter
  }

  function prepare(request: IncomingMessage, response: ServerResponse, context: RequestContext): LegacyHttp {
    return { request, response, context, accepted: readAccepted(request.headers.accept), filter: filterOf(context) }
  }

  async function read(request: IncomingMessage, response: ServerResponse): Promise<ReadMessages | undefined> {
    try {
      return readMessages(await readText(request, bodyLimits()))
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      sendJson(response, 400, writeError(null, error))
      return undefined
    }
  }

  async function post(request: IncomingMessage, response: ServerResponse, context: RequestContext): Promise<void> {
    const http = prepare(request, response, context)
    if (!http.accepted.json && !http.accepted.stream) {
      return sendJson(response, 406, writeError(null, new RpcError(RPC.invalidRequest, 'Expected `Accept: application/json, text/event-stream`.')))
    }
    const messages = await read(request, response)
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
        response.writeHead(202, { 'content-length': 0 }).end()
        return
      case 'refused':
        sendJson(response, 400, writeError(classified.id, classified.error))
    }
  }

  function withSession(serve: (http: LegacyHttp) => void) {
    return (request: IncomingMessage, response: ServerResponse, context: RequestContext): void => {
      const version = sole(request.headers['mcp-protocol-version'])
      if (request.method === 'HEAD') refuseMethod('HEAD')
      if (version !== undefined && isModernVersion(version)) {
        throw new GatewayError('method_not_allowed', `In ${version} everything is a POST.`, { details: { allowed: ['POST'] } })
      }
      serve(prepare(request, response, context))
    }
  }

  return {
    name: 'mcp-http',
    routes: mcpRoutes({
      POST: post,
      GET: withSession((http) => legacy.stream(http)),
      DELETE: withSession((http) => legacy.end(http)),
    }),
  }
}
