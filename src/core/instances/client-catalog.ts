import type { McpServerId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { createRecentlyUsed, type RecentlyUsed } from '../../lib/recently-used.ts'
import { compareSnapshots, selectServers, type Catalog, type CatalogChange, type CatalogFilter, type CatalogSnapshot, type MissingServer, type ServerCatalog } from '../catalog/index.ts'
import { describeMissingContext, findInstance, type WantedInstance } from './find-instance.ts'
import type { InstanceClient } from './instance-client.ts'
import type { InstancePool } from './instance-pool.ts'
import type { LegacyTwins, SessionTwins } from './legacy-twins.ts'

/**
 * The catalog as one client has it: what is there for everybody, of the other servers the client’s own instances, and for a client
 * of the older era the legacy twins. Only `contacted` makes instances and twins, and only of servers that the filter selects.
 */
export interface ClientCatalog extends Disposable, Pick<Catalog, 'current'> {
  contacted(filter: CatalogFilter): Promise<CatalogSnapshot>
  /** The client is about to call a server, which may ask it something meanwhile. Undefined when there is nothing to wait for before. */
  called(server: McpServerId, signal: AbortSignal): Promise<void> | undefined
  /** Only told of what this client may see. Returns a function that stops listening. */
  onChange(listener: (change: CatalogChange) => void): () => void
}

export interface ClientCatalogDeps {
  readonly catalog: Catalog
  readonly pool: InstancePool
  readonly sources: () => readonly McpServerDefinition[]
  /** There are none without it. */
  readonly twins?: LegacyTwins | undefined
}

type Part = { readonly id: string; readonly catalog?: ServerCatalog | undefined; readonly missing?: MissingServer | undefined }

const MOST_COMBINATIONS = 256
const known = new WeakMap<CatalogSnapshot, RecentlyUsed<CatalogSnapshot>>()

/** Clients with the same instances have the same snapshot, and with it the same rendered lists. */
function combine({ current: base, dress }: Catalog, parts: ReadonlyMap<McpServerId, Part>): CatalogSnapshot {
  let combinations = known.get(base)
  if (!combinations) known.set(base, (combinations = createRecentlyUsed(MOST_COMBINATIONS)))
  return combinations.get(JSON.stringify([...parts.values()].map(({ id }) => id)), () => {
    const own = (server: McpServerId): boolean => parts.has(server)
    const dressed = new Map([...parts].map(([server, part]) => [server, part.catalog && dress(part.catalog)]))
    const shared = new Map(base.servers.map((server) => [server.server, server]))
    return {
      ...base,
      servers: base.configured.flatMap(({ server }) => (own(server) ? dressed.get(server) : shared.get(server)) ?? []),
      missing: [...base.missing.filter(({ server }) => !own(server)), ...[...parts.values()].flatMap(({ missing }) => missing ?? [])],
    }
  })
}

/** Whether calls for a server of both snapshots go elsewhere now. */
function isRedirected({ servers: before }: CatalogSnapshot, { servers: after }: CatalogSnapshot): boolean {
  const upstreams = new Map(before.map(({ server, upstream = server }) => [server, upstream]))
  return after.some(({ server, upstream = server }) => (upstreams.get(server) ?? upstream) !== upstream)
}

class OwnCatalog implements ClientCatalog {
  readonly #deps: ClientCatalogDeps
  readonly #client: InstanceClient
  readonly #twins: SessionTwins | undefined
  readonly #found = new Map<McpServerId, { readonly source: McpServerDefinition; readonly wanted: WantedInstance }>()
  readonly #listeners = new Set<(change: CatalogChange) => void>()
  readonly #unlisten: (() => void)[] = []
  #last: CatalogSnapshot | undefined
  #isClosed = false

  constructor(deps: ClientCatalogDeps, client: InstanceClient) {
    this.#deps = deps
    this.#client = client
    // Only clients of the older era have sessions.
    this.#twins = client.session === undefined ? undefined : deps.twins?.ofSession(client.session)
  }

  #find(source: McpServerDefinition): WantedInstance {
    let found = this.#found.get(source.id)
    if (found?.source !== source) this.#found.set(source.id, (found = { source, wanted: findInstance(source, this.#client) }))
    return found.wanted
  }

  #missing(server: McpServerId, reason: string, upstream?: McpServerId): Part {
    const missing: MissingServer = { server, state: 'stopped', reason, nextAttemptAt: undefined, ...(upstream === undefined ? {} : { upstream }) }
    return { id: `${server} ${reason}`, missing }
  }

  #part(source: McpServerDefinition): Part {
    const { id: server } = source
    const wanted = this.#find(source)
    if (wanted.kind === 'missing-context') return this.#missing(server, describeMissingContext(wanted.names, this.#client))
    if (wanted.kind === 'refused') return this.#missing(server, `The request context cannot be used: ${wanted.reason}`)
    const facts = this.#deps.pool.facts(wanted.key)
    if (facts?.isRunning === true) return { id: `${wanted.key}@${facts.revision}`, catalog: facts.catalog, missing: facts.missing }
    const full = this.#deps.pool.full(source)
    if (facts?.catalog === undefined) return this.#missing(server, full ?? 'It starts when this client first asks for it.', wanted.key)
    const missing = full === undefined ? undefined : this.#missing(server, full, wanted.key).missing
    return { id: `${wanted.key}@${facts.revision} ${full ?? ''}`, catalog: facts.catalog, missing }
  }

  get current(): CatalogSnapshot {
    const { catalog, sources } = this.#deps
    const base = catalog.current
    const twins = this.#twinParts(base)
    if (sources().length === 0 && twins.length === 0) return base
    // A server that was just added may not be in the snapshot yet.
    const selected = new Set(base.configured.map(({ server }) => server))
    const mine = sources().filter(({ id }) => selected.has(id))
    if (mine.length === 0 && twins.length === 0) return base
    return combine(catalog, new Map([...mine.map((source) => [source.id, this.#part(source)] as const), ...twins]))
  }

  /** Only of servers that are listed themselves: their definitions are the ones that were approved. */
  #twinParts(base: CatalogSnapshot): readonly (readonly [McpServerId, Part])[] {
    const shown = this.#twins?.shown()
    if (!shown || shown.size === 0) return []
    return base.servers.flatMap(({ server }) => {
      const part = shown.get(server)
      return part ? [[server, part] as const] : []
    })
  }

  async contacted(filter: CatalogFilter): Promise<CatalogSnapshot> {
    const { catalog, pool, sources } = this.#deps
    if (this.#isClosed) return catalog.contacted(filter)
    let selected: ReadonlySet<McpServerId> | undefined
    const isSelected = (server: McpServerId): boolean => (selected ??= new Set(selectServers(catalog.current, filter).map((each) => each.server))).has(server)
    // A server’s era is known when it was contacted itself.
    const met = (server: McpServerId): Promise<unknown> => catalog.contacted({ servers: [server], tags: undefined, naming: 'original' })
    const twins = this.#twins?.contacted(isSelected, met)
    if (twins || sources().length > 0) {
      const waits = sources().filter(({ id }) => isSelected(id)).map((source) => {
        const wanted = this.#find(source)
        const acquired = wanted.kind === 'wanted' ? pool.acquire(wanted, source, this.#client.session, wanted.isOwn ? this.#client.askRoots : undefined) : undefined
        return acquired?.kind === 'ready' ? acquired.contacted : undefined
      })
      await Promise.all([catalog.contacted(filter), ...waits, twins])
      return this.current
    }
    await catalog.contacted(filter)
    return this.current
  }

  called(server: McpServerId, signal: AbortSignal): Promise<void> | undefined {
    return this.#isClosed ? undefined : this.#twins?.called(server, signal)
  }

  onChange(listener: (change: CatalogChange) => void): () => void {
    this.#listeners.add(listener)
    if (this.#unlisten.length === 0) this.#listen()
    return () => void this.#listeners.delete(listener)
  }

  #listen(): void {
    const { catalog, pool } = this.#deps
    this.#last = this.current
    this.#unlisten.push(
      // Without servers of its own a client sees just what everybody sees.
      catalog.onChange((change) => (this.#last === change.before && this.current === change.after ? this.#tell(change) : this.#compare())),
      ...(this.#twins ? [this.#twins.onChange(() => this.#compare())] : []),
      pool.onChange((key) => {
        if ([...this.#found.values()].some(({ wanted }) => wanted.kind === 'wanted' && wanted.key === key)) this.#compare()
      }),
    )
  }

  #compare(): void {
    const before = this.#last
    const after = this.current
    if (!before || before === after) return
    const change = compareSnapshots(before, after) ?? (isRedirected(before, after) ? { before, after, lists: new Map() } : undefined)
    if (change) return this.#tell(change)
    this.#last = after
  }

  #tell(change: CatalogChange): void {
    this.#last = change.after
    for (const listener of this.#listeners) listener(change)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    for (const stop of this.#unlisten) stop()
    this.#listeners.clear()
  }
}

export function createClientCatalog(deps: ClientCatalogDeps, client: InstanceClient): ClientCatalog {
  return new OwnCatalog(deps, client)
}
