import type { CatalogEntry, CatalogView } from '../catalog/index.ts'

/** The tools of a view as a script names them: `tools.<server>.<tool>`, both identifiers. */
export interface ToolNames {
  /** Servers and their tools. */
  readonly names: Readonly<Record<string, readonly string[]>>
  /** By identifiers, or by the names that the tool and its server have elsewhere. */
  find(server: string, tool: string): CatalogEntry | undefined
  /** `calc.add`; undefined for a tool that the view does not list. */
  placeOf(entry: CatalogEntry): ToolPlace | undefined
}

export interface ToolPlace {
  readonly server: string
  readonly tool: string
}

/** Words that an object has of its own, or that make a promise of it. */
const TAKEN = new Set(['then', 'constructor', 'prototype', '__proto__', 'toJSON', 'toString', 'valueOf', 'inspect'])

function toIdentifier(name: string): string {
  const safe = name.replaceAll(/[^A-Za-z0-9_$]/g, '_') || '_'
  if (/^\d/.test(safe)) return `_${safe}`
  return TAKEN.has(safe) ? `${safe}_` : safe
}

/** One identifier for each name. Who is spelt like its identifier keeps it; of the others the first in the alphabet does. */
export function identify(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set(names.filter((name) => toIdentifier(name) === name))
  const found = new Map([...taken].map((name) => [name, name]))
  for (const name of [...new Set(names)].filter((one) => !taken.has(one)).toSorted()) {
    const wanted = toIdentifier(name)
    let free = wanted
    for (let number = 2; taken.has(free); number++) free = `${wanted}_${number}`
    taken.add(free)
    found.set(name, free)
  }
  return found
}

interface NamedServer {
  readonly identifier: string
  readonly entries: ReadonlyMap<string, CatalogEntry>
  readonly byOwnName: ReadonlyMap<string, CatalogEntry>
}

function nameServer(identifier: string, entries: readonly CatalogEntry[]): NamedServer {
  const identifiers = identify(entries.map(({ ownName }) => ownName))
  const named = entries.map((entry) => [identifiers.get(entry.ownName) ?? entry.ownName, entry] as const)
  return { identifier, entries: new Map(named), byOwnName: new Map(entries.map((entry) => [entry.ownName, entry])) }
}

const known = new WeakMap<CatalogView, ToolNames>()

/** Made once per view. */
export function nameTools(view: CatalogView): ToolNames {
  const found = known.get(view)
  if (found) return found
  const byServer = Map.groupBy(view.list('tool'), ({ route }) => route.server as string)
  const identifiers = identify([...byServer.keys()])
  const servers = [...byServer].map(([server, entries]) => [server, nameServer(identifiers.get(server) ?? server, entries)] as const)
  const byName = new Map<string, NamedServer>([...servers, ...servers.map(([, named]) => [named.identifier, named] as const)])
  const places = new Map(servers.flatMap(([, { identifier, entries }]) => [...entries].map(([tool, entry]) => [entry, { server: identifier, tool }] as const)))
  const names: ToolNames = {
    names: Object.fromEntries(servers.map(([, { identifier, entries }]) => [identifier, [...entries.keys()]])),
    find(server, tool) {
      const named = byName.get(server)
      return named?.entries.get(tool) ?? named?.byOwnName.get(tool)
    },
    placeOf: (entry) => places.get(entry),
  }
  known.set(view, names)
  return names
}
