import type { McpServerId } from '../../domain/ids.ts'
import type { PresetDefinition } from '../../domain/preset.ts'
import { normalTag } from '../../domain/tag-expression.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'
import { CAPABILITY_KINDS, type CatalogFilter, type CatalogSnapshot } from './catalog.ts'
import { compareSnapshots, type CatalogChange } from './changed-kinds.ts'
import { selectServers } from './select-servers.ts'
import { createServerLister, type ServerLister } from './server-lister.ts'

export interface CatalogDeps {
  /** The enabled servers, in the order of the configuration. */
  readonly upstreams: () => Iterable<McpUpstream>
  /** Read with every snapshot; none without it. */
  readonly presets?: () => readonly PresetDefinition[]
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
  /** Takes note of servers and presets that a reload added, removed or replaced. */
  syncServers(): void
  /** Called after a snapshot replaced another, when a view may differ. Returns a function that stops listening. */
  onChange(listener: (change: CatalogChange) => void): () => void
}

interface Entry {
  readonly upstream: McpUpstream
  readonly lister: ServerLister
}

const EMPTY: CatalogSnapshot = { generation: 0, servers: [], missing: [], configured: [], presets: new Map() }

function takeSnapshot(generation: number, entries: readonly Entry[], presets: readonly PresetDefinition[]): CatalogSnapshot {
  return {
    generation,
    servers: entries.flatMap(({ lister }) => lister.catalog() ?? []),
    missing: entries.flatMap(({ lister }) => lister.missing() ?? []),
    configured: entries.map(({ upstream }) => ({ server: upstream.id, tags: new Set(upstream.definition.tags.map(normalTag)) })),
    presets: new Map(presets.map((preset) => [preset.name, preset])),
  }
}

function countEntries({ servers }: CatalogSnapshot): number {
  return servers.flatMap(({ lists }) => CAPABILITY_KINDS.map((kind) => lists[kind].capabilities.length)).reduce((sum, count) => sum + count, 0)
}

export function createCatalog(deps: CatalogDeps): Catalog {
  const { events, logger, listWaitMs } = deps
  const entries = new Map<McpServerId, Entry>()
  const listeners = new Set<(change: CatalogChange) => void>()
  let current = EMPTY
  let isClosed = false
  let isSyncing = false

  function publish(): void {
    if (isClosed || isSyncing) return
    const started = performance.now()
    const before = current
    current = takeSnapshot(before.generation + 1, [...entries.values()], deps.presets?.() ?? [])
    const change = compareSnapshots(before, current)
    events.catalogRefreshed({
      generation: current.generation,
      entries: countEntries(current),
      missing: current.missing.map(({ server }) => server),
      durationMs: performance.now() - started,
    })
    if (change) for (const listener of listeners) listener(change)
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
      const selected = selectServers(current, filter)
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
