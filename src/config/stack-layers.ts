import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { readDocumentLayer, type DocumentLayer } from './document-layer.ts'
import { environmentKey, readEnvironmentLayer } from './environment-layer.ts'
import { readFlagLayer } from './flag-layer.ts'
import { mergeTrees, readPath } from './json-tree.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigWarning, LoadConfigOptions } from './loaded-config.ts'
import { overlayLayer, readOverlay } from './read-overlay.ts'
import { replacePresets, type ReplacedPresets } from './replace-presets.ts'

const SWITCHED: ReadonlySet<string> = new Set(['mcpServers', 'mcpTemplates', 'providers'])

export interface LayerStack {
  readonly layers: readonly ConfigLayer[]
  readonly document: DocumentLayer | undefined
  /** The overlay’s `providers` when the document has none: they are about what was discovered. */
  readonly discoveredSwitches: JsonObject
  /** The overlay’s `mcpServers` when there is no document: they are about what is there without one. */
  readonly discoveredServers: JsonObject
  readonly overlay: ConfigLayer | undefined
  /** Of presets that the overlay has; others are the document's. */
  readonly presetOrigins: ReplacedPresets['origins']
  readonly warnings: readonly ConfigWarning[]
}

interface KeptSwitches {
  readonly layer: ConfigLayer
  readonly discovered: JsonObject
  readonly discoveredServers: JsonObject
  readonly warnings: readonly ConfigWarning[]
}

/** A switch for an entity that the document no longer has would make an entry out of nothing. */
function forgetStaleSwitches(overlay: ConfigLayer, document: JsonObject | undefined): KeptSwitches {
  const warnings: ConfigWarning[] = []
  const providers = overlay.value['providers']
  const isDiscovered = document?.['providers'] === undefined
  const servers = overlay.value['mcpServers']
  const sections = Object.entries(overlay.value).filter(([section]) => (section !== 'providers' || !isDiscovered) && (section !== 'mcpServers' || document !== undefined))
  const value = Object.fromEntries(
    sections.map(([section, entries]): [string, JsonValue | undefined] => {
      if (!SWITCHED.has(section) || !isJsonObject(entries)) return [section, entries]
      const kept = Object.entries(entries).filter(([id]) => readPath(document, [section, id]) !== undefined)
      for (const id of Object.keys(entries)) {
        if (kept.some(([known]) => known === id)) continue
        warnings.push({ ...overlay.place([section, id], 'key'), message: `The switch for \`${section}.${id}\` has no effect, because the document has no such entry.` })
      }
      return [section, Object.fromEntries(kept)]
    }),
  )
  return { layer: { ...overlay, value }, discovered: isDiscovered && isJsonObject(providers) ? providers : {}, discoveredServers: document === undefined && isJsonObject(servers) ? servers : {}, warnings }
}

interface ReadSwitches extends Partial<KeptSwitches> {
  readonly overlay: ConfigLayer | undefined
  readonly warnings: readonly ConfigWarning[]
}

/** The overlay's file, or what is asked for in its place. */
function readSwitches(dataDirectory: string, document: DocumentLayer | undefined, options: LoadConfigOptions): ReadSwitches {
  if (options.overlayValues) {
    const overlay = overlayLayer(dataDirectory, options.overlayValues)
    return { overlay, ...forgetStaleSwitches(overlay, document?.layer.value) }
  }
  const { layer: overlay, warnings } = readOverlay(dataDirectory, options.isReadOnly === true)
  if (!overlay) return { overlay, warnings }
  const kept = forgetStaleSwitches(overlay, document?.layer.value)
  return { overlay, ...kept, warnings: [...warnings, ...kept.warnings] }
}

/** Document, overlay, environment and flags, the later over the earlier. */
export function stackLayers(file: string | undefined, dataDirectory: string, options: LoadConfigOptions): LayerStack {
  const document = file === undefined ? undefined : readDocumentLayer(file, options)
  const switches = readSwitches(dataDirectory, document, options)
  const environment = readEnvironmentLayer(options.environment)
  const presets = replacePresets(document?.layer, switches.layer)
  return {
    document,
    presetOrigins: presets.origins,
    layers: [presets.document, presets.overlay, environment.layer, readFlagLayer(options.flags)].filter((layer) => layer !== undefined),
    discoveredSwitches: switches.discovered ?? {},
    discoveredServers: switches.discoveredServers ?? {},
    overlay: switches.overlay,
    warnings: [...(document?.warnings ?? []), ...switches.warnings, ...environment.warnings],
  }
}

/** One tree of all layers. */
export function mergeLayers(layers: readonly ConfigLayer[], options: LoadConfigOptions): JsonObject {
  const merged = layers.reduce<JsonValue>((below, { value }) => mergeTrees(below, value) ?? below, {}) as JsonObject
  const key = environmentKey(options.environment)
  if (key === undefined) return merged
  const keys = readPath(merged, ['auth', 'keys']) ?? []
  return Array.isArray(keys) ? (mergeTrees(merged, { auth: { keys: [...(keys as readonly JsonValue[]), key] } }) as JsonObject) : merged
}
