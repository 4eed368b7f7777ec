import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../../domain/errors.ts'
import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import type { McpServerDefinition } from '../../../domain/mcp-server.ts'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { Connection, ConnectionEvents, Loss } from '../connection.ts'
import type { Envelopes } from '../handshake/envelopes.ts'
import { INITIALIZED, initialize } from '../handshake/initialize.ts'
import { keepListening } from '../handshake/keep-listening.ts'
import type { ClientInfo } from '../handshake/requests.ts'
import { createPeerConnection } from '../peer-connection.ts'
import type { OwnRoots } from '../peer/own-roots.ts'
import { createPeer, type Peer } from '../peer/peer.ts'
import { writeNotification } from '../peer/write-message.ts'
import type { Timing } from '../supervisor/timing.ts'
import type { ServerHello } from '../upstream.ts'
import { holdStream } from './hold-stream.ts'
import type { HttpEndpoint } from './http-endpoint.ts'
import { createHttpLink, type HttpSession } from './http-link.ts'
import { createHeaderMirror } from './mirror-headers.ts'

export interface HttpDeps {
  readonly logger: Logger
  readonly roots?: OwnRoots | undefined
  readonly clientInfo: ClientInfo
  readonly timing: Timing
  readonly nextId: () => number
  readonly isTwin?: boolean | undefined
}

export interface HttpConversationOptions extends HttpDeps {
  readonly definition: McpServerDefinition
  readonly endpoint: HttpEndpoint
  readonly envelopes: Envelopes
  readonly events: ConnectionEvents
}

/** Everything said over streamable HTTP with one server, from the first probe on. */
export interface HttpConversation {
  readonly peer: Peer
  /** The legacy handshake, session id and `notifications/initialized` included. */
  begin(signal: AbortSignal): Promise<ServerHello>
  /** Whether the server gave the handshake an MCP session. */
  readonly hasSession: boolean
  /** The handshake is over: streams are opened and losses reported. */
  open(hello: ServerHello): Connection
  /** For a conversation that never came to be. */
  abort(): Promise<void>
}

const GOODBYE_MS = 2_000
const MAX_PAGES = 64
const LISTS = ['tools', 'resources', 'prompts'] as const

export function createHttpConversation(options: HttpConversationOptions): HttpConversation {
  const { definition, endpoint, envelopes, events, logger, clientInfo, timing, nextId } = options
  const server = definition.id
  const session: HttpSession = { era: 'modern', version: undefined, id: undefined }
  const mirror = createHeaderMirror()
  const closing = new AbortController()
  let stream = new AbortController()
  let renewing: Promise<void> | undefined
  let current: ServerHello | undefined
  let over = false

  function end(reason: string): void {
    closing.abort()
    stream.abort()
    link.close()
    peer.close(({ method }) => new GatewayError('upstream_interrupted', `${method} was interrupted: MCP server "${server}" ${reason}.`))
  }

  function lose(loss: Loss): void {
    if (over || !current) return
    over = true
    end(loss.reason)
    events.onLost(loss)
  }

  async function begin(signal: AbortSignal): Promise<ServerHello> {
    Object.assign(session, { era: 'legacy', version: undefined, id: undefined } satisfies HttpSession)
    const hello = await initialize(peer, clientInfo, signal)
    session.version = hello.protocolVersion
    await link.deliver(writeNotification(INITIALIZED, undefined))
    return hello
  }

  /** Whatever waits for the new session shares this one attempt. */
  function renew(dead: string | undefined): Promise<void> {
    if (!renewing && session.id !== dead) return Promise.resolve()
    renewing ??= startOver().finally(() => (renewing = undefined))
    return renewing
  }

  async function startOver(): Promise<void> {
    stream.abort()
    const deadline = AbortSignal.timeout(definition.timeouts.connectMs)
    const hello = await begin(AbortSignal.any([deadline, closing.signal]))
    logger.info({ server }, 'the server forgot its MCP session; a new one was made')
    current = hello
    openStream(hello)
    events.onHello(hello)
    for (const list of LISTS) if (list in hello.capabilities) events.onChange({ kind: 'list-changed', list })
  }

  function openStream(hello: ServerHello): void {
    stream = new AbortController()
    const { signal } = stream
    const shared = { peer, signal, retryMs: timing.streamRetryMs, logger }
    const listening =
      hello.era === 'modern'
        ? keepListening({ ...shared, hello, envelopes, onChange: events.onChange })
        : holdStream({ ...shared, endpoint, headers: () => link.headers(), server, lose })
    listening.catch((error: unknown) => logger.error({ server, err: error }, 'listening for changes ended badly'))
  }

  const link = createHttpLink({ server, endpoint, session, mirror, peer: () => peer, logger, renew, lose })
  const peer: Peer = createPeer({ wire: link, server, logger, roots: options.roots, onChange: events.onChange, nextId })

  async function dispose(): Promise<void> {
    const goodbye = session.id === undefined ? undefined : sayGoodbye(endpoint, link.headers())
    end('was stopped')
    if (goodbye) await Promise.race([goodbye, sleep(GOODBYE_MS, undefined, { ref: false })])
    await endpoint[Symbol.asyncDispose]()
  }

  function learn(result: JsonText): void {
    const invalid = mirror.learn(result)
    if (invalid.length > 0) logger.warn({ server, tools: invalid }, 'tools with an invalid x-mcp-header annotation')
  }

  /** The server wants headers that we did not know of, since nobody listed its tools yet. */
  async function relearn(): Promise<void> {
    let params: JsonText | undefined
    for (let page = 0; page < MAX_PAGES; page++) {
      const result = await peer.request({ method: 'tools/list', params, timeoutMs: definition.timeouts.listMs, envelope: envelopes.own })
      learn(result)
      const { nextCursor } = JSON.parse(result) as { nextCursor?: string }
      if (nextCursor === undefined) return
      params = toJsonText({ cursor: nextCursor })
    }
  }

  const learning = (call: Connection['call']): Connection['call'] =>
    async function learned(asked, timeoutMs) {
      try {
        const result = await call(asked, timeoutMs)
        if (asked.method === 'tools/list') learn(result)
        return result
      } catch (error) {
        if (!(error instanceof RpcError) || error.code !== RPC.headerMismatch || asked.method !== 'tools/call') throw error
        await relearn()
        return call(asked, timeoutMs)
      }
    }

  function open(hello: ServerHello): Connection {
    current = hello
    session.era = hello.era
    session.version = hello.protocolVersion
    openStream(hello)
    const shared = { peer, hello: () => current ?? hello, envelopes, end, dispose }
    return createPeerConnection(hello.era === 'modern' ? { ...shared, around: learning } : shared)
  }

  return {
    peer,
    begin,
    get hasSession() {
      return session.id !== undefined
    },
    open,
    async abort() {
      end('did not finish its handshake')
      await endpoint[Symbol.asyncDispose]()
    },
  }
}

/** Ends the MCP session at the server, which may refuse with 405. */
function sayGoodbye(endpoint: HttpEndpoint, headers: Record<string, string>): Promise<void> {
  return new Promise((resolve) => {
    endpoint.ask({ method: 'DELETE', headers }, { message: () => {}, end: () => resolve() })
  })
}
