import type { IncomingMessage, ServerResponse } from 'node:http'
import type { CatalogFilter } from '../../core/catalog/index.ts'
import {
  BATCH_VERSION,
  isLegacyVersion,
  isUnexpected,
  toRpcError,
  writeError,
  writeResult,
  type LegacyPeer,
  type McpEndpoint,
  type ReadMessages,
} from '../../core/mcp-endpoint/index.ts'
import type { McpSession, Sessions } from '../../core/sessions/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/ids.ts'
import { RPC, RpcError, type RpcId, type RpcRequest } from '../../domain/json-rpc.ts'
import { sendJson, type RequestContext } from '../http/index.ts'
import type { Accepted } from './accepted.ts'
import { openEventStream } from './event-stream.ts'
import { createPostAnswer, type PostAnswer } from './post-answer.ts'
import { createSessionOutlet, type SessionOutlet } from './session-outlet.ts'

export interface LegacyHttp {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly context: RequestContext
  readonly accepted: Accepted
  readonly filter: CatalogFilter
}

/** Serves legacy clients over HTTP: sessions by header, GET streams, answers. */
export interface LegacyService {
  post(read: ReadMessages, http: LegacyHttp): Promise<void>
  /** Opens the stream for what belongs to no request. */
  stream(http: LegacyHttp): void
  /** Ends the session. */
  end(http: LegacyHttp): void
}

interface Found {
  readonly session: McpSession
  readonly peer: LegacyPeer
  readonly outlet: SessionOutlet
}

function refuse(response: ServerResponse, status: number, message: string, id: RpcId | null = null): void {
  sendJson(response, status, writeError(id, new RpcError(RPC.invalidRequest, message)))
}

const idOf = ({ messages }: ReadMessages): RpcId | null => {
  const first = messages.find((message): message is RpcRequest => message.kind === 'request')
  return first?.id ?? null
}

const sameView = (a: CatalogFilter, b: CatalogFilter): boolean => JSON.stringify(a) === JSON.stringify(b)

export function createLegacyService(endpoint: McpEndpoint, sessions: Sessions): LegacyService {
  const outlets = new Map<SessionId, SessionOutlet>()
  sessions.onEnd(({ id }) => {
    outlets.get(id)?.end()
    outlets.delete(id)
  })
  endpoint.onDrain(() => {
    for (const outlet of outlets.values()) outlet.release()
  })

  /** Answers with 400 or 404 and returns nothing when there is no session to serve. A session is good for its own address only. */
  function find({ request, response, context, filter }: LegacyHttp, id: RpcId | null): Found | undefined {
    const header = request.headers['mcp-session-id']
    if (typeof header !== 'string') {
      refuse(response, 400, 'Expected the header `Mcp-Session-Id`, or `initialize`, or the `_meta` envelope of a modern request.', id)
      return undefined
    }
    const session = sessions.find(header, context.principal)
    const peer = session && endpoint.peer(session.id)
    const outlet = session && outlets.get(session.id)
    if (!session || !peer || !outlet || !sameView(session.filter, filter)) {
      refuse(response, 404, 'Session not found: it ended, or never was. Initialize anew.', id)
      return undefined
    }
    const version = request.headers['mcp-protocol-version']
    if (typeof version === 'string' && !isLegacyVersion(version)) {
      refuse(response, 400, `Unsupported protocol version in \`MCP-Protocol-Version\`: ${version}`, id)
      return undefined
    }
    return { session, peer, outlet }
  }

  async function initialize(message: RpcRequest, { response, context, accepted, filter }: LegacyHttp): Promise<void> {
    const outlet = createSessionOutlet()
    try {
      const { session, result } = await endpoint.openSession(message.params, {
        filter,
        principal: context.principal,
        sendUnrelated: (text) => outlet.send(text),
      })
      outlets.set(session.id, outlet)
      context.logger.info({ sessionId: session.id.slice(0, 6), client: session.clientInfo?.['name'], protocolVersion: session.protocolVersion }, 'MCP session opened')
      createPostAnswer(response, accepted, { 'mcp-session-id': session.id }).finish(writeResult(message.id, result), 200)
    } catch (error) {
      if (isUnexpected(error)) context.logger.error({ err: error }, 'unexpected failure')
      createPostAnswer(response, accepted, {}).finish(writeError(message.id, toRpcError(error)), 200)
    }
  }

  async function answerBatch({ messages }: ReadMessages, { peer }: Found, answer: PostAnswer, http: LegacyHttp): Promise<void> {
    const rest: string[] = []
    const { logger } = http.context
    await Promise.all(
      messages.map(async (message) => {
        const text = await peer.receive(message, answer, logger)
        if (text !== undefined && !answer.sendIfStreaming(text)) rest.push(text)
      }),
    )
    // An answer that was held back before another request opened the stream.
    if (rest.length > 0 && answer.sendIfStreaming(rest[0] ?? '')) {
      for (const text of rest.slice(1)) answer.sendIfStreaming(text)
      return answer.finish(undefined, 200)
    }
    answer.finish(rest.length === 0 ? undefined : `[${rest.join(',')}]`, 200)
  }

  return {
    async post(read, http) {
      const { messages, isBatch } = read
      const [first] = messages
      const { response, context, accepted } = http
      if (!isBatch && first?.kind === 'request' && first.method === 'initialize') return initialize(first, http)
      const found = find(http, idOf(read))
      if (!found) return
      if (isBatch && found.session.protocolVersion !== BATCH_VERSION) {
        return refuse(response, 400, `Batches are only part of revision ${BATCH_VERSION}; this session speaks ${found.session.protocolVersion}.`)
      }
      if (!messages.some(({ kind }) => kind === 'request')) {
        for (const message of messages) await found.peer.receive(message, { send: () => false }, context.logger)
        response.writeHead(202, { 'content-length': 0 }).end()
        return
      }
      const answer = createPostAnswer(response, accepted, { 'mcp-session-id': found.session.id })
      if (isBatch) return answerBatch(read, found, answer, http)
      if (first) answer.finish(await found.peer.receive(first, answer, context.logger), 200)
    },

    stream(http) {
      const { response, accepted, context } = http
      if (!accepted.stream) return refuse(response, 406, 'Expected `Accept: text/event-stream`.')
      const found = find(http, null)
      if (!found) return
      const { session, outlet } = found
      const stream = openEventStream(response, { 'mcp-session-id': session.id }, () => sessions.touch(session.id))
      outlet.attach(stream)
      response.once('close', () => outlet.detach(stream))
      context.signal.addEventListener('abort', () => stream.end(), { once: true })
    },

    end(http) {
      const found = find(http, null)
      if (!found) return
      sessions.delete(found.session.id)
      http.response.writeHead(200, { 'content-length': 0 }).end()
    },
  }
}

/** A HEAD would otherwise be routed to GET and hold a stream open. */
export function refuseMethod(method: string): never {
  throw new GatewayError('method_not_allowed', `Expected GET, POST or DELETE, got ${method}.`, { details: { allowed: ['GET', 'POST', 'DELETE'] } })
}
