import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { CatalogFilter } from '../../core/catalog/index.ts'
import type { Principal } from '../../core/identity/index.ts'
import type { GivenContext } from '../../core/instances/index.ts'
import {
  BATCH_VERSION,
  isUnexpected,
  readEnvelope,
  toRpcError,
  writeError,
  writeResult,
  type ClientChannel,
  type LegacyPeer,
  type McpEndpoint,
  type MessageText,
  type ReadMessages,
} from '../../core/mcp-endpoint/index.ts'
import type { McpSession, Sessions } from '../../core/sessions/index.ts'
import { RPC, RpcError, type RpcMessage, type RpcRequest } from '../../domain/json-rpc.ts'
import { EMPTY_OBJECT } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import { openEventStream, type EventStream } from './event-stream.ts'
import { describeSession } from './legacy-http.ts'
import { isDroppable } from './post-answer.ts'

/** Everything for the client goes over its one stream, large answers side by side, too. Beyond this it does not read. */
const MOST_UNSENT_BYTES = 64 * 1024 * 1024

export interface SseClientDeps {
  readonly endpoint: McpEndpoint
  readonly sessions: Sessions
  /** Of the GET. Nothing was sent yet. */
  readonly response: ServerResponse
  readonly principal: Principal
  readonly filter: CatalogFilter
  /** What came with the GET. */
  readonly given: GivenContext
  readonly logger: Logger
}

/** What came with a POST beside its messages. */
export interface SsePost {
  readonly given: GivenContext
  readonly logger: Logger
  readonly requestId: string
}

/**
 * One client of the HTTP+SSE transport of 2024-11-05: its stream, and the session that lives as long.
 * @see https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
export interface SseClient {
  /** Opens nothing without its principal. It is not the id of the MCP session. */
  readonly id: string
  readonly principal: Principal
  /** Why messages cannot be taken. */
  refusal(read: ReadMessages): string | undefined
  /** Settles when the messages need no more of us; answers go over the stream. Never rejects. */
  receive(read: ReadMessages, post: SsePost): Promise<void>
  /** Ends the stream as soon as nothing runs that is to be answered on it. */
  drain(): void
}

class LiveSseClient implements SseClient {
  readonly id = randomBytes(16).toString('base64url')
  readonly principal: Principal
  readonly #deps: SseClientDeps
  readonly #events: EventStream
  #session: McpSession | undefined
  #peer: LegacyPeer | undefined
  /** Settles when a running `initialize` has been answered. */
  #opening: Promise<void> | undefined
  #running = 0
  #isDraining = false
  #isClosed = false

  constructor(deps: SseClientDeps) {
    const { response, sessions, principal } = deps
    this.#deps = deps
    this.principal = principal
    this.#events = openEventStream(response, {}, () => this.#touch())
    this.#events.announce('endpoint', `/messages?sessionId=${this.id}`)
    const unlisten = sessions.onEnd((session) => {
      if (session === this.#session) this.#events.end()
    })
    response.once('close', () => {
      unlisten()
      this.#close()
    })
  }

  #touch(): void {
    if (this.#session) this.#deps.sessions.touch(this.#session.id)
  }

  #write(message: string): boolean {
    const { response, logger } = this.#deps
    const bytes = this.#events.pendingBytes()
    if (isDroppable(message, this.#events)) return true
    if (bytes <= MOST_UNSENT_BYTES) return this.#events.send(message)
    logger.warn({ bytes }, 'an MCP client does not read its event stream; it is cut off')
    response.destroy()
    return false
  }

  refusal({ isBatch }: ReadMessages): string | undefined {
    if (!isBatch || this.#session?.protocolVersion === BATCH_VERSION) return undefined
    return `Batches are only part of revision ${BATCH_VERSION}; this session speaks ${this.#session?.protocolVersion ?? 'none yet'}.`
  }

  async receive({ messages }: ReadMessages, post: SsePost): Promise<void> {
    this.#running++
    this.#touch()
    try {
      await Promise.all(messages.map((message) => this.#take(message, post)))
    } catch (error) {
      post.logger.error({ err: error }, 'unexpected failure')
    } finally {
      this.#running--
      this.#endIfDrained()
    }
  }

  async #take(message: RpcMessage, post: SsePost): Promise<void> {
    const channel: ClientChannel = { requestId: post.requestId, send: (text) => this.#write(text) }
    if (message.kind === 'request') {
      const answer = await this.#answer(message, channel, post)
      if (answer !== undefined) this.#write(String(answer))
      return
    }
    await this.#opening
    await this.#peer?.receive(message, channel, post.logger)
  }

  async #answer(request: RpcRequest, channel: ClientChannel, post: SsePost): Promise<MessageText | undefined> {
    const { id, method, params } = request
    // The transport ended before the modern era began: its requests stand alone and have `/mcp`.
    if (readEnvelope(params).kind !== 'none') return writeError(id, new RpcError(RPC.methodNotFound, `Method not found: ${method} with a modern envelope is served at \`/mcp\`.`))
    if (method !== 'initialize' && method !== 'ping') await this.#opening
    if (this.#peer) return this.#peer.receive(request, channel, post.logger)
    if (method === 'initialize') return this.#initialize(request, post)
    if (method === 'ping') return writeResult(id, EMPTY_OBJECT)
    if (method === 'server/discover') return writeError(id, new RpcError(RPC.methodNotFound, 'Method not found: server/discover'))
    return writeError(id, new RpcError(RPC.invalidRequest, 'Expected `initialize` first: a stream is a session of its own.'))
  }

  async #initialize({ id, params }: RpcRequest, { given: posted, logger }: SsePost): Promise<string | undefined> {
    if (this.#opening) return writeError(id, new RpcError(RPC.invalidRequest, 'This MCP session is being initialized already.'))
    const answered = Promise.withResolvers<void>()
    this.#opening = answered.promise
    const { endpoint, filter, principal, given: opened } = this.#deps
    // Some clients send their headers with the GET only.
    const given: GivenContext = { ...posted, isTrusted: posted.isTrusted && opened.isTrusted, header: posted.header ?? opened.header }
    const sendUnrelated = (text: string): void => void this.#write(text)
    try {
      const { session, result } = await endpoint.openSession(params, { filter, principal, given, logger, sendUnrelated, isHeld: true })
      this.#session = session
      if (this.#isClosed) {
        await this.#endSession()
        return undefined
      }
      this.#peer = endpoint.peer(session, { sendUnrelated, logger })
      logger.info({ ...describeSession(session), outcome: 'created' }, 'MCP session opened')
      return writeResult(id, result)
    } catch (error) {
      if (isUnexpected(error)) logger.error({ err: error }, 'unexpected failure')
      return writeError(id, toRpcError(error))
    } finally {
      // Our answer is written in this turn; whoever waited for it speaks in the next.
      setImmediate(() => {
        this.#opening = undefined
        answered.resolve()
      })
    }
  }

  drain(): void {
    this.#isDraining = true
    this.#endIfDrained()
  }

  #endIfDrained(): void {
    if (this.#isDraining && this.#running === 0) this.#events.end()
  }

  #close(): void {
    this.#isClosed = true
    void this.#endSession()
  }

  /** With it end its calls, subscriptions and instances. */
  async #endSession(): Promise<void> {
    const { sessions, logger } = this.#deps
    try {
      if (this.#session) await sessions.delete(this.#session.id)
    } catch (error) {
      logger.error({ err: error }, 'an MCP session could not be ended')
    }
  }
}

export function createSseClient(deps: SseClientDeps): SseClient {
  return new LiveSseClient(deps)
}
