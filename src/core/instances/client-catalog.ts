import type { McpServerId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { createRecentlyUsed, type RecentlyUsed } from '../../lib/recently-used.ts'
import { compareSnapshots, selectServers, type Catalog, type CatalogChange, type CatalogFilter, type CatalogSnapshot, type MissingServer, type ServerCatalog } from '../catalog/index.ts'
import { describeMissingContext, findInstance, type WantedInstance } from './find-instance.ts'
import type { InstanceClient } from './instance-client.ts'
import type { InstancePool } from './instance-pool.ts'

/**
 * The catalog as one client has it: what is there for everybody, and of the other servers the client’s own instances. Only
 * `contacted` makes instances, and only of servers that the filter selects.
 */
export interface ClientCatalog extends Disposable, Pick<Catalog, 'current'> {
  contacted(filter: CatalogFilter): Promise<CatalogSnapshot>
  /** Only told of what this client may see. Returns a function that stops listening. */
  onChange(listener: (change: CatalogChange) => void): () => void
}

export interface ClientCatalogDeps {
  readonly catalog: Catalog
  readonly pool: InstancePool
  readonly sources: () => readonly McpServerDefinition[]
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

class OwnCatalog implements ClientCatalog {
  readonly #deps: ClientCatalogDeps
  readonly #client: InstanceClient
  readonly #found = new Map<McpServerId, { readonly source: McpServerDefinition; readonly wanted: WantedInstance }>()
  readonly #listeners = new Set<(change: CatalogChange) => void>()
  readonly #unlisten: (() => void)[] = []
  #last: CatalogSnapshot | undefined
  #isClosed = false

  constructor(deps: ClientCatalogDeps, client: InstanceClient) {
    this.#deps = deps
    this.#client = client
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
    if (sources().length === 0) return base
    // A server that was just added may not be in the snapshot yet.
    const selected = new Set(base.configured.map(({ server }) => server))
    const mine = sources().filter(({ id }) => selected.has(id))
    if (mine.length === 0) return base
    return combine(catalog, new Map(mine.map((source) => [source.id, this.#part(source)])))
  }

  async contacted(filter: CatalogFilter): Promise<CatalogSnapshot> {
    const { catalog, pool, sources } = this.#deps
    if (sources().length > 0 && !this.#isClosed) {
      const selected = new Set(selectServers(catalog.current, filter).map(({ server }) => server))
      const waits = sources().filter(({ id }) => selected.has(id)).map((source) => {
        const wanted = this.#find(source)
        const acquired = wanted.kind === 'wanted' ? pool.acquire(wanted, source, this.#client.session, wanted.isOwn ? this.#client.askRoots : undefined) : undefined
        return acquired?.kind === 'ready' ? acquired.contacted : undefined
      })
      await Promise.all([catalog.contacted(filter), ...waits])
      return this.current
    }
    await catalog.contacted(filter)
    return this.current
  }

  onChange(listener: (change: CatalogChange) => void): () => void {
    this.#listeners.add(listener)
    if (this.#unlisten.length === 0) this.#listen()
    return () => void this.#listeners.delete(listener)
  }

  #listen(): void {
    const { catalog, pool, sources } = this.#deps
    this.#last = this.current
    this.#unlisten.push(
      // Without servers of its own a client sees just what everybody sees.
      catalog.onChange((change) => (sources().length === 0 && this.#last === change.before ? this.#tell(change) : this.#compare())),
      pool.onChange((key) => {
        if ([...this.#found.values()].some(({ wanted }) => wanted.kind === 'wanted' && wanted.key === key)) this.#compare()
      }),
    )
  }

  #compare(): void {
    const before = this.#last
    const after = this.current
    if (!before || before === after) return
    const change = compareSnapshots(before, after)
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
