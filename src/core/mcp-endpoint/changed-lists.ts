import { selectsServer, type CapabilityKind, type CatalogChange, type CatalogFilter, type CatalogView } from '../catalog/index.ts'

export type ListName = 'tools' | 'resources' | 'prompts'

const LIST_OF: Readonly<Record<CapabilityKind, ListName>> = {
  tool: 'tools',
  resource: 'resources',
  'resource-template': 'resources',
  prompt: 'prompts',
}

/** The lists of a view that a change touches. A server that is gone counts when the filter would have selected it. */
export function changedLists(view: CatalogView, filter: CatalogFilter, changes: readonly CatalogChange[]): ReadonlySet<ListName> {
  const shown = new Set<string>(view.servers.map(({ server }) => server))
  const lists = new Set<ListName>()
  for (const { server, kinds } of changes) {
    if (!shown.has(server) && !selectsServer(filter, server)) continue
    for (const kind of kinds) lists.add(LIST_OF[kind])
  }
  return lists
}
