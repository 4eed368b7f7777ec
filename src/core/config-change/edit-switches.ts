import type { PresetDefinition } from '../../domain/preset.ts'
import type { ProviderDefinition } from '../../domain/provider.ts'
import type { ModelSwitches } from '../../domain/route.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'

/** One switch to flip. */
export type SwitchChange =
  | { readonly kind: 'provider'; readonly provider: string; readonly isEnabled: boolean }
  | { readonly kind: 'model'; readonly provider: string; readonly model: string; readonly isEnabled: boolean }
  | { readonly kind: 'route'; readonly publicModel: string; readonly isEnabled: boolean }
  | { readonly kind: 'favourite'; readonly name: string; readonly isFavourite: boolean }
  /** The whole preset in the document's form; undefined takes it away. */
  | { readonly kind: 'preset'; readonly name: string; readonly entry: JsonObject | undefined }

/** What is in force, document and overlay together. */
export interface SettingsInForce {
  readonly providers: readonly Pick<ProviderDefinition, 'id' | 'enabled' | 'disabledReason'>[]
  readonly modelSwitches: ModelSwitches
  readonly presets: readonly Pick<PresetDefinition, 'name' | 'origin'>[]
}

function writeAt(object: JsonObject, [key, ...rest]: readonly string[], value: JsonValue): JsonObject {
  if (key === undefined) return object
  const below = Object.hasOwn(object, key) ? object[key] : undefined
  return { ...object, [key]: rest.length === 0 ? value : writeAt(isJsonObject(below) ? below : {}, rest, value) }
}

/** Undefined when the list says it already. */
function withMember(list: readonly string[], name: string, isMember: boolean): readonly string[] | undefined {
  if (list.includes(name) === isMember) return undefined
  return isMember ? [...list, name] : list.filter((each) => each !== name)
}

/** A preset of the document is taken away by `null`; one that only the overlay has just goes. */
function withoutPreset(overlay: JsonObject, name: string, presets: SettingsInForce['presets']): JsonObject {
  const preset = presets.find((candidate) => candidate.name === name)
  if (!preset) return overlay
  if (preset.origin !== 'overlay') return writeAt(overlay, ['presets', name], null)
  const kept = isJsonObject(overlay['presets']) ? overlay['presets'] : {}
  return { ...overlay, presets: Object.fromEntries(Object.entries(kept).filter(([key]) => key !== name)) }
}

function editOne(overlay: JsonObject, change: SwitchChange, { providers, modelSwitches, presets }: SettingsInForce): JsonObject {
  const set = (path: readonly string[], value: JsonValue | undefined): JsonObject => (value === undefined ? overlay : writeAt(overlay, path, value))
  switch (change.kind) {
    case 'provider': {
      const current = providers.find(({ id }) => id === change.provider)
      // One that lacks something is not enabled either, whatever its switch says.
      const isSame = current?.enabled === change.isEnabled && current.disabledReason === undefined
      return set(['providers', change.provider, 'enabled'], isSame ? undefined : change.isEnabled)
    }
    case 'model': {
      const off = modelSwitches.disabledModels[change.provider] ?? []
      return set(['providers', change.provider, 'disabledModels'], withMember(off, change.model, !change.isEnabled))
    }
    case 'route':
      return set(['disabledModels'], withMember(modelSwitches.disabledRoutes, change.publicModel, !change.isEnabled))
    case 'favourite':
      return set(['favourites'], withMember(modelSwitches.favourites, change.name, change.isFavourite))
    case 'preset':
      return change.entry ? writeAt(overlay, ['presets', change.name], change.entry) : withoutPreset(overlay, change.name, presets)
  }
}

/** The overlay after the changes, each about something else; the same object when all of them hold already. */
export function editSwitches(overlay: JsonObject, changes: readonly SwitchChange[], settings: SettingsInForce): JsonObject {
  return changes.reduce((edited, change) => editOne(edited, change, settings), overlay)
}
