import type { CatalogFilter, ConfiguredServer } from './catalog.ts'
import { matchesTags } from './matches-tags.ts'

/** The servers that a filter selects, in the order of the configuration. */
export function selectServers<Server extends ConfiguredServer>(servers: readonly Server[], filter: CatalogFilter): readonly Server[] {
  const { tags } = filter
  const wanted = filter.servers === 'all' ? undefined : new Set<string>(filter.servers)
  return servers.filter((candidate) => (!wanted || wanted.has(candidate.server)) && (!tags || matchesTags(tags, candidate.tags)))
}

/** Whether a filter may mean a server whose tags are not known any more: it was just removed. */
export function selectsServer(filter: CatalogFilter, server: string): boolean {
  return filter.servers === 'all' || (filter.servers as readonly string[]).includes(server)
}
