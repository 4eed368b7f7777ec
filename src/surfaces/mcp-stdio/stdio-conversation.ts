import type { CatalogFilter } from '../../core/catalog/index.ts'
import type { GivenContext } from '../../core/instances/index.ts'
import type { Principal } from '../../core/identity/index.ts'
import {
  isUnexpected,
  readEnvelope,
  readMessages,
  refuseVersion,
  toRpcError,
  writeError,
  writeResult,
  BATCH_VERSION,
  type ClientChannel,
  type LegacyPeer,
  type MessageText,
  type McpEndpoint,
} from '../../core/mcp-endpoint/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { EMPTY_OBJECT, parseJsonText, readMember } from '../../lib/json-text.ts'
import { RPC, RpcError, type RpcId, type RpcMessage, type RpcNotification, type RpcRequest } from '../../domain/json-rpc.ts'
import { PassingMap } from '../../lib/passing-map.ts'
import type { Logger } from '../../telemetry/index.ts'

export interface ConversationDeps {
  readonly endpoint: McpEndpoint
  readonly filter: CatalogFilter
  readonly principal: Principal
  readonly given: GivenContext
  readonly logger: Logger
  /** Writes one message. */
  readonly write: (message: string) => void
}

/** One client on a pair of streams. `initialize` makes it legacy; a request with an envelope is served for itself, in any order. */
export interface StdioConversation extends Disposable {
  /** Settles when the line needs no more of us: answered, or noted. Never throws. */
  receive(line: string): Promise<void>
}

class Conversation implements StdioConversation {
  readonly #deps: ConversationDeps
  readonly #running = new PassingMap<RpcId, AbortController>()
  readonly #channel: ClientChannel
  #peer: LegacyPeer | undefined
  #version: string | undefined
  /** Settles when a running `initialize` has been answered. */
  #opening: Promise<void> | undefined

  constructor(deps: ConversationDeps) {
    this.#deps = deps
    this.#channel = {
      send(message) {
        deps.write(message)
        return true
      },
    }
  }

  async receive(line: string): Promise<void> {
    if (line.trim() === '') return
    const { write } = this.#deps
    try {
      const { isBatch, messages } = readMessages(line)
      if (!isBatch) {
        for (const message of messages) {
          const answer = await this.#take(message)
          if (answer !== undefined) write(String(answer))
        }
        return
      }
      if (this.#version !== BATCH_VERSION) throw new RpcError(RPC.invalidRequest, `Batches are only part of revision ${BATCH_VERSION}.`)
      const answers = await Promise.all(messages.map((message) => this.#take(message)))
      const written = answers.filter((answer) => answer !== undefined)
      if (written.length > 0) write(`[${written.join(',')}]`)
    } catch (error) {
      write(writeError(null, toRpcError(error)))
    }
  }

  #take(message: RpcMessage): Promise<MessageText | undefined> {
    if (message.kind === 'request') {
      const envelope = readEnvelope(message.params)
      if (envelope.kind === 'invalid') return Promise.resolve(writeError(message.id, envelope.error))
      if (envelope.kind === 'none') return this.#takeLegacy(message)
      const refused = refuseVersion(envelope.version)
      return refused ? Promise.resolve(writeError(message.id, refused)) : this.#takeModern(message)
    }
    if (message.kind === 'notification' && this.#cancel(message)) return Promise.resolve(undefined)
    return this.#takeReply(message)
  }

  async #takeReply(message: Exclude<RpcMessage, RpcRequest>): Promise<MessageText | undefined> {
    await this.#opening
    const { endpoint, filter, principal, given, logger } = this.#deps
    if (this.#peer) return this.#peer.receive(message, this.#channel, logger)
    if (message.kind === 'notification') endpoint.note(message, { filter, principal, given, logger })
    return undefined
  }

  /** True when the notification cancelled a modern request. */
  #cancel({ method, params }: RpcNotification): boolean {
    if (method !== 'notifications/cancelled' || params === undefined) return false
    const text = readMember(params, 'requestId')
    const running = text === undefined ? undefined : this.#running.get(parseJsonText(text) as RpcId)
    running?.abort(new GatewayError('cancelled', 'The client cancelled its request.'))
    return running !== undefined
  }

  async #takeModern(request: RpcRequest): Promise<MessageText | undefined> {
    const { endpoint, filter, principal, given, logger } = this.#deps
    if (this.#running.has(request.id)) return writeError(request.id, new RpcError(RPC.invalidRequest, 'A request with this id is still running.'))
    const controller = new AbortController()
    this.#running.set(request.id, controller)
    try {
      const result = await endpoint.serve(request, { filter, principal, given, channel: this.#channel, signal: controller.signal, logger })
      return writeResult(request.id, result)
    } catch (error) {
      if (controller.signal.aborted) return undefined
      if (isUnexpected(error)) logger.error({ err: error, method: request.method }, 'unexpected failure')
      return writeError(request.id, toRpcError(error))
    } finally {
      this.#running.delete(request.id)
    }
  }

  async #takeLegacy(request: RpcRequest): Promise<MessageText | undefined> {
    const { logger } = this.#deps
    // A script writes all its lines at once; what follows `initialize` is for the session that it opens.
    if (request.method !== 'initialize' && request.method !== 'ping') await this.#opening
    if (this.#peer) return this.#peer.receive(request, this.#channel, logger)
    if (request.method === 'initialize') return this.#initialize(request)
    if (request.method === 'ping') return writeResult(request.id, EMPTY_OBJECT)
    if (request.method === 'server/discover') return writeError(request.id, new RpcError(RPC.methodNotFound, 'Method not found: server/discover without a modern envelope'))
    return writeError(request.id, new RpcError(RPC.invalidRequest, 'Expected `initialize` first, or the `_meta` envelope of a modern request.'))
  }

  async #initialize(request: RpcRequest): Promise<string> {
    const { endpoint, filter, principal, given, logger, write } = this.#deps
    if (this.#opening) return writeError(request.id, new RpcError(RPC.invalidRequest, 'This MCP session is being initialized already.'))
    const answered = Promise.withResolvers<void>()
    this.#opening = answered.promise
    try {
      const { session, result } = await endpoint.openSession(request.params, { filter, principal, given, logger, sendUnrelated: write })
      this.#peer = endpoint.peer(session, { sendUnrelated: write, logger })
      this.#version = session.protocolVersion
      return writeResult(request.id, result)
    } catch (error) {
      return writeError(request.id, toRpcError(error))
    } finally {
      // Our answer is written in this turn; whoever waited for it speaks in the next.
      setImmediate(() => {
        this.#opening = undefined
        answered.resolve()
      })
    }
  }

  [Symbol.dispose](): void {
    for (const controller of this.#running.values()) controller.abort(new GatewayError('cancelled', 'The client closed its stream.'))
    this.#peer?.[Symbol.dispose]()
  }
}

export function createStdioConversation(deps: ConversationDeps): StdioConversation {
  return new Conversation(deps)
}
