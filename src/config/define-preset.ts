import type { McpServerId } from '../domain/ids.ts'
import { parseTagFilter } from '../domain/parse-tag-filter.ts'
import type { PresetDefinition, PresetSelection } from '../domain/preset.ts'
import type { PresetEntry } from './preset-entry-schema.ts'

/** Takes an entry that its schema has passed. */
function defineSelection({ filter = '', tags, servers }: PresetEntry): PresetSelection {
  if (tags) return { kind: 'tags', tags }
  if (servers) return { kind: 'servers', servers: servers as readonly string[] as readonly McpServerId[] }
  const parsed = parseTagFilter(filter)
  if (parsed.kind === 'valid') return { kind: 'filter', text: filter, expression: parsed.expression }
  throw new Error('a preset without a selection passed its schema')
}

export function definePreset(name: string, entry: PresetEntry, origin: PresetDefinition['origin']): PresetDefinition {
  return { name, description: entry.description, selection: defineSelection(entry), origin }
}
