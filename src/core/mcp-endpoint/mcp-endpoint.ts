import { setTimeout as sleep } from 'node:timers/promises'
import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/ids.ts'
import { RPC, RpcError, type RpcNotification, type RpcRequest } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import type { CodeMode } from '../code-mode/index.ts'
import { awaitNamed, checkFilter, isAwaited, viewCatalog, type Catalog, type CatalogFilter, type CatalogSnapshot, type CatalogView } from '../catalog/index.ts'
import type { ToolSearch } from '../disclosure/index.ts'
import type { Principal } from '../identity/index.ts'
import type { McpSession, Sessions } from '../sessions/index.ts'
import type { ClientCatalog, GivenContext, Instances } from '../instances/index.ts'
import { createClientCatalogs } from './client-catalogs.ts'
import type { ClientChannel } from './client-channel.ts'
import { createLegacyPeer, type LegacyPeer } from './legacy-peer.ts'
import { serveModern } from './modern-requests.ts'
import { namedBy } from './named-by.ts'
import { isOfThisHop, passNotification } from './pass-notification.ts'
import type { ResultText } from './write-message.ts'
import { isLegacyVersion, NEWEST_LEGACY_VERSION } from './revisions.ts'
import { createSubscriptionStream } from './subscription-stream.ts'

export interface McpEndpointDeps {
  readonly catalog: Catalog
  /** Servers of which every client has instances of its own; there are none without it. */
  readonly instances?: Instances
  /** How clients reach this endpoint; over HTTP without it. */
  readonly transport?: 'http' | 'stdio'
  readonly calls: Calls
  /** Runs scripts of clients in `code` mode; they are refused without it. */
  readonly codeMode?: CodeMode | undefined
  /** Finds tools; by words alone without it. */
  readonly search?: ToolSearch | undefined
  readonly sessions: Sessions
  /** How much of the tools a client is shown that does not say so itself; everything without it. */
  readonly defaultMode?: DisclosureMode
  /** Whether a client that asks what is there is told at once, from what is known; it waits for servers that are starting without it. */
  readonly tellsAtOnce?: () => boolean
  /** How the gateway introduces itself on the aggregate. */
  readonly serverInfo: { readonly name: string; readonly version: string }
}

/** A legacy client that said `initialize`: its session, its peer, and the result it is answered with. */
export interface OpenedSession {
  readonly session: McpSession
  readonly result: JsonText
  /** Recovered: the client kept the id of a session that a restart had left behind. */
  readonly outcome: 'created' | 'initialize-recovered'
}

export interface ModernContext {
  readonly filter: CatalogFilter
  readonly principal: Principal
  /** What came with the request beside its params. */
  readonly given?: GivenContext | undefined
  readonly channel: ClientChannel
  /** Aborts when the client leaves, which cancels the request. */
  readonly signal: AbortSignal
  readonly logger: Logger
}

/**
 * MCP as a client sees it, in both eras, whatever the transport. It knows JSON-RPC methods and sessions; framing, headers
 * and status codes are the surfaces' business.
 */
export interface McpEndpoint extends AsyncDisposable {
  /** Serves `initialize`. Unrelated messages go to `sendUnrelated` from now on. */
  openSession(params: JsonText | undefined, context: OpenContext): Promise<OpenedSession>
  /** The peer of a session that was found; one that was restored gets a new one, which takes up what the old one left. */
  peer(session: McpSession, context: PeerContext): LegacyPeer
  /** Serves one request of a modern client. Throws what `toRpcError` understands. */
  serve(request: RpcRequest, context: ModernContext): Promise<ResultText>
  /** Passes a notification of a modern client on to the one server of its view, unless it is about this hop. It starts nothing. */
  note(notification: RpcNotification, context: Pick<ModernContext, 'filter' | 'principal' | 'given' | 'logger'>): void
  /** Throws a `SelectionError` when the filter names a server or a preset that is not there. */
  checkFilter(filter: CatalogFilter): void
  /** Ends what waits for changes rather than for an answer, so that a drain need not wait for it. Calls go on. */
  drain(): void
  /** Called when a drain begins. */
  onDrain(listener: () => void): void
  /** The newest view of a request of a modern client, without waiting for anybody or starting anything. */
  view(request: RpcRequest, context: Pick<ModernContext, 'filter' | 'principal' | 'given' | 'logger'>): CatalogView
}

