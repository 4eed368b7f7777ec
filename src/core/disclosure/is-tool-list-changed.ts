import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { changedKinds, type CatalogChange, type CatalogFilter } from '../catalog/index.ts'
import { namedServers } from './meta-tools.ts'

/** Whether `tools/list` of a client shows something else now. In the modes that hide tools it is a server that comes or goes. */
export function isToolListChanged(change: CatalogChange, filter: CatalogFilter, mode: DisclosureMode): boolean {
  if (mode === 'full') return changedKinds(change, filter).has('tool')
  return namedServers(change.before, filter).join('\n') !== namedServers(change.after, filter).join('\n')
}
