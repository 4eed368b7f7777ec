import { leaves } from './json-tree.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigSource } from './loaded-config.ts'
import { writePath } from './position.ts'
import { settingKeys } from './setting-keys.ts'

const ENTITIES: ReadonlySet<string | number> = new Set(['mcpServers', 'mcpTemplates', 'providers', 'models', 'presets'])

/** Which layer each value came from; `mcpServers.files` stands for the whole entry, its members for themselves. */
export function traceSources(layers: readonly ConfigLayer[]): Map<string, ConfigSource> {
  const sources = new Map<string, ConfigSource>(settingKeys().map(({ path }) => [writePath(path), 'default']))
  for (const { source, value } of layers) {
    for (const { path } of leaves(value)) {
      if (path.length === 0) continue
      const [section, id] = path
      if (section !== undefined && id !== undefined && ENTITIES.has(section)) {
        const entity = writePath([section, id])
        if (!sources.has(entity)) sources.set(entity, source)
      }
      sources.set(writePath(path), source)
    }
  }
  return sources
}
