import { isUnexpected, toRpcError, writeError, writeResult, type McpEndpoint, type ReadMessages } from '../../core/mcp-endpoint/index.ts'
import type { Sessions } from '../../core/sessions/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { RpcId, RpcRequest } from '../../domain/json-rpc.ts'
import { answerMessages } from './answer-messages.ts'
import { openEventStream } from './event-stream.ts'
import { describeSession, headerOf, refuse, takesPriming, type LegacyHttp } from './legacy-http.ts'
import { createPostAnswer } from './post-answer.ts'
import { resumeStream, type WantedStream } from './resume-stream.ts'
import { createSessionFinder, type Found } from './session-finder.ts'
import { createSessionOutlet } from './session-outlet.ts'
import { carry } from './stream-carrier.ts'

/** Serves legacy clients over HTTP: sessions by header, streams that outlive their connection, answers. */
export interface LegacyService {
  post(read: ReadMessages, http: LegacyHttp): Promise<void>
  /** Opens the stream for what belongs to no request, or goes on with any stream that broke. */
  stream(http: LegacyHttp): Promise<void>
  /** Ends the session. */
  end(http: LegacyHttp): Promise<void>
}

const idOf = ({ messages }: ReadMessages): RpcId | null => {
  const first = messages.find((message): message is RpcRequest => message.kind === 'request')
  return first?.id ?? null
}

export function createLegacyService(endpoint: McpEndpoint, sessions: Sessions): LegacyService {
  const finder = createSessionFinder(endpoint, sessions)

  async function initialize(message: RpcRequest, http: LegacyHttp): Promise<void> {
    const { response, context, accepted, filter, given } = http
    const { principal, logger } = context
    const outlet = createSessionOutlet()
    try {
      const previousId = headerOf(http, 'mcp-session-id')
      const { session, result, outcome } = await endpoint.openSession(message.params, { filter, principal, given, logger, previousId, sendUnrelated: (text) => outlet.send(text) })
      finder.keep(session, outlet)
      logger.info({ ...describeSession(session), outcome }, 'MCP session opened')
      createPostAnswer(response, accepted, { 'mcp-session-id': session.id }).finish(writeResult(message.id, result), 200)
    } catch (error) {
      if (isUnexpected(error)) logger.error({ err: error }, 'unexpected failure')
      createPostAnswer(response, accepted, {}).finish(writeError(message.id, toRpcError(error)), 200)
    }
  }

  function carryStream({ stream, from }: WantedStream, { session, outlet }: Found, { response, context }: LegacyHttp): void {
    const carrier = carry(openEventStream(response, { 'mcp-session-id': session.id }, () => sessions.touch(session.id)))
    const isUnrelated = stream.purpose.kind === 'unrelated'
    response.once('close', () => {
      if (stream.detach(carrier) && isUnrelated) outlet.detach(stream)
    })
    if (!from && takesPriming(session)) stream.prime(carrier)
    stream.attach(carrier, from)
    if (isUnrelated) outlet.attach(stream)
    context.signal.addEventListener('abort', () => carrier.end(), { once: true })
  }

  return {
    async post(read, http) {
      const [first] = read.messages
      if (!read.isBatch && first?.kind === 'request' && first.method === 'initialize') return initialize(first, http)
      const found = await finder.find(http, idOf(read))
      if (found) await answerMessages(read, found, http)
    },

    async stream(http) {
      const { response, accepted } = http
      if (!accepted.stream) return refuse(response, 406, 'Expected `Accept: text/event-stream`.')
      const found = await finder.find(http, null)
      if (!found || response.destroyed) return
      const wanted = resumeStream(found.session.streams, headerOf(http, 'last-event-id'))
      if (!wanted) return refuse(response, 400, 'The stream of `Last-Event-ID` is not kept, or never was: nothing can be resumed.')
      carryStream(wanted, found, http)
    },

    async end(http) {
      const found = await finder.find(http, null)
      if (!found) return
      await sessions.delete(found.session.id)
      http.response.writeHead(200, { 'content-length': 0 }).end()
    },
  }
}

/** A HEAD would otherwise be routed to GET and hold a stream open. */
export function refuseMethod(method: string): never {
  throw new GatewayError('method_not_allowed', `Expected GET, POST or DELETE, got ${method}.`, { details: { allowed: ['GET', 'POST', 'DELETE'] } })
}
