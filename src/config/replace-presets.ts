import type { PresetDefinition } from '../domain/preset.ts'
import { isJsonObject, type JsonObject } from '../lib/json.ts'
import type { ConfigLayer } from './layer.ts'

export interface ReplacedPresets {
  readonly document: ConfigLayer | undefined
  readonly overlay: ConfigLayer | undefined
  readonly origins: ReadonlyMap<string, PresetDefinition['origin']>
}

function presetsOf(layer: ConfigLayer | undefined): JsonObject {
  const presets = layer?.value['presets']
  return isJsonObject(presets) ? presets : {}
}

function withPresets(layer: ConfigLayer | undefined, presets: JsonObject): ConfigLayer | undefined {
  return layer && { ...layer, value: { ...layer.value, presets } }
}

/**
 * A preset of the overlay replaces that of the document whole, since the members of two would contradict each other; `null`
 * takes it away. Every other part of the layers stays for the ordinary joining.
 */
export function replacePresets(document: ConfigLayer | undefined, overlay: ConfigLayer | undefined): ReplacedPresets {
  const [written, switched] = [presetsOf(document), presetsOf(overlay)]
  const names = Object.keys(switched)
  const origins = new Map<string, PresetDefinition['origin']>(names.map((name) => [name, Object.hasOwn(written, name) ? 'replaced' : 'overlay']))
  if (names.length === 0) return { document, overlay, origins }
  return {
    document: withPresets(document, Object.fromEntries(Object.entries(written).filter(([name]) => !Object.hasOwn(switched, name)))),
    overlay: withPresets(overlay, Object.fromEntries(Object.entries(switched).filter(([, preset]) => preset !== null))),
    origins,
  }
}
