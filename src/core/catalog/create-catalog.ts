import type { McpServerId } from '../../domain/ids.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'
import { CAPABILITY_KINDS, type CapabilityKind, type CatalogFilter, type CatalogSnapshot, type ServerCatalog } from './catalog.ts'
import { selectServers } from './select-servers.ts'
import { createServerLister, type ServerLister } from './server-lister.ts'

/** Which lists of which server differ between two snapshots. */
export interface CatalogChange {
  readonly server: McpServerId
  readonly kinds: ReadonlySet<CapabilityKind>
}

export interface CatalogDeps {
  /** The enabled servers, in the order of the configuration. */
  readonly upstreams: () => Iterable<McpUpstream>
  readonly events: Events
  readonly logger: Logger
  /** How names of the aggregate are made. */
  readonly naming: 'prefixed' | 'bare'
  /** Longest that the first list of a server that just started is waited for. */
  readonly listWaitMs: number
}

/**
 * What all servers offer. It reads lists, keeps the last good ones and says what is missing; it does not call tools and
 * it does not decide who may see what: that is the view's business.
 */
export interface Catalog extends AsyncDisposable {
  readonly naming: 'prefixed' | 'bare'
  /** The newest snapshot, at once. */
  readonly current: CatalogSnapshot
  /** The newest snapshot after the selected servers had their first contact, or its time was up. Never throws. */
  contacted(filter: CatalogFilter): Promise<CatalogSnapshot>
  /** Takes note of servers that a reload added, removed or replaced. */
  syncServers(): void
  /** Called after a snapshot replaced another, when lists differ. Returns a function that stops listening. */
  onChange(listener: (changes: readonly CatalogChange[], snapshot: CatalogSnapshot) => void): () => void
}

interface Entry {
  readonly upstream: McpUpstream
  readonly lister: ServerLister
}

const EMPTY: CatalogSnapshot = { generation: 0, servers: [], missing: [], configured: [] }

function sameList(a: ServerCatalog['lists'][CapabilityKind] | undefined, b: typeof a): boolean {
  if (a === b) return true
  const [left, right] = [a?.capabilities ?? [], b?.capabilities ?? []]
  return left.length === right.length && left.every(({ definition }, index) => definition === right[index]?.definition)
}

function diff(before: CatalogSnapshot, after: CatalogSnapshot): readonly CatalogChange[] {
  const old = new Map(before.servers.map((server) => [server.server, server]))
  const changes: CatalogChange[] = []
  for (const server of after.servers) {
    const previous = old.get(server.server)
    old.delete(server.server)
    const kinds = CAPABILITY_KINDS.filter((kind) => !sameList(previous?.lists[kind], server.lists[kind]))
    if (kinds.length > 0) changes.push({ server: server.server, kinds: new Set(kinds) })
  }
  for (const { server, lists } of old.values()) {
    const kinds = CAPABILITY_KINDS.filter((kind) => lists[kind].capabilities.length > 0)
    if (kinds.length > 0) changes.push({ server, kinds: new Set(kinds) })
  }
  return changes
}

function takeSnapshot(generation: number, entries: readonly Entry[]): CatalogSnapshot {
  return {
    generation,
    servers: entries.flatMap(({ lister }) => lister.catalog() ?? []),
    missing: entries.flatMap(({ lister }) => lister.missing() ?? []),
    configured: entries.map(({ upstream }) => ({ server: upstream.id, tags: new Set(upstream.definition.tags) })),
  }
}

function countEntries({ servers }: CatalogSnapshot): number {
  return servers.flatMap(({ lists }) => CAPABILITY_KINDS.map((kind) => lists[kind].capabilities.length)).reduce((sum, count) => sum + count, 0)
}

export function createCatalog(deps: CatalogDeps): Catalog {
  const { events, logger, listWaitMs } = deps
  const entries = new Map<McpServerId, Entry>()
  const listeners = new Set<(changes: readonly CatalogChange[], snapshot: CatalogSnapshot) => void>()
  let current = EMPTY
  let isClosed = false
  let isSyncing = false

  function publish(): void {
    if (isClosed || isSyncing) return
    const started = performance.now()
    const before = current
    current = takeSnapshot(before.generation + 1, [...entries.values()])
    const changes = diff(before, current)
    events.catalogRefreshed({
      generation: current.generation,
      entries: countEntries(current),
      missing: current.missing.map(({ server }) => server),
      durationMs: performance.now() - started,
    })
    if (changes.length > 0) for (const listener of listeners) listener(changes, current)
  }

  function syncServers(): void {
    if (isClosed) return
    isSyncing = true
    const wanted = [...deps.upstreams()]
    const old = new Map(entries)
    entries.clear()
    for (const upstream of wanted) {
      const known = old.get(upstream.id)
      if (known?.upstream === upstream) {
        entries.set(upstream.id, known)
        old.delete(upstream.id)
        continue
      }
      const previous = known?.lister.catalog()
      const lister = createServerLister({ upstream, logger: logger.child({ server: upstream.id }), listWaitMs, previous, onChange: publish })
      entries.set(upstream.id, { upstream, lister })
    }
    for (const { lister } of old.values()) lister[Symbol.dispose]()
    isSyncing = false
    publish()
  }

  syncServers()
  return {
    naming: deps.naming,
    get current() {
      return current
    },
    async contacted(filter) {
      const selected = selectServers(current.configured, filter)
      await Promise.all(selected.flatMap(({ server }) => entries.get(server)?.lister.contacted() ?? []))
      return current
    },
    syncServers,
    onChange(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      listeners.clear()
      for (const { lister } of entries.values()) lister[Symbol.dispose]()
      entries.clear()
    },
  }
}
