import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../../domain/errors.ts'
import type { McpEra } from '../../../domain/mcp-server.ts'
import { parseJsonText, readMember } from '../../../lib/json-text.ts'
import { PassingMap } from '../../../lib/passing-map.ts'
import { PassingSet } from '../../../lib/passing-set.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { Loss } from '../connection.ts'
import { MODERN_VERSION } from '../handshake/revisions.ts'
import { cancelledParams, type Peer } from '../peer/peer.ts'
import type { PendingRequest } from '../peer/pending-request.ts'
import { UndeliveredError } from '../peer/undelivered-error.ts'
import type { Wire } from '../peer/wire.ts'
import { writeNotification } from '../peer/write-message.ts'
import { encodeHeader } from './encode-header.ts'
import type { HttpEndpoint } from './http-endpoint.ts'
import type { AnswerEnd, HttpExchange, ResumePoint } from './http-exchange.ts'
import { asFailure, authorizationReason, HttpRefusal, isDeadSession, isEraShaped, readHandshakeRefusal, type Refused } from './http-refusal.ts'
import type { HeaderMirror } from './mirror-headers.ts'

/** What every later request has to carry. It is filled in by the handshake. */
export interface HttpSession {
  era: McpEra
  version: string | undefined
  id: string | undefined
}

export interface HttpLinkOptions {
  readonly server: string
  readonly endpoint: HttpEndpoint
  readonly session: HttpSession
  readonly mirror: HeaderMirror
  readonly peer: () => Peer
  readonly logger: Logger
  /** Makes a new MCP session in place of this dead one, once however many ask; rejects when there is none to be had. */
  readonly renew: (deadSessionId: string | undefined) => Promise<void>
  /** The connection as a whole is of no more use. */
  readonly lose: (loss: Loss) => void
}

/** Carries messages of one connection as HTTP requests. */
export interface HttpLink extends Wire {
  /** Sends a message and waits until the server has taken it. */
  deliver(text: string): Promise<void>
  headers(): Record<string, string>
  /** Breaks off every exchange that is under way. */
  close(): void
}

/** Methods whose target a modern server wants named in a header, with the param that holds it. */
const NAMED: Readonly<Record<string, string>> = {
  'tools/call': 'name', 'prompts/get': 'name', 'resources/read': 'uri',
  'tasks/get': 'taskId', 'tasks/update': 'taskId', 'tasks/cancel': 'taskId',
}

const HANDSHAKE = new Set(['initialize', 'server/discover'])
/** How long a cancellation waits for the first sign of its request; a server that answers in one piece gives none. */
const OVERTAKING_MS = 100

const MAX_RESUMES = 20
const POST_HEADERS = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' }

