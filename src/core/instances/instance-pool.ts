import type { McpServerId, SessionId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'
import { createServerLister, type MissingServer, type ServerCatalog, type ServerLister } from '../catalog/index.ts'
import type { WantedInstance } from './find-instance.ts'
import type { AskRoots } from './instance-client.ts'
import { readInstanceKey } from './instance-key.ts'
import { createInstanceUpstream, type InstanceUpstream } from './instance-upstream.ts'

export interface InstancePoolDeps {
  /** The enabled servers with a policy for instances. */
  readonly sources: () => readonly McpServerDefinition[]
  /** An upstream that was not started yet. One that belongs to a single client may ask it for its roots. */
  readonly open: (definition: McpServerDefinition, askRoots?: AskRoots) => McpUpstream
  readonly logger: Logger
  readonly listWaitMs: number
  /** Of all servers together. */
  readonly maxInstances: number
  /** Called at once when the upstreams are others. */
  readonly onUpstreams: () => void
  /** An instance does not end unused while a session is a member of it: its lists are heard of by who asks for nothing. */
  readonly staysForMembers?: boolean
  readonly now?: () => number
}

export type AcquiredInstance = { readonly kind: 'ready'; readonly contacted: Promise<void> } | { readonly kind: 'full'; readonly reason: string }

/** What is known of an instance, also of one that ended for want of use. */
export interface InstanceFacts {
  /** Another one whenever something else is known. */
  readonly revision: number
  readonly isRunning: boolean
  readonly catalog: ServerCatalog | undefined
  readonly missing: MissingServer | undefined
}

/**
 * The running instances of all servers that do not run once for everybody: made when they are first used, one at a time by
 * key, within the limits, and ended when nobody needs them. It does not know who may use which: that is in the key.
 */
export interface InstancePool extends AsyncDisposable {
  readonly upstreams: readonly McpUpstream[]
  /** Makes the instance or counts as using it. A session that is named is a member until it leaves. */
  acquire(wanted: Extract<WantedInstance, { kind: 'wanted' }>, source: McpServerDefinition, session: SessionId | undefined, askRoots?: AskRoots): AcquiredInstance
  /** Never makes one. */
  facts(key: McpServerId): InstanceFacts | undefined
  /** The lists of all instances, also of those that are asleep; running ones first, then the one that was used last. */
  learned(): readonly ServerCatalog[]
  /** Why no further instance of the server can be made; undefined when one can. */
  full(source: McpServerDefinition): string | undefined
  /** Ends an instance and forgets what is known of it. */
  drop(key: McpServerId): void
  /** Ends the instances that belonged to the session alone. */
  leave(session: SessionId): void
  /** Tells the instances that belong to the session alone that its client has other roots. */
  rootsChanged(session: SessionId): void
  /** Starts the running instances of a server anew, or the one with that key; how many those are. What is no key is skipped and logged. */
  restart(id: string, reason: string): number
  count(server: McpServerId): number
  /** Ends instances of servers that a reload removed or changed. */
  sync(): void
  onChange(listener: (key: McpServerId) => void): () => void
}

interface Running {
  readonly opened: InstanceUpstream
  readonly lister: ServerLister
}

interface Entry {
  readonly key: McpServerId
  readonly source: McpServerDefinition
  /** It belongs to one session. */
  readonly isOwn: boolean
  readonly members: Set<SessionId>
  /** Undefined while it is asleep: it ended for want of use, and its lists are still believed. */
  running: Running | undefined
  facts: InstanceFacts
  /** How many wait for it to start. */
  waiting: number
  usedAt: number
}

/** It may end: nobody waits for it, it does not start, and nothing of it is in use. */
function isUnneeded({ running, waiting }: Entry): boolean {
  return running?.opened.needs === 0 && waiting === 0 && running.opened.upstream.status.state !== 'starting'
}

/** How long calls on an instance whose server was changed may still run. */
const RETIRE_MS = 30_000
const SWEEP_MS = { least: 100, most: 15_000 }
/** Asleep ones keep their lists in memory, so there are not more of them. */
const MAX_ASLEEP = 1_000
const IDLE_SHARE = 4

class Pool implements InstancePool {
  readonly #deps: InstancePoolDeps
  readonly #entries = new Map<McpServerId, Entry>()
  readonly #listeners = new Set<(key: McpServerId) => void>()
  /** By key: what has to be gone before the instance is started again. */
  readonly #ending = new Map<McpServerId, Promise<void>>()
  readonly #closing = Promise.withResolvers<void>()
  #timer: NodeJS.Timeout | undefined
  #lastRevision = 0
  #isClosed = false

  constructor(deps: InstancePoolDeps) {
    this.#deps = deps
    this.#schedule()
  }

  get upstreams(): readonly McpUpstream[] {
    return [...this.#entries.values()].flatMap(({ running }) => running?.opened.upstream ?? [])
  }

  #now(): number {
    return (this.#deps.now ?? Date.now)()
  }

  acquire({ key, definition, isOwn }: Extract<WantedInstance, { kind: 'wanted' }>, source: McpServerDefinition, session: SessionId | undefined, askRoots?: AskRoots): AcquiredInstance {
    const known = this.#entries.get(key)
    if (!known?.running) {
      const reason = this.full(source)
      if (reason !== undefined) return { kind: 'full', reason }
      for (let [crowded] = this.#crowding(source); crowded?.free; [crowded] = this.#crowding(source)) this.#sleep(crowded.free)
    }
    const entry = known ?? { key, source, isOwn, members: new Set(), running: undefined, facts: this.#factsOf(undefined), waiting: 0, usedAt: 0 }
    this.#entries.set(key, entry)
    if (session !== undefined) entry.members.add(session)
    entry.usedAt = this.#now()
    entry.running ??= this.#open(entry, definition, askRoots)
    return { kind: 'ready', contacted: this.#awaited(entry, entry.running.lister.contacted()) }
  }

  /** Whoever waits for it to start means to use it. */
  async #awaited(entry: Entry, contacted: Promise<void> | undefined): Promise<void> {
    entry.waiting++
    await contacted
    entry.waiting--
    entry.usedAt = this.#now()
  }

  #factsOf(lister: ServerLister | undefined): InstanceFacts {
    return { revision: ++this.#lastRevision, isRunning: lister !== undefined, catalog: lister?.catalog(), missing: lister?.missing() }
  }

  #open(entry: Entry, definition: McpServerDefinition, askRoots: AskRoots | undefined): Running {
    const { open, logger, listWaitMs, onUpstreams } = this.#deps
    const { key, facts } = entry
    const opened = createInstanceUpstream(key, open(definition, askRoots), () => (entry.usedAt = this.#now()))
    // The lister reports for the first time while it is being made.
    let lister: ServerLister | undefined
    const onChange = (): void => {
      if (lister) this.#changed(entry, lister)
    }
    lister = createServerLister({ upstream: opened.upstream, logger: logger.child({ server: definition.id }), listWaitMs, previous: facts.catalog, onChange })
    entry.facts = this.#factsOf(lister)
    const running = { opened, lister }
    entry.running = running
    onUpstreams()
    const before = this.#ending.get(key)
    if (before) void before.then(() => entry.running === running && opened.upstream.start())
    else opened.upstream.start()
    logger.info({ server: definition.id, kind: readInstanceKey(key)?.kind ?? 'twin', running: this.#runningCount() }, 'an instance of an MCP server was made')
    return running
  }

  #changed(entry: Entry, lister: ServerLister): void {
    if (this.#isClosed || entry.running?.lister !== lister) return
    const wasMissing = entry.facts.missing !== undefined
    entry.facts = this.#factsOf(lister)
    // What took long to start is not idle the moment that it is there.
    if (wasMissing && !entry.facts.missing) entry.usedAt = this.#now()
    for (const listener of this.#listeners) listener(entry.key)
  }

  facts(key: McpServerId): InstanceFacts | undefined {
    return this.#entries.get(key)?.facts
  }

  learned(): readonly ServerCatalog[] {
    const order = ({ running, usedAt }: Entry): number => (running ? Number.MAX_SAFE_INTEGER : usedAt)
    return [...this.#entries.values()].toSorted((a, b) => order(b) - order(a)).flatMap(({ facts }) => facts.catalog ?? [])
  }

  #runningCount(server?: McpServerId): number {
    return [...this.#entries.values()].filter(({ running, source }) => running && (server === undefined || source.id === server)).length
  }

  count(server: McpServerId): number {
    return this.#runningCount(server)
  }

  full(source: McpServerDefinition): string | undefined {
    if (this.#isClosed) return 'The gateway is shutting down.'
    return this.#crowding(source).find(({ free }) => !free)?.reason
  }

  /** The limits that one more instance would break, each with what could make room for it. */
  #crowding(source: McpServerDefinition): readonly { readonly reason: string; readonly free: Entry | undefined }[] {
    const own = source.instances?.maxInstances
    const { maxInstances } = this.#deps
    const limits = [
      { most: own, server: source.id, reason: `All ${own ?? 0} instances that \`maxInstances\` of this server allows are in use.` },
      { most: maxInstances, server: undefined, reason: `All ${maxInstances} instances that \`mcp.maxInstances\` allows are in use.` },
    ]
    return limits
      .filter(({ most, server }) => most !== undefined && this.#runningCount(server) >= most)
      .map(({ server, reason }) => ({ reason, free: this.#free(server) }))
  }

  /** What no session is a member of and nobody needs waits for nothing but its idle time. Who was just here may be about to call. */
  #free(server: McpServerId | undefined): Entry | undefined {
    const now = this.#now()
    const rested = ({ usedAt, source }: Entry): boolean => now - usedAt >= Math.min((source.instances?.idleMs ?? 0) / IDLE_SHARE, SWEEP_MS.most)
    return [...this.#entries.values()]
      .filter((entry) => isUnneeded(entry) && entry.members.size === 0 && (server === undefined || entry.source.id === server) && rested(entry))
      .toSorted((a, b) => a.usedAt - b.usedAt)[0]
  }

  drop(key: McpServerId): void {
    const entry = this.#entries.get(key)
    if (!entry) return
    this.#forget(entry)
    this.#end(entry, 0)
  }

  leave(session: SessionId): void {
    const { staysForMembers = false } = this.#deps
    for (const entry of this.#entries.values()) {
      if (!entry.members.delete(session)) continue
      if (staysForMembers) entry.usedAt = this.#now()
      if (!entry.isOwn || entry.members.size > 0) continue
      this.#forget(entry)
      this.#end(entry, 0)
    }
  }

  rootsChanged(session: SessionId): void {
    for (const { isOwn, members, running } of this.#entries.values()) {
      if (isOwn && members.has(session)) running?.opened.upstream.notify('notifications/roots/list_changed', undefined)
    }
  }

  restart(id: string, reason: string): number {
    const identity = readInstanceKey(id)
    if (!identity) this.#deps.logger.warn({ key: id.slice(0, 200) }, 'a text that is no key of an instance was skipped')
    if (!identity) return 0
    const found = [...this.#entries.values()].filter(({ running, source, key }) => running && (identity.kind === 'static' ? source.id === identity.server : key === id))
    for (const { running } of found) running?.opened.upstream.restart(reason)
    return found.length
  }

  sync(): void {
    const wanted = new Set(this.#deps.sources())
    for (const entry of this.#entries.values()) {
      if (wanted.has(entry.source)) continue
      this.#forget(entry)
      this.#end(entry, RETIRE_MS)
    }
    this.#schedule()
  }

  onChange(listener: (key: McpServerId) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #forget({ key }: Entry): void {
    this.#entries.delete(key)
    for (const listener of this.#listeners) listener(key)
  }

  /** It ends, and whoever comes back finds the lists as they were. */
  #sleep(entry: Entry): void {
    entry.facts = { revision: ++this.#lastRevision, isRunning: false, catalog: entry.facts.catalog, missing: undefined }
    this.#end(entry, 0)
    const asleep = [...this.#entries.values()].filter(({ running }) => !running).toSorted((a, b) => a.usedAt - b.usedAt)
    for (const oldest of asleep.slice(0, Math.max(asleep.length - MAX_ASLEEP, 0))) this.#forget(oldest)
  }

  #end(entry: Entry, graceMs: number): void {
    const { running, key, source } = entry
    if (!running) return
    entry.running = undefined
    const { opened, lister } = running
    lister[Symbol.dispose]()
    this.#deps.onUpstreams()
    const end = async (): Promise<void> => {
      if (graceMs > 0) await Promise.race([opened.idle(graceMs), this.#closing.promise])
      await opened.upstream[Symbol.asyncDispose]()
    }
    const ended = Promise.all([this.#ending.get(key), end()])
      .then(() => undefined)
      .catch((error: unknown) => this.#deps.logger.error({ server: source.id, err: error }, 'an instance of an MCP server ended badly'))
      .finally(() => {
        if (this.#ending.get(key) === ended) this.#ending.delete(key)
      })
    this.#ending.set(key, ended)
  }

  #sweep(): void {
    const now = this.#now()
    const { staysForMembers = false } = this.#deps
    for (const entry of this.#entries.values()) {
      if (staysForMembers && entry.members.size > 0) continue
      if (isUnneeded(entry) && now - entry.usedAt >= (entry.source.instances?.idleMs ?? 0)) this.#sleep(entry)
    }
    this.#schedule()
  }

  /** Often enough that an instance outlives its idle time by a fourth at most. */
  #schedule(): void {
    clearTimeout(this.#timer)
    const idle = this.#deps.sources().map(({ instances }) => instances?.idleMs ?? 0)
    if (this.#isClosed || idle.length === 0) return
    this.#timer = setTimeout(() => this.#sweep(), Math.min(Math.max(Math.min(...idle) / IDLE_SHARE, SWEEP_MS.least), SWEEP_MS.most))
    this.#timer.unref()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#closing.resolve()
    clearTimeout(this.#timer)
    this.#listeners.clear()
    for (const entry of this.#entries.values()) this.#end(entry, 0)
    this.#entries.clear()
    await Promise.all(this.#ending.values())
  }
}

export function createInstancePool(deps: InstancePoolDeps): InstancePool {
  return new Pool(deps)
}
