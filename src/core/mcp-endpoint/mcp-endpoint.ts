import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/ids.ts'
import { RPC, RpcError, type RpcRequest } from '../../domain/json-rpc.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseJsonText, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { Calls } from '../calls/index.ts'
import { checkFilter, viewCatalog, type Catalog, type CatalogFilter, type CatalogView } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import type { McpSession, Sessions } from '../sessions/index.ts'
import type { ClientChannel } from './client-channel.ts'
import { createLegacyPeer, type LegacyPeer } from './legacy-peer.ts'
import { serveModern } from './modern-requests.ts'
import { isLegacyVersion, NEWEST_LEGACY_VERSION } from './revisions.ts'
import { createSubscriptionStream, type SubscriptionStream } from './subscription-stream.ts'

export interface McpEndpointDeps {
  readonly catalog: Catalog
  readonly calls: Calls
  readonly sessions: Sessions
  /** How much of the tools a client is shown that does not say so itself; everything without it. */
  readonly defaultMode?: DisclosureMode
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
  serve(request: RpcRequest, context: ModernContext): Promise<JsonText>
  /** Throws a `SelectionError` when the filter names a server or a preset that is not there. */
  checkFilter(filter: CatalogFilter): void
  /** Ends what waits for changes rather than for an answer, so that a drain need not wait for it. Calls go on. */
  drain(): void
  /** Called when a drain begins. */
  onDrain(listener: () => void): void
  /** The newest view of a filter, without waiting for anybody. */
  view(filter: CatalogFilter, principal: Principal): CatalogView
}

export interface OpenContext {
  readonly filter: CatalogFilter
  readonly principal: Principal
  readonly sendUnrelated: (message: string) => void
  /** The id that the client still had. It is only used again when it was a session of this client that is not in use. */
  readonly previousId?: string | undefined
}

export interface PeerContext {
  readonly sendUnrelated: (message: string) => void
  readonly logger: Logger
}

const MAX_STREAMS = 1024

export function createMcpEndpoint({ catalog, calls, sessions, serverInfo, defaultMode = 'full' }: McpEndpointDeps): McpEndpoint {
  const peers = new Map<SessionId, LegacyPeer>()
  const streams = new Set<{ readonly stream: SubscriptionStream; readonly end: () => void }>()
  const ownInfo = toJsonText({ ...serverInfo })
  const drainListeners = new Set<() => void>()
  let isClosed = false

  /** One server under its own names introduces itself; the aggregate is ours. */
  function infoOf(view: CatalogView): JsonText {
    const info = view.single === undefined ? undefined : view.servers[0]?.facts.serverInfo
    return info ? toJsonText(info) : ownInfo
  }

  const unlisten = [
    catalog.onChange((change) => {
      for (const peer of peers.values()) peer.catalogChanged(change)
      for (const { stream } of streams) stream.catalogChanged(change)
    }),
    calls.onNotification((server, method, params) => {
      if (method === 'notifications/message') for (const peer of peers.values()) peer.logged(server, params)
    }),
    sessions.onEnd(({ id }) => {
      const peer = peers.get(id)
      peers.delete(id)
      peer?.[Symbol.dispose]()
    }),
  ]

  async function listen(request: RpcRequest, { filter, principal, channel, signal, logger }: ModernContext): Promise<JsonText> {
    if (streams.size >= MAX_STREAMS) throw new GatewayError('overloaded', `More than ${MAX_STREAMS} subscription streams are open.`)
    const view = (): CatalogView => viewCatalog(catalog.current, principal, filter)
    using stream = createSubscriptionStream({ id: request.id, params: request.params, filter, mode: filter.mode ?? defaultMode, view, principal, calls, channel, logger })
    const ended = Promise.withResolvers<void>()
    const entry = { stream, end: () => ended.resolve() }
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

  function makePeer(session: McpSession, sendUnrelated: (message: string) => void): LegacyPeer {
    const mode = session.filter.mode ?? defaultMode
    const peer = createLegacyPeer({ session, catalog, calls, mode, serverInfo: infoOf, sendUnrelated, onSessionChanged: () => sessions.changed(session.id) })
    peers.set(session.id, peer)
    return peer
  }

  return {
    async openSession(params, { filter, principal, sendUnrelated, previousId }) {
      const hello = readInitialize(params)
      const view = viewCatalog(await catalog.contacted(filter), principal, filter)
      if (isClosed) throw new GatewayError('gateway_draining', 'The gateway is shutting down.')
      const facts = { ...hello, filter, principal }
      const recovered = previousId === undefined ? undefined : await sessions.recover(previousId, facts)
      const session = recovered ?? sessions.create(facts)
      makePeer(session, sendUnrelated)
      const instructions = view.instructions === undefined ? '' : `,"instructions":${toJsonText(view.instructions)}`
      const result = `{"protocolVersion":${toJsonText(hello.protocolVersion)},"capabilities":${toJsonText(view.capabilities('legacy'))},"serverInfo":${infoOf(view)}${instructions}}`
      return { session, result: result as JsonText, outcome: recovered ? 'initialize-recovered' : 'created' }
    },
    peer(session, { sendUnrelated, logger }) {
      const known = peers.get(session.id)
      if (known) return known
      const peer = makePeer(session, sendUnrelated)
      void peer.restore(logger)
      return peer
    },
    async serve(request, context) {
      const { filter, principal, channel, signal, logger } = context
      const snapshot = await catalog.contacted(filter)
      if (request.method === 'subscriptions/listen') return listen(request, context)
      const view = viewCatalog(snapshot, principal, filter)
      return serveModern({ request, view, mode: filter.mode ?? defaultMode, principal, channel, signal, logger, calls, serverInfo: infoOf(view) })
    },
    checkFilter: (filter) => checkFilter(catalog.current, filter),
    drain() {
      for (const { end } of streams) end()
      for (const listener of drainListeners) listener()
    },
    onDrain: (listener) => void drainListeners.add(listener),
    view: (filter, principal) => viewCatalog(catalog.current, principal, filter),
    async [Symbol.asyncDispose]() {
      isClosed = true
      for (const stop of unlisten) stop()
      for (const { end } of streams) end()
      for (const peer of peers.values()) peer[Symbol.dispose]()
      peers.clear()
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
