import { GatewayError } from '../../domain/errors.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import type { ServerSettings } from '../../domain/server-settings.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import type { McpUpstream, UpstreamChange } from '../../upstreams/mcp/index.ts'
import { serverBehind, serverOf, twinIdOf, upstreamOf, type CatalogView } from '../catalog/index.ts'
import type { McpLogLevel } from '../sessions/index.ts'
import type { CallAudit } from './call-audit.ts'
import { createCallPlaces } from './call-places.ts'
import type { CallRequest } from './call-request.ts'
import { failureClass } from './failure-class.ts'
import type { Sampling } from '../sampling/index.ts'
import { createLogLevels } from './log-levels.ts'
import { createParkedCalls } from './parked-calls.ts'
import { createResourceSubscriptions, type ResourceSubscriber } from './resource-subscriptions.ts'
import { helloOf, runCall, runTaskCall, type RunDeps } from './run-call.ts'
import { resolveCall, unavailable, type ResolvedCall } from './resolve-call.ts'
import { beginCall } from './settle-call.ts'
import { isTaskMethod } from './tasks/serve-tasks.ts'
import type { KeptTasks } from './tasks/former-tasks.ts'
import type { TaskReader } from './tasks/task-reader.ts'
import { createTasks } from './tasks/tasks.ts'
import { watchUpstreams } from './watch-upstreams.ts'

export interface CallsDeps {
  readonly upstreams: () => Iterable<McpUpstream>
  readonly events: Events
  readonly logger: Logger
  /** Bounds and retries of servers, read with every call; none without it. */
  readonly settings?: () => ReadonlyMap<McpServerId, ServerSettings>
  /** Answers servers that want a model and whose clients have none. */
  readonly sampling?: Sampling
  /** Where tasks survive a restart; it forgets them without it. */
  readonly keptTasks?: KeptTasks
  /** Where calls are recorded. */
  readonly audit?: CallAudit
  /** Longest that a call waits for a server that is just starting; as long as the call may take without it. */
  readonly startWaitMs?: number
  /** Longest that a parked call waits for the client's next round. */
  readonly parkedMs?: number
}

/**
 * The one road to MCP servers for every caller. It finds the server through the caller's view, bridges the protocol eras
 * and reports how the call ended; it does not retry, and it adds nothing to arguments or results but what an era demands.
 */
export interface Calls extends AsyncDisposable {
  /**
   * The result as text. Throws the server's `RpcError`, a `GatewayError` (`unknown_capability`, `server_unavailable`,
   * `upstream_timeout`, `upstream_interrupted`, `cancelled`), or an `RpcError` for params that name nothing.
   */
  call(request: CallRequest): Promise<JsonText>
  /** Subscribes to a resource by its exposed URI. Rejects when nobody in the view can be asked or the server refuses. */
  subscribe(subscriber: ResourceSubscriber, target: SubscriptionTarget): Promise<void>
  unsubscribe(subscriber: ResourceSubscriber, target: SubscriptionTarget): void
  /** Tells of every change of a caller’s task until disposed; undefined when it has no such task. */
  watchTask(id: string, reader: TaskReader, onChange: (task: JsonText) => void): Disposable | undefined
  /** Ends every subscription and level of a subscriber. With the session that ended for good, its tasks are cancelled, too. */
  drop(subscriber: ResourceSubscriber, endedSession?: string): void
  /** The servers of this view, and no others, will log at this level or a more verbose one; the caller filters. Asked again when its view has others. */
  wantLogs(subscriber: ResourceSubscriber, level: McpLogLevel | undefined, view: CatalogView): Promise<void>
  /** Sends a client's notification to the server of a single view. */
  notify(view: CatalogView, method: string, params: JsonText | undefined): void
  /** Notifications of servers, or of instances, that belong to no call. Returns a function that stops listening. */
  onNotification(listener: (server: McpServerId, method: string, params: JsonText | undefined) => void): () => void
  /** Takes note of servers that a reload added, removed or replaced. */
  syncServers(): void
}

export interface SubscriptionTarget {
  readonly view: CatalogView
  readonly era: McpEra
  /** As the client sees it. */
  readonly params: JsonText
}

const WITHHELD: ReadonlySet<string> = new Set(['capability_disabled', 'capability_held'])
const PARKED_MS = 600_000

