import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RPC, RpcError, type RpcId, type RpcMessage, type RpcNotification, type RpcRequest } from '../../domain/json-rpc.ts'
import { isJsonObject } from '../../lib/json.ts'
import { editMembers, EMPTY_OBJECT, parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import { PassingMap } from '../../lib/passing-map.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { CallRequest, Calls, ResourceSubscriber } from '../calls/index.ts'
import { awaitNamed, isAwaited, serverOf, viewCatalog, type CatalogChange, type CatalogView } from '../catalog/index.ts'
import type { CodeMode } from '../code-mode/index.ts'
import { discloseCall, type ToolSearch } from '../disclosure/index.ts'
import type { ClientCatalog } from '../instances/index.ts'
import type { McpSession } from '../sessions/index.ts'
import { calledServer } from './called-server.ts'
import { changedLists, LIST_NAMES } from './changed-lists.ts'
import type { ClientChannel } from './client-channel.ts'
import { LIST_KINDS, listResult } from './list-results.ts'
import { namedBy } from './named-by.ts'
import { noCodeMode } from './no-code-mode.ts'
import { asLogLevel, isWanted } from './log-messages.ts'
import { readProgressToken, restoreToken } from './progress.ts'
import { createSubscriptionRestore, type SubscriptionRestore } from './restore-subscriptions.ts'
import { passNotification } from './pass-notification.ts'
import { createServerQuestions } from './server-questions.ts'
import { isUnexpected, toRpcError } from './to-rpc-error.ts'
import { writeError, writeNotification, writeResult, type MessageText, type ResultText } from './write-message.ts'

export interface LegacyPeerDeps {
  readonly session: McpSession
  /** The catalog as this client has it. */
  readonly catalog: Pick<ClientCatalog, 'current' | 'contacted' | 'called'>
  readonly calls: Calls
  /** How much of the tools the client is shown. */
  readonly mode: DisclosureMode
  /** Runs scripts of clients in `code` mode; they are refused without it. */
  readonly codeMode: CodeMode | undefined
  /** Finds tools; by words alone without it. */
  readonly search: ToolSearch | undefined
  readonly serverInfo: (view: CatalogView) => JsonText
  /** Takes messages that belong to no request of the client. */
  readonly sendUnrelated: (message: string) => void
  /** Whether the session outlives this peer, as when the gateway restarts. */
  readonly comesBack: () => boolean
  /** Called when the client has other roots. */
  readonly onRootsChanged: () => void
  /** Called when the level or the subscriptions of the session are others. */
  readonly onSessionChanged: () => void
}

/** One legacy client in its MCP session: its requests, and what servers say to it. It knows no transport. */
export interface LegacyPeer extends Disposable {
  /** The answer to a request as a message; undefined for anything else, and for a request that the client cancelled. */
  receive(message: RpcMessage, channel: ClientChannel, logger: Logger): Promise<MessageText | undefined>
  catalogChanged(change: CatalogChange): void
  /**
   * Takes up what a restart interrupted: subscriptions and the log level. The client is told to look again at everything
   * that may have changed while nobody watched. Never rejects.
   */
  restore(logger: Logger): Promise<void>
  /** Its roots, asked for outside of any request. Rejects with an `RpcError` when it does not tell them in time. */
  askRoots(): Promise<JsonText>
  /** A log message of a server, or of an instance, that belongs to no call. */
  logged(server: McpServerId, params: JsonText | undefined): void
}

/** Never passed to a server: they belong to the hop or to the other era. */
const NOT_HERE = /^(?:initialize|server\/|subscriptions\/|tasks\/update$)/
/** The first revision with tasks. */
const TASKS_VERSION = '2025-11-25'
const EMPTY_RESULT = EMPTY_OBJECT
/** What a server may ask its client for in the middle of a call. */
const ASKING = ['elicitation', 'sampling', 'roots']
/** No person is behind the answer. */
const ROOTS_MS = 30_000

function readUri(params: JsonText): string | undefined {
  const text = readMember(params, 'uri')
  const uri = text === undefined ? undefined : parseJsonText(text)
  return typeof uri === 'string' ? uri : undefined
}

class LegacyClient implements LegacyPeer, ResourceSubscriber {
  readonly #deps: LegacyPeerDeps
  readonly #running = new PassingMap<RpcId, AbortController>()
  readonly #questions
  readonly #canBeAsked: boolean
  #restoring: { readonly subscriptions: SubscriptionRestore; readonly logger: Logger } | undefined
  #isClosed = false

  constructor(deps: LegacyPeerDeps) {
    this.#deps = deps
    const { clientCapabilities } = deps.session
    this.#questions = createServerQuestions(clientCapabilities)
    this.#canBeAsked = ASKING.some((capability) => clientCapabilities[capability] !== undefined)
  }

  async receive(message: RpcMessage, channel: ClientChannel, logger: Logger): Promise<MessageText | undefined> {
    switch (message.kind) {
      case 'request':
        return this.#serve(message, channel, logger)
      case 'notification':
        this.#note(message, logger)
        return undefined
      case 'result':
      case 'error':
        if (!this.#questions.answer(message)) logger.debug({ id: message.id }, 'an answer to no open question was dropped')
        return undefined
    }
  }

  async #serve(request: RpcRequest, channel: ClientChannel, logger: Logger): Promise<MessageText | undefined> {
    if (this.#running.has(request.id)) {
      return writeError(request.id, new RpcError(RPC.invalidRequest, 'A request with this id is still running in this MCP session.'))
    }
    const controller = new AbortController()
    this.#running.set(request.id, controller)
    try {
      return writeResult(request.id, await this.#dispatch(request, channel, controller.signal, logger))
    } catch (error) {
      if (controller.signal.aborted) return undefined
      if (isUnexpected(error)) logger.error({ err: error, method: request.method }, 'unexpected failure')
      return writeError(request.id, toRpcError(error))
    } finally {
      this.#running.delete(request.id)
    }
  }

  #seen(): CatalogView {
    const { catalog, session } = this.#deps
    return viewCatalog(catalog.current, session.principal, session.filter)
  }

  async #view(): Promise<CatalogView> {
    const { catalog, session } = this.#deps
    return viewCatalog(await catalog.contacted(session.filter), session.principal, session.filter)
  }

  /** The view in which a request is served. */
  async #reach({ method, params }: RpcRequest, signal: AbortSignal): Promise<CatalogView> {
    const first = await this.#view()
    const named = namedBy(method, params)
    const view = isAwaited(first, named) ? await awaitNamed({ look: () => this.#seen(), named, signal }) : first
    const server = this.#canBeAsked ? calledServer(view, named) : undefined
    const called = server === undefined ? undefined : this.#deps.catalog.called(server, signal)
    if (!called) return view
    await called
    return this.#seen()
  }

  async #dispatch(request: RpcRequest, channel: ClientChannel, signal: AbortSignal, logger: Logger): Promise<ResultText> {
    const { method, params } = request
    if (method === 'ping') return EMPTY_RESULT
    const view = await this.#reach(request, signal)
    const kind = LIST_KINDS[method]
    if (kind) return listResult({ view, kind, mode: this.#deps.mode, era: 'legacy', params, serverInfo: this.#deps.serverInfo(view) })
    switch (method) {
      case 'logging/setLevel':
        return this.#setLevel(view, params)
      case 'resources/subscribe':
        return this.#subscribe(view, params ?? EMPTY_OBJECT)
      case 'resources/unsubscribe':
        return this.#unsubscribe(view, params ?? EMPTY_OBJECT)
      case 'initialize':
        throw new RpcError(RPC.invalidRequest, 'This MCP session is initialized already.')
      default:
        if (NOT_HERE.test(method)) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
        if (method === 'tools/call') return this.#callTool(view, request, channel, signal, logger)
        return this.#call(view, request, channel, signal, logger)
    }
  }

  async #callTool(view: CatalogView, request: RpcRequest, channel: ClientChannel, signal: AbortSignal, logger: Logger): Promise<JsonText> {
    const { mode, codeMode, search } = this.#deps
    const disclosed = await discloseCall({ view, mode, era: 'legacy', params: request.params, search, signal })
    if (disclosed.kind === 'answer') return disclosed.result
    if (disclosed.kind === 'call') return this.#call(view, { ...request, params: disclosed.params }, channel, signal, logger)
    if (!codeMode) throw noCodeMode()
    const { tool, given } = disclosed
    return codeMode.answer({ tool, given, request: this.#request(view, request, channel, signal, logger), view: () => this.#seen() })
  }

  #call(view: CatalogView, request: RpcRequest, channel: ClientChannel, signal: AbortSignal, logger: Logger): Promise<JsonText> {
    return this.#deps.calls.call(this.#request(view, request, channel, signal, logger))
  }

  #request(view: CatalogView, { method, params }: RpcRequest, channel: ClientChannel, signal: AbortSignal, logger: Logger): CallRequest {
    const { session } = this.#deps
    const token = readProgressToken(params)
    return {
      view,
      principal: session.principal,
      method,
      params,
      era: 'legacy',
      revision: session.protocolVersion,
      signal,
      logger,
      requestId: channel.requestId,
      clientCapabilities: toJsonText(session.clientCapabilities),
      logLevel: session.logLevel,
      owner: this,
      session: session.id,
      knowsTasks: session.protocolVersion >= TASKS_VERSION,
      onTaskStatus: (task) => this.#sendUnrelated(writeNotification('notifications/tasks/status', task)),
      onServerRequest: (asked, askedParams) => this.#questions.ask(channel, signal, asked, askedParams),
      onServerNotification: (name, noted) => {
        if (this.#isClosed || signal.aborted) return
        if (name === 'notifications/message' && session.logLevel && !isWanted(noted, session.logLevel)) return
        channel.send(writeNotification(name, noted))
      },
      ...(token === undefined
        ? {}
        : { onProgress: (progress) => this.#progressed(channel, writeNotification('notifications/progress', restoreToken(progress, token))) }),
    }
  }

  /** A task makes progress after its request was answered. */
  #progressed(channel: ClientChannel, message: string): void {
    if (!channel.send(message)) this.#sendUnrelated(message)
  }

  #sendUnrelated(message: string): void {
    if (!this.#isClosed) this.#deps.sendUnrelated(message)
  }

  async #setLevel(view: CatalogView, params: JsonText | undefined): Promise<JsonText> {
    const text = params && readMember(params, 'level')
    const level = text === undefined ? undefined : asLogLevel(parseJsonText(text))
    if (level === undefined) throw new RpcError(RPC.invalidParams, `Expected \`params.level\` to be a log level, got ${text ?? 'nothing'}.`)
    const { session, calls } = this.#deps
    session.logLevel = level
    this.#deps.onSessionChanged()
    await calls.wantLogs(this, level, view)
    return EMPTY_RESULT
  }

  async #subscribe(view: CatalogView, params: JsonText): Promise<JsonText> {
    const { session, calls } = this.#deps
    const uri = readUri(params)
    await calls.subscribe(this, { view, era: 'legacy', params })
    // A client may leave while its subscription is being made.
    if (this.#isClosed) calls.drop(this)
    else if (uri !== undefined) session.subscriptions.add(uri)
    this.#deps.onSessionChanged()
    return EMPTY_RESULT
  }

  #unsubscribe(view: CatalogView, params: JsonText): JsonText {
    const { session, calls } = this.#deps
    calls.unsubscribe(this, { view, era: 'legacy', params })
    const uri = readUri(params)
    if (uri !== undefined) session.subscriptions.delete(uri)
    this.#deps.onSessionChanged()
    return EMPTY_RESULT
  }

  #note({ method, params }: RpcNotification, logger: Logger): void {
    switch (method) {
      case 'notifications/cancelled': {
        const text = params && readMember(params, 'requestId')
        const id = text === undefined ? undefined : (parseJsonText(text) as RpcId)
        if (id !== undefined) this.#running.get(id)?.abort(new GatewayError('cancelled', 'The client cancelled its request.'))
        return
      }
      // About this hop.
      case 'notifications/initialized':
      case 'notifications/progress':
        return
      // No shared server was told of this client’s roots.
      case 'notifications/roots/list_changed':
        return this.#deps.onRootsChanged()
      default: {
        passNotification(this.#deps.calls, this.#seen(), { method, params }, logger)
      }
    }
  }

  askRoots(): Promise<JsonText> {
    const channel: ClientChannel = {
      send: (message) => {
        this.#sendUnrelated(message)
        return !this.#isClosed
      },
    }
    return this.#questions.ask(channel, AbortSignal.timeout(ROOTS_MS), 'roots/list', undefined)
  }

  async restore(logger: Logger): Promise<void> {
    const { session, calls } = this.#deps
    const onRestored = (uri: string): void => this.#sendUnrelated(writeNotification('notifications/resources/updated', toJsonText({ uri })))
    const { subscriptions } = session
    const restore = createSubscriptionRestore({ calls, subscriber: this, subscriptions, view: () => this.#view(), isClosed: () => this.#isClosed, onRestored })
    this.#restoring = { subscriptions: restore, logger }
    try {
      const view = await this.#view()
      const capabilities = view.capabilities('legacy')
      for (const list of LIST_NAMES) {
        const capability = capabilities[list]
        if (isJsonObject(capability) && capability['listChanged'] === true) this.#sendUnrelated(writeNotification(`notifications/${list}/list_changed`, undefined))
      }
      await Promise.all([restore.attempt(logger), session.logLevel && calls.wantLogs(this, session.logLevel, view)])
    } catch (error) {
      logger.error({ err: error }, 'an MCP session was restored without its subscriptions or its log level')
    }
  }

  catalogChanged(change: CatalogChange): void {
    const { session, sendUnrelated, mode } = this.#deps
    if (this.#isClosed) return
    void this.#restoring?.subscriptions.attempt(this.#restoring.logger)
    // Servers that are new to its view log for it, too; those that left do not.
    if (session.logLevel) void this.#deps.calls.wantLogs(this, session.logLevel, this.#seen())
    for (const list of changedLists(change, session.filter, mode)) sendUnrelated(writeNotification(`notifications/${list}/list_changed`, undefined))
  }

  logged(server: McpServerId, params: JsonText | undefined): void {
    const { catalog, session, sendUnrelated } = this.#deps
    if (this.#isClosed || !session.logLevel || !isWanted(params, session.logLevel)) return
    const view = viewCatalog(catalog.current, session.principal, session.filter)
    if (serverOf(view, server) !== undefined) sendUnrelated(writeNotification('notifications/message', params))
  }

  updated(server: Parameters<ResourceSubscriber['updated']>[0], uri: string, params: JsonText): void {
    const { catalog, session, sendUnrelated } = this.#deps
    if (this.#isClosed) return
    const view = viewCatalog(catalog.current, session.principal, session.filter)
    // It was in the view when the client subscribed; a preset may have changed since.
    const shownServer = serverOf(view, server)
    if (shownServer === undefined) return
    const exposed = view.exposeUri(shownServer, uri)
    const shown = exposed === uri ? params : editMembers(params, { uri: toJsonText(exposed) })
    sendUnrelated(writeNotification('notifications/resources/updated', shown))
  }

  [Symbol.dispose](): void {
    if (this.#isClosed) return
    this.#isClosed = true
    const reason = new GatewayError('cancelled', 'The MCP session ended.')
    for (const controller of this.#running.values()) controller.abort(reason)
    this.#questions[Symbol.dispose]()
    const { calls, session, comesBack } = this.#deps
    calls.drop(this, comesBack() ? undefined : session.id)
  }
}

export function createLegacyPeer(deps: LegacyPeerDeps): LegacyPeer {
  return new LegacyClient(deps)
}
