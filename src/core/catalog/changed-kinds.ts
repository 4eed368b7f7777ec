import { isDeepStrictEqual } from 'node:util'
import type { McpServerId } from '../../domain/ids.ts'
import { CAPABILITY_KINDS, type Capability, type CapabilityKind, type CatalogFilter, type CatalogSnapshot, type ServerCatalog } from './catalog.ts'
import { selectServers } from './select-servers.ts'

/** What differs between two snapshots, of which the later has just replaced the earlier. */
export interface CatalogChange {
  readonly before: CatalogSnapshot
  readonly after: CatalogSnapshot
  /** Servers whose own lists differ, one that came or went included. */
  readonly lists: ReadonlyMap<McpServerId, ReadonlySet<CapabilityKind>>
}

function sameCapability(a: Capability, b: Capability | undefined): boolean {
  return b !== undefined && a.definition === b.definition && a.ownName === b.ownName && a.isHidden === b.isHidden && a.changedAt?.getTime() === b.changedAt?.getTime()
}

function sameList(a: ServerCatalog['lists'][CapabilityKind] | undefined, b: typeof a): boolean {
  if (a === b) return true
  const [left, right] = [a?.capabilities ?? [], b?.capabilities ?? []]
  return left.length === right.length && left.every((capability, index) => sameCapability(capability, right[index]))
}

/** Tools that are held back are told of in lists. */
function heldTools(server: ServerCatalog | undefined): string {
  return JSON.stringify((server?.withheld ?? []).flatMap(({ capability, why }) => (why === 'held' ? [[capability.upstreamName, capability.changedAt]] : [])))
}

function changedLists(before: CatalogSnapshot, after: CatalogSnapshot): CatalogChange['lists'] {
  const old = new Map(before.servers.map((server) => [server.server, server]))
  const now = new Map(after.servers.map((server) => [server.server, server]))
  const changes = new Map<McpServerId, ReadonlySet<CapabilityKind>>()
  for (const server of new Set([...old.keys(), ...now.keys()])) {
    const kinds = CAPABILITY_KINDS.filter((kind) => !sameList(old.get(server)?.lists[kind], now.get(server)?.lists[kind]) || (kind === 'tool' && heldTools(old.get(server)) !== heldTools(now.get(server))))
    if (kinds.length > 0) changes.set(server, new Set(kinds))
  }
  return changes
}

/** Undefined when no view of one can differ from that of the other. */
export function compareSnapshots(before: CatalogSnapshot, after: CatalogSnapshot): CatalogChange | undefined {
  const lists = changedLists(before, after)
  const isSame = lists.size === 0 && isDeepStrictEqual(before.configured, after.configured) && isDeepStrictEqual(before.presets, after.presets)
  return isSame ? undefined : { before, after, lists }
}

function kindsOf(snapshot: CatalogSnapshot, server: string): readonly CapabilityKind[] {
  const lists = snapshot.servers.find((candidate) => candidate.server === server)?.lists
  return lists ? CAPABILITY_KINDS.filter((kind) => lists[kind].capabilities.length > 0) : []
}

/**
 * The kinds whose list a view of the filter shows differently now: because a server in it changed, or because its preset or
 * the tags of a server mean that another one is in it.
 */
export function changedKinds({ before, after, lists }: CatalogChange, filter: CatalogFilter): ReadonlySet<CapabilityKind> {
  const had = new Set(selectServers(before, filter).map(({ server }) => server))
  const has = new Set(selectServers(after, filter).map(({ server }) => server))
  const kinds = new Set<CapabilityKind>()
  for (const server of new Set([...had, ...has])) {
    const stayed = had.has(server) && has.has(server)
    const changed = stayed ? (lists.get(server) ?? []) : kindsOf(has.has(server) ? after : before, server)
    for (const kind of changed) kinds.add(kind)
  }
  return kinds
}
