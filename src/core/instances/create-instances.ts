import type { ClientContext } from '../../domain/client-context.ts'
import type { McpServerId, SessionId } from '../../domain/ids.ts'
import type { Catalog, ServerCatalog } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import { createClientCatalog, type ClientCatalog } from './client-catalog.ts'
import type { InstanceClient } from './instance-client.ts'
import { createInstancePool, type InstancePoolDeps } from './instance-pool.ts'
import { createLegacyTwins, type LegacyTwinsDeps } from './legacy-twins.ts'

export interface InstancesDeps extends Omit<InstancePoolDeps, 'onUpstreams' | 'staysForMembers'> {
  /** What is there for everybody. */
  readonly catalog: Catalog
  /** The servers that run once, and how their legacy twins are opened; clients of both eras are served alike without it. */
  readonly twins?: Pick<LegacyTwinsDeps, 'servers' | 'open'>
}

/**
 * Servers that do not run once for everybody: templates, servers that are isolated per user or per MCP session, and second
 * connections for clients of the older era. It finds and makes each client’s instances and shows them in that client’s catalog; calls go through core/calls like all others.
 */
export interface Instances extends AsyncDisposable {
  /** The catalog for surfaces without MCP sessions: `contacted` with a principal, and its request context, shows the instances of those. */
  readonly catalog: Catalog
  /** The catalog of one client. It is disposed by whoever asked for it; the instances are not, they end with the session or unused. */
  catalogFor(client: InstanceClient): ClientCatalog
  /** The running upstreams of all instances and twins, under their keys. */
  upstreams(): ReturnType<InstancePoolDeps['open']>[]
  /** The MCP session ended, and with it what was its own. */
  leave(session: SessionId): void
  /** The client of the session has other roots; its own instances are told, and nobody else’s. */
  rootsChanged(session: SessionId): void
  /** All running instances of a server, or the one with that key; how many those are. A server’s legacy twin goes with it. */
  restart(id: string, reason: string): number
  /** What instances listed, for administrators: running ones first. */
  learned(): readonly ServerCatalog[]
  /** How many of a server run. */
  count(server: McpServerId): number
  /** Takes note of servers that a reload added, removed or changed. */
  sync(): void
  /** Called at once when `upstreams` has others. */
  onUpstreams(listener: () => void): () => void
}

/** A principal without a session, as REST has it. */
const plainClient = (principal: Principal, context: ClientContext | undefined): InstanceClient => ({ principal, session: undefined, context, clientInfo: undefined, transport: 'http' })

export function createInstances({ catalog, twins: twinned, ...deps }: InstancesDeps): Instances {
  const listeners = new Set<() => void>()
  const onUpstreams = (): void => {
    for (const listener of listeners) listener()
  }
  const pool = createInstancePool({ ...deps, onUpstreams })
  const { logger, listWaitMs, now } = deps
  const twins = twinned && createLegacyTwins({ ...twinned, logger, listWaitMs, onUpstreams, ...(now ? { now } : {}) })
  const catalogFor = (client: InstanceClient): ClientCatalog => createClientCatalog({ catalog, pool, sources: deps.sources, twins }, client)
  const forPrincipals: Catalog = {
    ...catalog,
    get current() {
      return catalog.current
    },
    async contacted(filter, principal, context) {
      if (!principal) return catalog.contacted(filter)
      using own = catalogFor(plainClient(principal, context))
      return await own.contacted(filter)
    },
    dress: (server) => catalog.dress(server),
  }
  return {
    catalog: forPrincipals,
    catalogFor,
    upstreams: () => [...pool.upstreams, ...(twins?.upstreams ?? [])],
    leave(session) {
      pool.leave(session)
      twins?.leave(session)
    },
    rootsChanged: (session) => pool.rootsChanged(session),
    restart(id, reason) {
      twins?.restart(id, reason)
      return pool.restart(id, reason)
    },
    learned: () => pool.learned(),
    count: (server) => pool.count(server),
    sync() {
      pool.sync()
      twins?.sync()
    },
    onUpstreams(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([pool[Symbol.asyncDispose](), twins?.[Symbol.asyncDispose]()])
    },
  }
}
