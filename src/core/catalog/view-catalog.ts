import type { McpServerId } from '../../domain/ids.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import type { Scope } from '../../domain/scope.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { sharePart, type SharedPart } from '../../lib/shared-text.ts'
import { createRecentlyUsed, type RecentlyUsed } from '../../lib/recently-used.ts'
import type { Principal } from '../identity/index.ts'
import type { Capability, CapabilityKind, CatalogEntry, CatalogFilter, CatalogSnapshot, MissingServer, Naming, ServerCatalog, WithheldTool } from './catalog.ts'
import { exposeNames } from './expose-names.ts'
import { LIST_METHODS } from './fetch-list.ts'
import { mergeCapabilities } from './merge-capabilities.ts'
import { mergeInstructions } from './merge-instructions.ts'
import { renderEntry } from './render-entry.ts'
import { createResourceRoutes, type ResourceRoutes } from './resource-routes.ts'
import { selectServers } from './select-servers.ts'
import { readHeaderParams, type HeaderParam } from './tool-header-params.ts'

/** What one principal may see and call. Listing and calling consult the same view; what is not in it cannot be reached. */
export interface CatalogView {
  readonly generation: number
  /** Set when the view is one server under its own names. */
  readonly single: McpServerId | undefined
  readonly naming: Naming
  readonly servers: readonly ServerCatalog[]
  readonly missing: readonly MissingServer[]
  list(kind: CapabilityKind): readonly CatalogEntry[]
  /** What may be called by this name, listed or hidden. */
  find(kind: CapabilityKind, exposedName: string): CatalogEntry | undefined
  /** The same by a server and the tool's name under it, whatever the naming. */
  findTool(server: string, ownName: string): CatalogEntry | undefined
  /** A tool that is there and may not be called. */
  withheld(exposedName: string): WithheldEntry | undefined
  withheldTool(server: string, ownName: string): WithheldEntry | undefined
  /** Where a resource URI leads: listed, expanded from a template, or told by its scheme. */
  resolveResource(uri: string): { readonly server: McpServerId; readonly uri: string } | undefined
  /** How a server's URI is shown to clients of this view. */
  exposeUri(server: McpServerId, uri: string): string
  capabilities(era: McpEra): JsonObject
  readonly instructions: string | undefined
  /** Parameters that a modern HTTP client mirrors into headers. */
  headerParams(tool: CatalogEntry): readonly HeaderParam[]
  /** The members of a list result without its braces, ready to be sent: rendered once per view and era. */
  renderList(kind: CapabilityKind, era: McpEra): ListText
}

/** A list as text: `"tools":[…]`, and what a modern client is told about keeping it. */
export interface ListText {
  readonly body: string
  /** The body again where it is long: it is sent without being copied. */
  readonly shared: SharedPart | undefined
  readonly freshUntil: number
  readonly cacheScope: 'public' | 'private'
  /** The value of `_meta["trunkline/missing"]`, when a server's lists are missing or not fresh. */
  readonly missing: JsonText | undefined
  /** The value of `_meta["trunkline/changed"]`, when definitions of tools are not the approved ones. */
  readonly changed: JsonText | undefined
}

/** A tool that nobody may call, and why. */
export interface WithheldEntry {
  readonly entry: CatalogEntry
  readonly why: WithheldTool['why']
}

interface KnownViews {
  /** By what was asked for. */
  readonly byFilter: RecentlyUsed<CatalogView>
  /** By what that means, so that a thousand spellings of one selection render its lists once. */
  readonly byMeaning: RecentlyUsed<CatalogView>
  /** The scopes by which principals see different tools. */
  readonly telling: readonly Scope[]
}

/** Clients choose filters, so what is kept for them is bounded. */
const MOST_FILTERS = 1024
const MOST_VIEWS = 64

/** Characters from which a list is kept as bytes, too: below, copying it costs less than keeping it apart. */
const SHARED_FROM = 16_384

const views = new WeakMap<CatalogSnapshot, KnownViews>()

function tellingScopes({ servers }: CatalogSnapshot): readonly Scope[] {
  return [...new Set(servers.flatMap(({ lists, withheld = [] }) => [...lists.tool.capabilities, ...withheld.map(({ capability }) => capability)]).flatMap(({ needs }) => needs ?? []))]
}

