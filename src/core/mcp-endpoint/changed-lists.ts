import type { DisclosureMode } from '../../domain/disclosure-mode.ts'
import { changedKinds, type CapabilityKind, type CatalogChange, type CatalogFilter } from '../catalog/index.ts'
import { isToolListChanged } from '../disclosure/index.ts'

export const LIST_NAMES = ['tools', 'resources', 'prompts'] as const

export type ListName = (typeof LIST_NAMES)[number]

const LIST_OF: Readonly<Record<CapabilityKind, ListName>> = {
  tool: 'tools',
  resource: 'resources',
  'resource-template': 'resources',
  prompt: 'prompts',
}

/** The lists that a client of the filter and mode should ask for again. */
export function changedLists(change: CatalogChange, filter: CatalogFilter, mode: DisclosureMode): ReadonlySet<ListName> {
  const lists = new Set([...changedKinds(change, filter)].map((kind) => LIST_OF[kind]))
  if (mode === 'full') return lists
  lists.delete('tools')
  return isToolListChanged(change, filter, mode) ? lists.add('tools') : lists
}
