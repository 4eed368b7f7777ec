import type { IncomingMessage, ServerResponse } from 'node:http'
import { isLegacyVersion, type McpEndpoint, type ReadMessages } from '../../core/mcp-endpoint/index.ts'
import type { GivenContext } from '../../core/instances/index.ts'
import type { Sessions } from '../../core/sessions/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { RequestContext } from '../http/index.ts'
import { refuse, type LegacyHttp } from './legacy-http.ts'
import { createSseClient, type SseClient } from './sse-client.ts'

/** One POST to the address that a stream was told. */
export interface SsePostHttp {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: RequestContext
  readonly given: GivenContext
}

/** Serves clients of the deprecated HTTP+SSE transport: a GET whose stream is the session, and POSTs that are answered on it. */
export interface SseService {
  /** Opens a stream, and with it room for a session. */
  open(http: LegacyHttp): void
  /** Hands messages to the client of a stream. Settles when they need no more of us, long after the POST was answered. */
  post(read: ReadMessages, http: SsePostHttp): Promise<void>
}

export function createSseService(endpoint: McpEndpoint, sessions: Sessions): SseService {
  const clients = new Map<string, SseClient>()
  endpoint.onDrain(() => {
    for (const client of clients.values()) client.drain()
  })

  return {
    open({ request, response, context, accepted, filter, given }) {
      // A HEAD is routed to GET, and would hold a stream open.
      if (request.method !== 'GET') throw new GatewayError('method_not_allowed', `Expected GET, got ${request.method}.`, { details: { allowed: ['GET'] } })
      if (!accepted.stream) return refuse(response, 406, 'Expected `Accept: text/event-stream`.')
      const { principal, logger, signal } = context
      const client = createSseClient({ endpoint, sessions, response, principal, filter, given, logger })
      clients.set(client.id, client)
      response.once('close', () => clients.delete(client.id))
      signal.addEventListener('abort', () => response.end(), { once: true })
    },

    async post(read, { request, response, context, given }) {
      const id = context.url.searchParams.get('sessionId')
      if (id === null) return refuse(response, 400, 'Expected `?sessionId=`, as the event `endpoint` of the stream told it.')
      const client = clients.get(id)
      // Somebody else’s is told like one that never was.
      if (client?.principal.id !== context.principal.id) return refuse(response, 404, 'Session not found: its stream ended, or never was. Open a new one.')
      const version = request.headers['mcp-protocol-version']
      if (typeof version === 'string' && !isLegacyVersion(version)) return refuse(response, 400, `Unsupported protocol version in \`MCP-Protocol-Version\`: ${version}`)
      const refusal = client.refusal(read)
      if (refusal !== undefined) return refuse(response, 400, refusal)
      response.writeHead(202, { 'content-length': 0 }).end()
      const { logger, requestId } = context
      await client.receive(read, { given, logger, requestId })
    },
  }
}