/** A view is a pure function of its arguments and remembered with its snapshot. Principals with the same rights have the same one. */
export function viewCatalog(snapshot: CatalogSnapshot, principal: Principal, filter: CatalogFilter): CatalogView {
  let known = views.get(snapshot)
  if (!known) views.set(snapshot, (known = { byFilter: createRecentlyUsed(MOST_FILTERS), byMeaning: createRecentlyUsed(MOST_VIEWS), telling: tellingScopes(snapshot) }))
  const { byFilter, byMeaning, telling } = known
  const scopes = telling.filter((scope) => principal.scopes.has(scope))
  return byFilter.get(JSON.stringify([filter.servers, filter.tags ?? null, filter.preset ?? null, filter.naming, scopes]), () => {
    const selected = selectServers(snapshot, filter).map(({ server }) => server)
    const only = filter.naming === 'original' && filter.servers !== 'all' ? filter.servers[0] : undefined
    const meaning: ViewMeaning = { selected, naming: filter.naming, only, scopes }
    return byMeaning.get(JSON.stringify(meaning), () => buildView(snapshot, meaning))
  })
}

/** All that a view depends on beside its snapshot. */
interface ViewMeaning {
  readonly selected: readonly McpServerId[]
  readonly naming: Naming
  readonly only: McpServerId | undefined
  readonly scopes: readonly Scope[]
}

/** @see revision 2026-07-28: HTTP clients must drop a tool with an invalid annotation. Other servers lose the annotation instead. */
function isUsable(kind: CapabilityKind, definition: JsonText, { facts }: ServerCatalog): boolean {
  if (kind !== 'tool' || facts.era !== 'modern' || !facts.overHttp) return true
  return readHeaderParams(definition).kind === 'valid'
}

/** An entry with the reason why it is withheld, if it is. */
interface NamedEntry {
  readonly entry: CatalogEntry
  readonly why: WithheldTool['why'] | undefined
}

interface FoundCapability {
  readonly capability: Capability
  readonly server: ServerCatalog
  readonly why: WithheldTool['why'] | undefined
}

function findCapabilities(kind: CapabilityKind, server: ServerCatalog): readonly FoundCapability[] {
  const withheld = kind === 'tool' ? (server.withheld ?? []) : []
  const all = [...server.lists[kind].capabilities.map((capability) => ({ capability, why: undefined })), ...withheld]
  return all.filter(({ capability }) => isUsable(kind, capability.definition, server)).map((each) => ({ ...each, server }))
}

/** Withheld ones keep their names for themselves: nobody else's tool takes the place of one that was switched off or held back. */
function nameEntries(kind: CapabilityKind, servers: readonly ServerCatalog[], { naming, scopes }: Pick<ViewMeaning, 'naming' | 'scopes'>, resources: ResourceRoutes | undefined): readonly NamedEntry[] {
  const found = servers.flatMap((server) => findCapabilities(kind, server))
  const owners = found.map(({ capability, server }) => ({ server: server.server, upstreamName: capability.ownName ?? capability.upstreamName }))
  const isResource = kind === 'resource' || kind === 'resource-template'
  const names = isResource
    ? owners.map(({ server, upstreamName }) => resources?.expose(server, upstreamName) ?? upstreamName)
    : exposeNames(owners, naming)
  const entries = found.map(({ capability, server, why }, index) => ({ why, entry: enter(capability, server, names[index] ?? capability.upstreamName) }))
  // After the names are given, so that one tool has the same name for everybody.
  return entries.filter(({ entry: { needs } }) => needs === undefined || scopes.includes(needs))
}

/** By capability and exposed name: a snapshot in which one server changed keeps the entries, and so the texts, of all others. */
const entered = new WeakMap<Capability, Map<string, { readonly server: ServerCatalog; readonly entry: CatalogEntry }>>()

/** All of a server that an entry and its texts depend on. */
const isSameFor = (one: ServerCatalog, other: ServerCatalog): boolean =>
  one.server === other.server && one.tags === other.tags && one.facts.era === other.facts.era && one.facts.capabilities === other.facts.capabilities

function enter(capability: Capability, server: ServerCatalog, exposedName: string): CatalogEntry {
  let byName = entered.get(capability)
  if (!byName) entered.set(capability, (byName = new Map()))
  const known = byName.get(exposedName)
  if (known && isSameFor(known.server, server)) return known.entry
  const entry: CatalogEntry = {
    ...capability,
    ownName: capability.ownName ?? capability.upstreamName,
    exposedName,
    route: { server: server.server, upstreamName: capability.upstreamName },
    tags: server.tags,
  }
  byName.set(exposedName, { server, entry })
  return entry
}

function once<Key, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const made = new Map<Key, Value>()
  return (key) => {
    const existing = made.get(key)
    if (existing !== undefined) return existing
    const value = make(key)
    made.set(key, value)
    return value
  }
}

