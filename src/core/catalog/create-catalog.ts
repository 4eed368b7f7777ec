import type { ClientContext } from '../../domain/client-context.ts'
import type { McpServerId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { PresetDefinition } from '../../domain/preset.ts'
import type { ServerSettings } from '../../domain/server-settings.ts'
import { normalTag } from '../../domain/tag-expression.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import type { McpUpstream } from '../../upstreams/mcp/index.ts'
import type { Principal } from '../identity/index.ts'
import { CAPABILITY_KINDS, type CatalogFilter, type CatalogSnapshot, type InstructionsPolicy, type MissingServer, type ServerCatalog } from './catalog.ts'
import { compareSnapshots, type CatalogChange } from './changed-kinds.ts'
import { createServerDresser } from './dress-server.ts'
import { selectServers } from './select-servers.ts'
import { createServerLister, type ServerLister } from './server-lister.ts'
import { surveyTools, type SurveyedTool } from './survey-tools.ts'
import type { ToolChange, ToolPins } from './tool-pins.ts'

export interface CatalogDeps {
  /** The enabled servers, in the order of the configuration. */
  readonly upstreams: () => Iterable<McpUpstream>
  /**
   * Every enabled server in the order of the configuration, with those that have instances of their own for each client and
   * so are missing here. The upstreams alone without it.
   */
  readonly configured?: () => readonly McpServerDefinition[]
  /** Read with every snapshot; none without it. */
  readonly presets?: () => readonly PresetDefinition[]
  /** What the configuration says of servers, one object for as long as it says the same; nothing without it. */
  readonly settings?: () => ReadonlyMap<McpServerId, ServerSettings>
  /** Read with every snapshot. */
  readonly instructions?: () => InstructionsPolicy
  /** The lists of instances of servers that clients have their own ones of, running ones first, for administrators; none without it. */
  readonly learned?: () => readonly ServerCatalog[]
  /** Approved definitions, compared where the settings ask for it. */
  readonly pins?: ToolPins
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
  /**
   * The newest snapshot after the selected servers had their first contact, or its time was up. With a principal, servers
   * whose instances belong to clients answer for it as well. Never throws.
   */
  contacted(filter: CatalogFilter, principal?: Principal, context?: ClientContext): Promise<CatalogSnapshot>
  /** The lists of a server that is not this catalog’s own, with what the configuration says of it put over them. */
  dress(server: ServerCatalog): ServerCatalog
  /** Takes note of servers and presets that a reload added, removed or replaced. */
  syncServers(): void
  /** Called after a snapshot replaced another, when a view may differ. Returns a function that stops listening. */
  onChange(listener: (change: CatalogChange) => void): () => void
}

/** The catalog as an administrator needs it: what is withheld, and what waits for an approval. */
export interface ToolCatalog extends Catalog {
  /** Every tool of every server with its state, also what nobody else sees. Of servers with instances, what those listed so far. */
  survey(): readonly SurveyedTool[]
  /** Tools whose definition is not the approved one, of servers that are configured. */
  changes(): readonly ToolChange[]
  /** Approves changed definitions, of one tool or of all. It is in force and durable when it settles. */
  approve(which: { readonly server: McpServerId; readonly tool: string } | 'all'): Promise<readonly ToolChange[]>
}

interface Entry {
  readonly upstream: McpUpstream
  readonly lister: ServerLister
}

const EMPTY: CatalogSnapshot = { generation: 0, servers: [], missing: [], configured: [], presets: new Map() }

function missingInstance({ id, instances }: McpServerDefinition): readonly MissingServer[] {
  if (!instances) return []
  return [{ server: id, state: 'stopped', reason: 'Every client has an instance of its own, and there is none here.', nextAttemptAt: undefined }]
}

function takeSnapshot(generation: number, entries: readonly Entry[], { configured, presets, instructions }: CatalogDeps, dress: (server: ServerCatalog) => ServerCatalog): CatalogSnapshot {
  const definitions = configured?.() ?? entries.map(({ upstream }) => upstream.definition)
  return {
    generation,
    ...(instructions ? { instructions: instructions() } : {}),
    servers: entries.flatMap(({ lister }) => lister.catalog() ?? []).map(dress),
    missing: [...entries.flatMap(({ lister }) => lister.missing() ?? []), ...definitions.flatMap(missingInstance)],
    configured: definitions.map(({ id, tags }) => ({ server: id, tags: new Set(tags.map(normalTag)) })),
    presets: new Map(presets?.().map((preset) => [preset.name, preset])),
  }
}

function countEntries({ servers }: CatalogSnapshot): number {
  return servers.flatMap(({ lists }) => CAPABILITY_KINDS.map((kind) => lists[kind].capabilities.length)).reduce((sum, count) => sum + count, 0)
}

export function createCatalog(deps: CatalogDeps): ToolCatalog {
  const { events, logger, listWaitMs } = deps
  const entries = new Map<McpServerId, Entry>()
  const listeners = new Set<(change: CatalogChange) => void>()
  const settingsOf = (server: McpServerId): ServerSettings | undefined => deps.settings?.().get(server)
  const dress = createServerDresser({ settingsOf, pins: deps.pins, logger })
  let current = EMPTY
  let isClosed = false
  let isSyncing = false

  function publish(): void {
    if (isClosed || isSyncing) return
    const started = performance.now()
    const before = current
    current = takeSnapshot(before.generation + 1, [...entries.values()], deps, dress)
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
      const waits = selected.flatMap(({ server }) => entries.get(server)?.lister.contacted() ?? [])
      if (waits.length > 0) await Promise.all(waits)
      return current
    },
    syncServers,
    dress,
    survey() {
      const lists = [...[...entries.values()].flatMap(({ lister }) => lister.catalog() ?? []), ...(deps.learned?.() ?? [])]
      const tools = new Map<string, SurveyedTool>()
      for (const raw of lists) {
        for (const tool of surveyTools(raw, dress(raw), settingsOf(raw.server)?.tools ?? {})) {
          const key = JSON.stringify([tool.server, tool.tool])
          if (!tools.has(key)) tools.set(key, tool)
        }
      }
      return [...tools.values()]
    },
    changes: () => (deps.pins?.changes() ?? []).filter(({ server }) => current.configured.some((known) => known.server === server)),
    async approve(which) {
      const approved = (await deps.pins?.approve(which)) ?? []
      if (approved.length > 0) publish()
      return approved
    },
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
