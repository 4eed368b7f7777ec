import type { McpServerId, SessionId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import { serverBehind, twinIdOf, type ServerCatalog } from '../catalog/index.ts'
import { createInstancePool } from './instance-pool.ts'

export interface LegacyTwinsDeps {
  /** The enabled servers that run once. */
  readonly servers: () => readonly McpUpstream[]
  /** An upstream of a twin’s definition that was not started yet, and that takes a refused handshake for an answer. */
  readonly open: (definition: McpServerDefinition) => McpUpstream
  readonly logger: Logger
  readonly listWaitMs: number
  /** Called at once when the upstreams are others. */
  readonly onUpstreams: () => void
  readonly now?: () => number
}

/** What a server lists over its twin. */
export interface TwinPart {
  /** Another one whenever the lists are others. */
  readonly id: string
  readonly catalog: ServerCatalog
}

/**
 * Second connections to servers that speak both eras, for clients of the older one: one for each server, opened by the first legacy
 * session that uses it. A twin is only shown while it works; until then, and when it breaks or the server has no sessions of the older
 * era, its clients are served over the server’s own connection.
 */
export interface LegacyTwins extends AsyncDisposable {
  readonly upstreams: readonly McpUpstream[]
  ofSession(session: SessionId): SessionTwins
  leave(session: SessionId): void
  /** Starts the twin of a restarted server anew, and asks anew where there was none to be had. */
  restart(server: string, reason: string): void
  /** Ends twins of servers that a reload removed or changed. */
  sync(): void
}

/** The twins as one legacy session has them. */
export interface SessionTwins {
  /** Those that work and that the session uses, by server. Opens nothing. */
  shown(): ReadonlyMap<McpServerId, TwinPart>
  /**
   * Opens the twins of the selected servers, each when `met` says that its server was contacted itself. Settles when each is listed, does
   * not work, or has had its time. Undefined when there is nothing to wait for.
   */
  contacted(isSelected: (server: McpServerId) => boolean, met: (server: McpServerId) => Promise<unknown>): Promise<unknown> | undefined
  /**
   * Opens the twin of a server that is opened for calls. Settles when it is listed, does not work, or the signal aborts. Undefined when
   * there is nothing to wait for.
   */
  called(server: McpServerId, signal: AbortSignal): Promise<void> | undefined
  onChange(listener: () => void): () => void
}

/** As long as any call waits at most for a program that starts. */
const START_WAIT_MS = 30_000

/** The newest time that a twin was opened. */
interface Opening {
  /** What its server had said of itself. */
  readonly hello: ServerHello
  /** Settles when its clients need not wait for it any longer. */
  readonly patience: Promise<void>
  isOver: boolean
}

/** The servers by what is asked of them with every request. */
interface Mains {
  readonly all: readonly McpUpstream[]
  readonly byId: ReadonlyMap<McpServerId, McpUpstream>
  readonly forSessions: readonly McpUpstream[]
}

function sortMains(all: readonly McpUpstream[]): Mains {
  return { all, byId: new Map(all.map((main) => [main.id, main])), forSessions: all.filter(({ definition }) => definition.twin?.opens === 'for-sessions') }
}

interface TwinPlan {
  /** As the pool keeps it. */
  readonly source: McpServerDefinition
  readonly definition: McpServerDefinition
}

export function createLegacyTwins({ servers, open, logger, listWaitMs, onUpstreams, now }: LegacyTwinsDeps): LegacyTwins {
  const plans = new WeakMap<McpServerDefinition, TwinPlan>()
  const opened = new Map<McpServerId, Opening>()
  /** What the server had said of itself when it would have no twin: it may think otherwise when it says it anew. */
  const refused = new Map<McpServerId, ServerHello | undefined>()
  const listeners = new Set<() => void>()
  let known = sortMains([])
  let isClosed = false

  /** Another list only after a reload. */
  function mains(): Mains {
    const all = servers()
    if (all !== known.all) known = sortMains(all)
    return known
  }

  function planOf(main: McpServerDefinition): TwinPlan | undefined {
    const { twin } = main
    if (!twin) return undefined
    let plan = plans.get(main)
    if (!plan) {
      const definition: McpServerDefinition = { ...main, era: 'legacy' }
      plan = { definition, source: { ...definition, instances: { isolation: 'shared', isTemplate: false, maxInstances: undefined, idleMs: twin.idleMs } } }
      plans.set(main, plan)
    }
    return plan
  }

  const pool = createInstancePool({
    sources: () => servers().flatMap(({ definition }) => planOf(definition)?.source ?? []),
    open,
    logger,
    listWaitMs,
    maxInstances: Number.POSITIVE_INFINITY,
    staysForMembers: true,
    onUpstreams,
    ...(now ? { now } : {}),
  })

  const unlisten = pool.onChange((key) => {
    const status = pool.upstreams.find(({ id }) => id === key)?.status
    if (status?.state === 'failed' || status?.state === 'needs-authorization') {
      refused.set(key, opened.get(key)?.hello)
      logger.info({ server: serverBehind(key), reason: status.reason }, 'the server takes no clients of the older era; those are served over its other connection')
      // Its end is a change of its own.
      return pool.drop(key)
    }
    for (const listener of listeners) listener()
  })

  async function bounded(contacted: Promise<void>): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, listWaitMs)
    await Promise.race([contacted, promise])
    clearTimeout(timer)
  }

  /** Settles when the twin is listed, or has had the time that lists have. Undefined when there is none to be had. */
  function acquire({ definition, status }: McpUpstream, session: SessionId): Promise<void> | undefined {
    const plan = planOf(definition)
    if (!plan || isClosed || status.state !== 'ready' || status.hello.era !== 'modern') return undefined
    const key = twinIdOf(definition.id)
    if (refused.has(key) && refused.get(key) === status.hello) return undefined
    refused.delete(key)
    const isOpen = pool.facts(key)?.isRunning === true
    const acquired = pool.acquire({ kind: 'wanted', key, definition: plan.definition, isOwn: false }, plan.source, session)
    if (acquired.kind !== 'ready') return undefined
    if (!isOpen) {
      const opening: Opening = { hello: status.hello, patience: bounded(acquired.contacted).finally(() => (opening.isOver = true)), isOver: false }
      opened.set(key, opening)
    }
    return acquired.contacted
  }

  /** Whether a session that is a member of the twin has nothing more to open or to wait for. */
  function isMet({ id, status }: McpUpstream): boolean {
    const key = twinIdOf(id)
    if (status.state !== 'ready') return false
    if (status.hello.era === 'legacy') return true
    if (refused.has(key)) return refused.get(key) === status.hello
    return opened.get(key)?.isOver === true && pool.facts(key)?.isRunning === true
  }

  async function contact(main: McpUpstream, session: SessionId, met: (server: McpServerId) => Promise<unknown>): Promise<void> {
    const { definition } = main
    if (main.status.state !== 'ready') await met(definition.id)
    if (acquire(main, session)) await opened.get(twinIdOf(definition.id))?.patience
  }

  async function started(main: McpUpstream, session: SessionId, signal: AbortSignal): Promise<void> {
    const key = twinIdOf(main.id)
    await pool.upstreams.find(({ id }) => id === key)?.settled(START_WAIT_MS, signal)
    // Now that it is up its lists have a time of their own.
    await acquire(main, session)
  }

  /** What works of those that a session uses, or of those that all sessions use. */
  function shown(called: ReadonlySet<McpServerId>): ReadonlyMap<McpServerId, TwinPart> {
    const parts = new Map<McpServerId, TwinPart>()
    for (const key of opened.keys()) {
      const main = mains().byId.get(serverBehind(key))
      if (!main || (main.definition.twin?.opens === 'for-calls' && !called.has(main.id))) continue
      const { id, status } = main
      const facts = pool.facts(key)
      const isLegacy = status.state === 'ready' && status.hello.era === 'legacy'
      if (isLegacy || facts?.isRunning !== true || facts.missing || !facts.catalog) continue
      parts.set(id, { id: `${key}@${facts.revision}`, catalog: facts.catalog })
    }
    return parts
  }

  return {
    get upstreams() {
      return pool.upstreams
    },
    ofSession(session) {
      const called = new Set<McpServerId>()
      const joined = new Set<McpUpstream>()
      return {
        shown: () => shown(called),
        contacted(isSelected, met) {
          const waits = mains().forSessions.flatMap((main) => {
            if ((joined.has(main) && isMet(main)) || !isSelected(main.id)) return []
            joined.add(main)
            return [contact(main, session, met)]
          })
          return waits.length === 0 ? undefined : Promise.all(waits)
        },
        called(server, signal) {
          const isThere = called.has(server) && pool.facts(twinIdOf(server))?.catalog !== undefined
          const main = isThere ? undefined : mains().byId.get(server)
          if (main?.definition.twin?.opens !== 'for-calls' || !acquire(main, session)) return undefined
          called.add(server)
          return started(main, session, signal)
        },
        onChange(listener) {
          listeners.add(listener)
          return () => void listeners.delete(listener)
        },
      }
    },
    leave: (session) => pool.leave(session),
    restart(server, reason) {
      refused.delete(twinIdOf(server as McpServerId))
      pool.restart(server, reason)
    },
    sync() {
      pool.sync()
      const there = new Set(servers().map(({ id }) => twinIdOf(id)))
      for (const memory of [opened, refused]) for (const key of memory.keys()) if (!there.has(key)) memory.delete(key)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      unlisten()
      listeners.clear()
      await pool[Symbol.asyncDispose]()
    },
  }
}