function describeMissing({ server, state, reason, nextAttemptAt }: MissingServer): JsonObject {
  return { server, state, reason, ...(nextAttemptAt ? { nextAttemptAt: nextAttemptAt.toISOString() } : {}) }
}

/** Tools that clients see or saw under another definition; null for none. Hidden and disabled ones stay unsaid. */
function describeChanged(named: readonly NamedEntry[]): JsonText | null {
  const changed = named.flatMap(({ entry: { exposedName, route, changedAt, isHidden }, why }) =>
    changedAt === undefined || isHidden === true || why === 'disabled' ? [] : [{ name: exposedName, server: route.server, since: changedAt.toISOString(), held: why === 'held' }],
  )
  return changed.length === 0 ? null : toJsonText(changed)
}

function buildView(snapshot: CatalogSnapshot, { selected: order, naming, only, scopes }: ViewMeaning): CatalogView {
  const selected = new Set(order)
  const servers = snapshot.servers.filter(({ server }) => selected.has(server))
  const missing = snapshot.missing.filter(({ server }) => selected.has(server))
  const single = only !== undefined && selected.has(only) ? only : undefined
  const byId = new Map(servers.map((server) => [server.server, server]))
  const resources = single === undefined ? createResourceRoutes(servers) : undefined
  const named = once((kind: CapabilityKind) => nameEntries(kind, servers, { naming, scopes }, resources))
  const callable = once((kind: CapabilityKind) => named(kind).flatMap(({ entry, why }) => (why === undefined ? [entry] : [])))
  const entries = once((kind: CapabilityKind) => callable(kind).filter(({ isHidden }) => isHidden !== true))
  const index = once((kind: CapabilityKind) => new Map(callable(kind).map((entry) => [entry.exposedName, entry])))
  const byOwnName = once((_kind: 'tool') => new Map(callable('tool').map((entry) => [JSON.stringify([entry.route.server, entry.ownName]), entry])))
  const withheld = once((_kind: 'tool') => new Map(named('tool').flatMap(({ entry, why }) => (why === undefined ? [] : [[entry.exposedName, { entry, why }] as const]))))
  const changedText = once((_kind: 'tool') => describeChanged(named('tool')))
  const missingText = missing.length === 0 ? undefined : toJsonText(missing.map(describeMissing))

  function render(kind: CapabilityKind, era: McpEra): ListText {
    const items = entries(kind).flatMap((entry) => {
      const server = byId.get(entry.route.server)
      const expose = resources && ((uri: string) => resources.expose(entry.route.server, uri))
      return server ? [renderEntry(entry, server, era, expose)] : []
    })
    const lists = servers.map((server) => server.lists[kind])
    const body = `"${LIST_METHODS[kind].member}":[${items.join(',')}]`
    return {
      body,
      shared: body.length < SHARED_FROM ? undefined : sharePart(body),
      freshUntil: lists.length === 0 ? 0 : Math.min(...lists.map(({ freshUntil }) => freshUntil)),
      cacheScope: lists.length > 0 && lists.every(({ cacheScope }) => cacheScope === 'public') ? 'public' : 'private',
      missing: missingText,
      changed: kind === 'tool' ? (changedText('tool') ?? undefined) : undefined,
    }
  }
  const legacy = once((kind: CapabilityKind) => render(kind, 'legacy'))
  const modern = once((kind: CapabilityKind) => render(kind, 'modern'))
  const headerParams = once((tool: CatalogEntry) => {
    const read = readHeaderParams(tool.definition)
    return read.kind === 'valid' ? read.params : []
  })

  return {
    generation: snapshot.generation,
    single,
    naming,
    servers,
    missing,
    list: entries,
    find: (kind, exposedName) => index(kind).get(exposedName),
    findTool: (server, ownName) => byOwnName('tool').get(JSON.stringify([server, ownName])),
    withheld: (exposedName) => withheld('tool').get(exposedName),
    withheldTool: (server, ownName) => [...withheld('tool').values()].find(({ entry }) => entry.route.server === server && entry.ownName === ownName),
    resolveResource: (uri) => (resources ? resources.resolve(uri) : single && { server: single, uri }),
    exposeUri: (server, uri) => resources?.expose(server, uri) ?? uri,
    capabilities: (era) => mergeCapabilities(servers, single !== undefined, era),
    instructions: mergeInstructions(servers, missing, single !== undefined, snapshot.instructions),
    headerParams,
    renderList: (kind, era) => (era === 'modern' ? modern(kind) : legacy(kind)),
  }
}