export interface OpenContext {
  readonly filter: CatalogFilter
  readonly principal: Principal
  /** What came with the request beside its params. */
  readonly given?: GivenContext | undefined
  readonly logger?: Logger
  readonly sendUnrelated: (message: string) => void
  /** The id that the client still had. It is only used again when it was a session of this client that is not in use. */
  readonly previousId?: string | undefined
  /** The session ends when its opener deletes it, and not before. */
  readonly isHeld?: boolean
}

export interface PeerContext {
  readonly sendUnrelated: (message: string) => void
  readonly logger: Logger
}

interface ServedPeer {
  readonly peer: LegacyPeer
  /** The catalog as this client has it. */
  readonly own: ClientCatalog
}

const MAX_STREAMS = 1024
const PEER_WAIT_MS = 10_000
const PEER_POLL_MS = 20

export function createMcpEndpoint({ catalog, instances, transport = 'http', calls, codeMode, search, sessions, serverInfo, defaultMode = 'full', tellsAtOnce }: McpEndpointDeps): McpEndpoint {
  const clients = createClientCatalogs({ catalog, instances, transport })
  const peers = new Map<SessionId, ServedPeer>()
  const streams = new Set<{ readonly end: () => void }>()
  const ownInfo = toJsonText({ ...serverInfo })
  const drainListeners = new Set<() => void>()
  let isClosed = false

  /** One server under its own names introduces itself; the aggregate is ours. */
  function infoOf(view: CatalogView): JsonText {
    const info = view.single === undefined ? undefined : view.servers[0]?.facts.serverInfo
    return info ? toJsonText(info) : ownInfo
  }

  const unlisten = [
    calls.onNotification((server, method, params) => {
      if (method === 'notifications/message') for (const { peer } of peers.values()) peer.logged(server, params)
    }),
    sessions.onEnd(({ id }) => end(id)),
  ]

  /** With the session ends what was started for it alone. */
  function end(id: SessionId): void {
    const served = peers.get(id)
    peers.delete(id)
    served?.peer[Symbol.dispose]()
    served?.own[Symbol.dispose]()
    instances?.leave(id)
  }

  /** What one server of its own address can do is known from itself alone, so that one is always waited for. */
  async function toBeTold(own: ClientCatalog, filter: CatalogFilter): Promise<CatalogSnapshot> {
    return tellsAtOnce?.() === true && filter.servers === 'all' ? own.current : own.contacted(filter)
  }

  async function listen(request: RpcRequest, { filter, principal, channel, signal, logger }: ModernContext, own: ClientCatalog): Promise<JsonText> {
    if (streams.size >= MAX_STREAMS) throw new GatewayError('overloaded', `More than ${MAX_STREAMS} subscription streams are open.`)
    const view = (): CatalogView => viewCatalog(own.current, principal, filter)
    using stream = createSubscriptionStream({ id: request.id, params: request.params, filter, mode: filter.mode ?? defaultMode, view, principal, calls, channel, logger })
    const ended = Promise.withResolvers<void>()
    own.onChange((change) => stream.catalogChanged(change))
    const entry = { end: () => ended.resolve() }
    const onAbort = (): void => ended.reject(new GatewayError('cancelled', 'The client closed its subscription.', { cause: signal.reason }))
    signal.addEventListener('abort', onAbort, { once: true })
    streams.add(entry)
    try {
      signal.throwIfAborted()
      await Promise.race([stream.open(), ended.promise])
      await ended.promise
      return stream.result
    } finally {
      streams.delete(entry)
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** A server that was just started may ask before its client has heard that it was initialized. */
  async function askRoots(id: SessionId): Promise<JsonText> {
    const until = Date.now() + PEER_WAIT_MS
    while (!peers.has(id) && Date.now() < until && !isClosed) await sleep(PEER_POLL_MS)
    const served = peers.get(id)
    if (!served) throw new RpcError(RPC.methodNotFound, 'The client that could be asked for its roots is gone.')
    return served.peer.askRoots()
  }

  function makePeer(session: McpSession, own: ClientCatalog, sendUnrelated: (message: string) => void): LegacyPeer {
    const mode = session.filter.mode ?? defaultMode
    const peer = createLegacyPeer({ session, catalog: own, calls, mode, codeMode, search, serverInfo: infoOf, sendUnrelated, comesBack: () => isClosed && sessions.isKept && !session.isHeld, onSessionChanged: () => sessions.changed(session.id), onRootsChanged: () => instances?.rootsChanged(session.id) })
    peers.set(session.id, { peer, own })
    own.onChange((change) => peer.catalogChanged(change))
    return peer
  }

  /** Makes the peer of a new session, and says what its client is told. */
  async function introduce(session: McpSession, sendUnrelated: (message: string) => void): Promise<JsonText> {
    const { principal, filter, protocolVersion } = session
    // Instances are the session’s, so it is there before what it offers is known.
    const own = clients.ofSession(session, () => askRoots(session.id))
    const view = viewCatalog(await toBeTold(own, filter), principal, filter)
    if (isClosed) throw new GatewayError('gateway_draining', 'The gateway is shutting down.')
    makePeer(session, own, sendUnrelated)
    const instructions = view.instructions === undefined ? '' : `,"instructions":${toJsonText(view.instructions)}`
    return `{"protocolVersion":${toJsonText(protocolVersion)},"capabilities":${toJsonText(view.capabilities('legacy'))},"serverInfo":${infoOf(view)}${instructions}}` as JsonText
  }

  return {
    async openSession(params, { filter, principal, given, logger, sendUnrelated, previousId, isHeld = false }) {
      const hello = readInitialize(params)
      const context = clients.readContext(params, given, logger)
      if (isClosed) throw new GatewayError('gateway_draining', 'The gateway is shutting down.')
      const facts = { ...hello, filter, principal, context }
      const recovered = previousId === undefined ? undefined : await sessions.recover(previousId, facts)
      const session = recovered ?? sessions.create(facts, { isHeld })
      try {
        return { session, result: await introduce(session, sendUnrelated), outcome: recovered ? 'initialize-recovered' : 'created' }
      } catch (error) {
        // Nobody else would end it.
        if (isHeld) await sessions.delete(session.id)
        throw error
      }
    },
    peer(session, { sendUnrelated, logger }) {
      const known = peers.get(session.id)
      if (known) return known.peer
      const peer = makePeer(session, clients.ofSession(session, () => askRoots(session.id)), sendUnrelated)
      void peer.restore(logger)
      return peer
    },
    async serve(request, context) {
      const { filter, principal, given, channel, signal, logger } = context
      using own = clients.ofRequest({ principal, params: request.params, given, logger })
      await (request.method === 'server/discover' ? toBeTold(own, filter) : own.contacted(filter))
      if (request.method === 'subscriptions/listen') return await listen(request, context, own)
      const newestView = (): CatalogView => viewCatalog(own.current, principal, filter)
      const named = namedBy(request.method, request.params)
      const first = newestView()
      const view = isAwaited(first, named) ? await awaitNamed({ look: newestView, named, signal }) : first
      return await serveModern({ request, view, newestView, codeMode, search, mode: filter.mode ?? defaultMode, principal, channel, signal, logger, calls, serverInfo: infoOf(view) })
    },
    note({ method, params }, { filter, principal, given, logger }) {
      if (isOfThisHop(method)) return
      using own = clients.ofRequest({ principal, params, given, logger })
      passNotification(calls, viewCatalog(own.current, principal, filter), { method, params }, logger)
    },
    checkFilter: (filter) => checkFilter(catalog.current, filter),
    drain() {
      for (const stream of streams) stream.end()
      for (const listener of drainListeners) listener()
    },
    onDrain: (listener) => void drainListeners.add(listener),
    view({ params }, { filter, principal, given, logger }) {
      using own = clients.ofRequest({ principal, params, given, logger })
      return viewCatalog(own.current, principal, filter)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const stop of unlisten) stop()
      for (const stream of streams) stream.end()
      for (const id of peers.keys()) end(id)
    },
  }
}

/** The version that was asked for when it is served, else the newest legacy one: never a modern one. */
function readInitialize(params: JsonText | undefined): { protocolVersion: string; clientCapabilities: JsonObject; clientInfo: JsonObject | undefined } {
  const value = params === undefined ? undefined : parseJsonText(params)
  if (!isJsonObject(value) || typeof value['protocolVersion'] !== 'string') {
    throw new RpcError(RPC.invalidParams, 'Expected `params.protocolVersion` of initialize to be a string.')
  }
  const { protocolVersion, capabilities, clientInfo } = value
  return {
    protocolVersion: isLegacyVersion(protocolVersion) ? protocolVersion : NEWEST_LEGACY_VERSION,
    clientCapabilities: isJsonObject(capabilities) ? capabilities : {},
    clientInfo: isJsonObject(clientInfo) ? clientInfo : undefined,
  }
}