export function createCalls(deps: CallsDeps): Calls {
  const { events, logger, startWaitMs, parkedMs = PARKED_MS } = deps
  const parked = createParkedCalls(parkedMs)
  const levels = createLogLevels(logger)
  const byId = new Map<McpServerId, McpUpstream>()
  const find = (server: McpServerId): McpUpstream | undefined => byId.get(server)
  const tasks = createTasks(logger, find, deps.keptTasks)
  const subscriptions = createResourceSubscriptions(find, logger)
  const listeners = new Set<(server: McpServerId, method: string, params: JsonText | undefined) => void>()

  function need(server: McpServerId, view: CatalogView): McpUpstream {
    const upstream = find(server)
    if (upstream) return upstream
    const missing = view.missing.find((candidate) => candidate.upstream === server)
    if (missing) throw unavailable(missing)
    const shown = serverOf(view, server) ?? server
    // The caller’s own instance ended for want of use in this very moment.
    if (shown !== server) throw unavailable({ server: shown, state: 'stopped', reason: 'It just ended, because nobody used it. Try again.', nextAttemptAt: undefined })
    throw new GatewayError('unknown_server', `MCP server \`${server}\` is not configured or switched off.`)
  }

  function observe(upstream: McpUpstream, change: UpstreamChange): void {
    subscriptions.observe(upstream, change)
    if (change.kind === 'status' && upstream.status.state === 'ready') void levels.apply(upstream)
    if (change.kind === 'notification' && change.method === 'notifications/tasks/status') tasks.noticed(upstream.id, change.params)
    else if (change.kind === 'notification') for (const listener of listeners) listener(upstream.id, change.method, change.params)
  }

  function index(): void {
    byId.clear()
    for (const upstream of deps.upstreams()) byId.set(upstream.id, upstream)
  }
  index()
  const watch = watchUpstreams(deps.upstreams, observe)

  const runDeps: RunDeps = { events, audit: deps.audit, sampling: deps.sampling, levels, parked, tasks, startWaitMs, places: createCallPlaces(), settingsOf: (server) => deps.settings?.().get(server) }

  /** A call of a tool that is withheld is told of like one that was made; one that leads nowhere has no server to be counted for. */
  function resolve(request: CallRequest): ResolvedCall {
    try {
      return resolveCall(request)
    } catch (error) {
      const { server, name } = error instanceof GatewayError && WITHHELD.has(error.code) ? error.details : {}
      if (typeof server === 'string' && typeof name === 'string') beginCall(request, runDeps).failed({ server, name }, error)
      else events.callRefused(request.logger, { method: request.method, errorClass: failureClass(error) })
      throw error
    }
  }

  function locate({ view, era, params }: SubscriptionTarget, method: string): { readonly server: McpServerId; readonly uri: string } {
    const { upstream, name } = resolveCall({ view, method, params, era })
    return { server: upstream, uri: name }
  }

  /** A client may have subscribed over the other connection of its server. */
  function connectionsOf(upstream: McpServerId): readonly McpServerId[] {
    const server = serverBehind(upstream)
    return [server, twinIdOf(server)]
  }

  return {
    call(request) {
      if (isTaskMethod(request.method)) return runTaskCall(request, runDeps)
      const resolved = resolve(request)
      return runCall(request, resolved, need(resolved.upstream, request.view), runDeps)
    },
    async subscribe(subscriber, target) {
      const { server, uri } = locate(target, 'resources/subscribe')
      const upstream = need(server, target.view)
      await helloOf(upstream, { startWaitMs })
      await subscriptions.subscribe(subscriber, upstream, uri)
      for (const other of connectionsOf(server)) if (other !== server) subscriptions.unsubscribe(subscriber, other, uri)
    },
    unsubscribe(subscriber, target) {
      const { server, uri } = locate(target, 'resources/unsubscribe')
      for (const each of connectionsOf(server)) subscriptions.unsubscribe(subscriber, each, uri)
    },
    drop(subscriber, endedSession) {
      subscriptions.drop(subscriber)
      levels.want(subscriber, undefined, [])
      if (endedSession !== undefined) tasks.drop(subscriber, endedSession)
    },
    watchTask: (id, reader, onChange) => tasks.watch(id, reader, onChange),
    async wantLogs(subscriber, level, view) {
      const servers = view.servers.map(({ server, upstream = server }) => upstream)
      levels.want(subscriber, level, servers)
      await Promise.all(servers.flatMap((server) => find(server) ?? []).map((upstream) => levels.apply(upstream)))
    },
    notify(view, method, params) {
      if (view.single === undefined) throw new RpcError(RPC.methodNotFound, `Method not found: ${method}`)
      find(upstreamOf(view, view.single))?.notify(method, params)
    },
    onNotification(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    syncServers() {
      index()
      watch.sync()
      subscriptions.moveStranded()
    },
    async [Symbol.asyncDispose]() {
      listeners.clear()
      watch[Symbol.dispose]()
      subscriptions[Symbol.dispose]()
      tasks[Symbol.dispose]()
      await parked[Symbol.asyncDispose]()
    },
  }
}
