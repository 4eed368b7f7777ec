import { GatewayError } from '../../../domain/errors.ts'
import type { McpServerDefinition } from '../../../domain/mcp-server.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { ConnectError, type Connection, type ConnectionEvents, type Loss } from '../connection.ts'
import type { Envelopes } from '../handshake/envelopes.ts'
import { INITIALIZED, initialize } from '../handshake/initialize.ts'
import type { ClientInfo } from '../handshake/requests.ts'
import { createPeerConnection } from '../peer-connection.ts'
import type { OwnRoots } from '../peer/own-roots.ts'
import { cancelledParams, createPeer, type Peer } from '../peer/peer.ts'
import type { PendingRequest } from '../peer/pending-request.ts'
import { UndeliveredError } from '../peer/undelivered-error.ts'
import type { Wire } from '../peer/wire.ts'
import { writeNotification } from '../peer/write-message.ts'
import type { HttpEndpoint } from '../streamable-http/http-endpoint.ts'
import type { AnswerEnd } from '../streamable-http/http-exchange.ts'
import { HttpRefusal } from '../streamable-http/http-refusal.ts'

export interface SseOptions {
  readonly roots?: OwnRoots | undefined
  readonly definition: McpServerDefinition
  readonly endpoint: HttpEndpoint
  readonly envelopes: Envelopes
  readonly clientInfo: ClientInfo
  readonly logger: Logger
  readonly nextId: () => number
  readonly events: ConnectionEvents
  readonly signal: AbortSignal
}

/** Where to post, as the first event says. Another origin would be sent our credentials, so it is refused. */
function readTarget(data: string, base: URL): string {
  const target = URL.canParse(data, base.href) ? new URL(data, base) : undefined
  if (target?.origin !== base.origin) {
    throw new ConnectError({ kind: 'fatal', reason: `Expected its \`endpoint\` event to stay on ${base.origin}, got ${JSON.stringify(data.slice(0, 200))}.` })
  }
  return `${target.pathname}${target.search}`
}

function describeEnd(end: AnswerEnd, server: string): Error {
  if (end.kind === 'refused') return new HttpRefusal(server, end)
  if (end.kind === 'failed') return new GatewayError('upstream_unavailable', `could not hold its event stream: ${end.error.message}`, { cause: end.error })
  return new GatewayError('upstream_protocol', 'ended its event stream')
}

interface PostOptions {
  readonly server: string
  readonly endpoint: HttpEndpoint
  readonly target: () => string
  readonly peer: () => Peer
  readonly logger: Logger
}

function createSseWire({ server, endpoint, target, peer, logger }: PostOptions): Wire {
  function post(text: string, onEnd: (end: AnswerEnd) => void): void {
    endpoint.ask(
      { method: 'POST', path: target(), headers: { 'content-type': 'application/json' }, body: text },
      { message: (answered) => void peer().receive(answered), end: onEnd },
    )
  }

  function failed(request: PendingRequest, end: AnswerEnd): void {
    if (end.kind === 'done') return
    if (end.kind === 'refused' && end.status >= 200 && end.status <= 299) return
    const isUndelivered = end.kind === 'failed' && !end.isDelivered
    const error = isUndelivered
      ? new UndeliveredError(`MCP server "${server}" could not be reached.`, { cause: describeEnd(end, server) })
      : new GatewayError('upstream_interrupted', `MCP server "${server}" did not take ${request.method}: ${describeEnd(end, server).message}`)
    peer().fail(request, error)
  }

  const sendMessage = (text: string): void =>
    post(text, (end) => {
      if (end.kind === 'failed') logger.debug({ server, err: end.error }, 'a message was not taken by the server')
    })
  return {
    sendMessage,
    sendRequest(request) {
      request.sent = true
      post(request.text, (end) => failed(request, end))
    },
    abandon(request, reason) {
      if (request.method !== 'initialize') sendMessage(writeNotification('notifications/cancelled', cancelledParams(request, reason)))
    },
  }
}

/**
 * The transport of revision 2024-11-05: one GET stream carries every answer, messages are posted to the address that it names first.
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export async function connectSse(options: SseOptions): Promise<Connection> {
  const { definition, endpoint, envelopes, clientInfo, logger, nextId, events, signal } = options
  const server = definition.id
  const opened = Promise.withResolvers<string>()
  const broken = Promise.withResolvers<never>()
  broken.promise.catch(() => {})
  opened.promise.catch(() => {})
  let target = ''
  let isOpen = false
  let over = false

  function end(reason: string): void {
    over = true
    stream.abort()
    peer.close(({ method }) => new GatewayError('upstream_interrupted', `${method} was interrupted: MCP server "${server}" ${reason}.`))
  }

  function lost(error: Error): void {
    if (over) return
    const loss: Loss = { kind: 'outage', reason: error.message }
    end(loss.reason)
    broken.reject(error)
    if (isOpen) events.onLost(loss)
  }

  const wire = createSseWire({ server, endpoint, target: () => target, peer: () => peer, logger })
  const peer: Peer = createPeer({ wire, server, logger, roots: options.roots, onChange: events.onChange, nextId })
  const stream = endpoint.ask(
    { method: 'GET', headers: { accept: 'text/event-stream' } },
    {
      message: (text) => void peer.receive(text),
      event({ event, data }) {
        if (event !== 'endpoint') return
        try {
          opened.resolve(readTarget(data, endpoint.url))
        } catch (error) {
          opened.reject(error)
        }
      },
      end: (ended) => lost(describeEnd(ended, server)),
    },
  )

  async function dispose(): Promise<void> {
    if (!over) end('was stopped')
    await endpoint[Symbol.asyncDispose]()
  }

  const onAbort = (): void => broken.reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    target = await Promise.race([opened.promise, broken.promise])
    const hello = await Promise.race([initialize(peer, clientInfo, signal), broken.promise])
    peer.notify(INITIALIZED, undefined)
    isOpen = true
    return createPeerConnection({ peer, hello: () => hello, envelopes, end, dispose })
  } catch (error) {
    await dispose()
    throw error
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
