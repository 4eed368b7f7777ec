import type { McpEra } from '../../domain/mcp-server.ts'
import { readItems, type JsonText } from '../../lib/json-text.ts'
import type { CatalogEntry, CatalogView, ListText } from '../catalog/index.ts'

const known = new WeakMap<ListText, ReadonlyMap<string, JsonText>>()

/** The definition of a tool exactly as a full list of the view shows it. */
export function visibleDefinition(view: CatalogView, era: McpEra, { exposedName, definition }: CatalogEntry): JsonText {
  const list = view.renderList('tool', era)
  let byName = known.get(list)
  if (!byName) {
    const items = readItems(list.body.slice(list.body.indexOf('[')) as JsonText)
    byName = new Map(view.list('tool').flatMap((entry, index) => {
      const item = items[index]
      return item === undefined ? [] : [[entry.exposedName, item] as const]
    }))
    known.set(list, byName)
  }
  return byName.get(exposedName) ?? definition
}
