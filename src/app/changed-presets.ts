import type { PresetDefinition } from '../domain/preset.ts'
import type { EntityChanges } from './entity-set.ts'
import { fingerprint } from './fingerprint.ts'

/** What a new configuration did to the presets, by their names. */
export function changedPresets(before: readonly PresetDefinition[], after: readonly PresetDefinition[]): EntityChanges {
  const old = new Map(before.map((preset) => [preset.name, fingerprint(preset)]))
  const now = new Map(after.map((preset) => [preset.name, fingerprint(preset)]))
  return {
    added: [...now.keys()].filter((name) => !old.has(name)),
    changed: [...now].filter(([name, print]) => old.has(name) && old.get(name) !== print).map(([name]) => name),
    removed: [...old.keys()].filter((name) => !now.has(name)),
  }
}