export function createHttpLink(options: HttpLinkOptions): HttpLink {
  const { server, endpoint, session, mirror, peer, logger, renew, lose } = options
  const exchanges = new PassingMap<number, HttpExchange>()
  /** Cancellations that wait for their request to have arrived, by its id. */
  const overtaking = new PassingMap<number, () => void>()
  const arrived = new WeakSet<PendingRequest>()
  const side = new PassingSet<HttpExchange>()
  const closing = new AbortController()

  function headers(): Record<string, string> {
    const result: Record<string, string> = {}
    if (session.version !== undefined) result['mcp-protocol-version'] = session.version
    if (session.id !== undefined) result['mcp-session-id'] = session.id
    return result
  }

  function requestHeaders({ method, params }: PendingRequest): Record<string, string> {
    if (method === 'initialize') return POST_HEADERS
    if (session.era === 'legacy') return { ...POST_HEADERS, ...headers() }
    const result: Record<string, string> = { ...POST_HEADERS, 'mcp-protocol-version': MODERN_VERSION, 'mcp-method': encodeHeader(method) }
    const target = NAMED[method]
    const name = target === undefined || params === undefined ? undefined : readMember(params, target)
    const value = name === undefined ? undefined : parseJsonText(name)
    if (typeof value === 'string') result['mcp-name'] = encodeHeader(value)
    return method === 'tools/call' ? { ...result, ...mirror.headersFor(params) } : result
  }

  function interrupted(request: PendingRequest, why: string, cause?: Error): GatewayError {
    return new GatewayError('upstream_interrupted', `MCP server "${server}" ${why} during ${request.method}.`, { cause })
  }

  /** The server forgot our session before it looked at the request, so the request is sent again, once. */
  async function repeatOnNewSession(request: PendingRequest, refused: Refused, used: string | undefined): Promise<void> {
    try {
      await renew(used)
    } catch (error) {
      peer().fail(request, new UndeliveredError(`MCP server "${server}" forgot the MCP session and gave no new one.`, { cause: error }))
      lose({ kind: 'stale', reason: `answered HTTP ${refused.status} to its MCP session and refused a new one: ${(error as Error).message}` })
      return
    }
    if (!request.done) send(request, false)
  }

  function refusedBy(request: PendingRequest, refused: Refused, used: string | undefined, mayRepeat: boolean): void {
    const { status } = refused
    if (HANDSHAKE.has(request.method)) return peer().fail(request, readHandshakeRefusal(server, refused))
    if (status === 401 || status === 403) {
      const reason = authorizationReason(refused)
      peer().fail(request, new GatewayError('server_unavailable', `MCP server "${server}" needs authorization: ${reason}`))
      return lose({ kind: 'authorization', reason })
    }
    const isListening = request.method === 'subscriptions/listen' && !request.call
    if (!isListening && isEraShaped(refused, session.era)) {
      peer().fail(request, new UndeliveredError(`MCP server "${server}" no longer speaks the era that was agreed on.`))
      return lose({ kind: 'stale', reason: `answered HTTP ${status} as a server of another protocol era` })
    }
    if (mayRepeat && session.era === 'legacy' && isDeadSession(refused, used)) return void repeatOnNewSession(request, refused, used)
    peer().fail(request, asFailure(server, refused))
  }

  /** @see https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#resumability-and-redelivery */
  async function resume(request: PendingRequest, point: ResumePoint, count: number): Promise<void> {
    await sleep(point.retryMs ?? 500, undefined, { signal: closing.signal, ref: false }).catch(() => {})
    if (request.done || closing.signal.aborted) return
    const asked = { method: 'GET', headers: { ...headers(), accept: 'text/event-stream', 'last-event-id': point.lastEventId } } as const
    run(request, asked, (end) => {
      const next = end.kind === 'refused' ? undefined : end.resume
      if (next && count < MAX_RESUMES) void resume(request, next, next.lastEventId === point.lastEventId ? count + 1 : 0)
      else if (end.kind !== 'refused' && count < MAX_RESUMES) void resume(request, point, count + 1)
      else peer().fail(request, interrupted(request, 'lost the answer stream and did not resume it'))
    })
  }

  function failedBy(request: PendingRequest, end: Extract<AnswerEnd, { kind: 'failed' }>): void {
    if (end.isDelivered) {
      if (end.resume && session.era === 'legacy') return void resume(request, end.resume, 0)
      return peer().fail(request, interrupted(request, `broke the connection (${end.error.message})`, end.error))
    }
    peer().fail(request, new UndeliveredError(`MCP server "${server}" could not be reached: ${end.error.message}.`, { cause: end.error }))
    if (!HANDSHAKE.has(request.method)) lose({ kind: 'outage', reason: `could not be reached: ${end.error.message}` })
  }

  function doneBy(request: PendingRequest, end: Extract<AnswerEnd, { kind: 'done' }>): void {
    if (end.resume && session.era === 'legacy') return void resume(request, end.resume, 0)
    // Not what the standard says, but the answer may still come on the session's own stream; the call's deadline watches over it.
    if (end.status === 202 && session.era === 'legacy' && !HANDSHAKE.has(request.method)) return
    peer().fail(request, interrupted(request, 'ended its answer without a result'))
  }

  function run(request: PendingRequest, asked: Parameters<HttpEndpoint['ask']>[0], onEnd: (end: AnswerEnd) => void): void {
    const exchange = endpoint.ask(asked, {
      head(_, answered) {
        const id = answered['mcp-session-id']
        if (request.method === 'initialize' && typeof id === 'string') session.id = id
        arrived.add(request)
        overtaking.get(request.id)?.()
      },
      message(text) {
        if (peer().receive(text, request) || receiveLines(text, request)) return
        logger.warn({ server, length: text.length }, 'an answer holds no JSON-RPC message')
      },
      end(end) {
        if (exchanges.get(request.id) === exchange) exchanges.delete(request.id)
        if (!request.done && !closing.signal.aborted) onEnd(end)
      },
    })
    if (!request.done) exchanges.set(request.id, exchange)
  }

  /** The example server of the official conformance suite answers with a message on each line, in a body that says it is one JSON text. */
  function receiveLines(text: string, request: PendingRequest): boolean {
    const lines = text.split('\n').filter((line) => line.trim() !== '')
    return lines.length > 1 && lines.map((line) => peer().receive(line, request)).every(Boolean)
  }

  function send(request: PendingRequest, mayRepeat: boolean): void {
    const used = session.id
    request.sent = true
    run(request, { method: 'POST', headers: requestHeaders(request), body: request.text }, (end) => {
      if (end.kind === 'refused') refusedBy(request, end, used, mayRepeat)
      else if (end.kind === 'failed') failedBy(request, end)
      else doneBy(request, end)
    })
  }

  function deliver(text: string): Promise<void> {
    const method = (JSON.parse(text) as { method?: string }).method
    const named = session.era === 'modern' && method !== undefined ? { 'mcp-method': encodeHeader(method) } : {}
    return new Promise((resolve, reject) => {
      const exchange = endpoint.ask(
        { method: 'POST', headers: { ...POST_HEADERS, ...headers(), ...named }, body: text },
        {
          message: (answered) => void peer().receive(answered),
          end(end) {
            leave()
            if (end.kind === 'done') resolve()
            else reject(end.kind === 'refused' ? new HttpRefusal(server, end) : end.error)
          },
        },
      )
      const leave = side.add(exchange)
    })
  }

  return {
    headers,
    deliver,
    sendRequest: (request) => send(request, true),
    sendMessage(text) {
      if (closing.signal.aborted) return
      deliver(text).catch((error: unknown) => logger.debug({ server, err: error }, 'a message was not taken by the server'))
    },
    abandon(request, reason) {
      const cancel = (): void => {
        clearTimeout(timer)
        overtaking.delete(request.id)
        if (session.era === 'legacy' && request.sent && !HANDSHAKE.has(request.method)) {
          this.sendMessage(writeNotification('notifications/cancelled', cancelledParams(request, reason)))
        }
        exchanges.get(request.id)?.abort()
        exchanges.delete(request.id)
      }
      // On two connections a cancellation can arrive before its request, and a server that does not know the request yet forgets it.
      const timer = setTimeout(cancel, session.era === 'legacy' && request.sent && !arrived.has(request) ? OVERTAKING_MS : 0)
      if (arrived.has(request) || session.era === 'modern' || !request.sent) cancel()
      else overtaking.set(request.id, cancel)
    },
    close() {
      closing.abort()
      for (const exchange of [...exchanges.values(), ...side]) exchange.abort()
      overtaking.clear()
      exchanges.clear()
      side.clear()
    },
  }
}
