import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { readDocumentLayer, type DocumentLayer } from './document-layer.ts'
import { environmentKey, readEnvironmentLayer } from './environment-layer.ts'
import { readFlagLayer } from './flag-layer.ts'
import { mergeTrees, readPath } from './json-tree.ts'
import type { ConfigLayer } from './layer.ts'
import type { ConfigWarning, LoadConfigOptions } from './loaded-config.ts'
import type { Unresolved } from './interpolate.ts'
import { overlayLayer, readOverlay } from './read-overlay.ts'
import { replacePresets, type ReplacedPresets } from './replace-presets.ts'
import { allowedVariables, resolveReferences } from './resolve-references.ts'

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
  /** Texts of the overlay that could not be completed. */
  readonly unresolved: readonly Unresolved[]
}

interface KeptSwitches {
  readonly layer: ConfigLayer
  readonly discovered: JsonObject
  readonly discoveredServers: JsonObject
  readonly warnings: readonly ConfigWarning[]
}

/** A server that was installed at run time: its whole entry is in the overlay. */
const isInstalled = (section: string, entry: JsonValue | undefined): boolean => section === 'mcpServers' && readPath(entry, ['origin', 'installedAt']) !== undefined

/** The switches of one section that are about something. */
function keepEntries(section: string, entries: JsonObject, overlay: ConfigLayer, document: JsonObject | undefined, warnings: ConfigWarning[]): JsonObject {
  const kept = Object.entries(entries).filter(([id, entry]) => {
    const isThere = readPath(document, [section, id]) !== undefined
    if (isThere !== isInstalled(section, entry)) return true
    const message = isThere ? `\`${section}.${id}\` is in the document now; what was installed under this name has no effect.` : `The switch for \`${section}.${id}\` has no effect, because the document has no such entry.`
    warnings.push({ ...overlay.place([section, id], 'key'), message })
    return false
  })
  return Object.fromEntries(kept)
}

/** Without a document the other switches of servers are about what is there without one. */
function installedOnly(section: string, entries: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(entries).filter(([, entry]) => isInstalled(section, entry)))
}

/** A switch for an entity that the document no longer has would make an entry out of nothing. */
function forgetStaleSwitches(overlay: ConfigLayer, document: JsonObject | undefined): KeptSwitches {
  const warnings: ConfigWarning[] = []
  const providers = overlay.value['providers']
  const isDiscovered = document?.['providers'] === undefined
  const servers = overlay.value['mcpServers']
  const sections = Object.entries(overlay.value).filter(([section]) => section !== 'providers' || !isDiscovered)
  const value = Object.fromEntries(
    sections.map(([section, entries]): [string, JsonValue | undefined] => {
      if (!SWITCHED.has(section) || !isJsonObject(entries)) return [section, entries]
      if (section === 'mcpServers' && document === undefined) return [section, installedOnly(section, entries)]
      return [section, keepEntries(section, entries, overlay, document, warnings)]
    }),
  )
  return { layer: { ...overlay, value }, discovered: isDiscovered && isJsonObject(providers) ? providers : {}, discoveredServers: document === undefined && isJsonObject(servers) ? servers : {}, warnings }
}

interface ReadSwitches extends Partial<KeptSwitches> {
  readonly overlay: ConfigLayer | undefined
  readonly warnings: readonly ConfigWarning[]
}

interface CompletedOverlay {
  readonly layer: ConfigLayer | undefined
  readonly unresolved: readonly Unresolved[]
}

function completeOverlay(layer: ConfigLayer | undefined, document: JsonObject | undefined, { environment }: LoadConfigOptions): CompletedOverlay {
  const servers = layer?.value['mcpServers']
  if (!layer || !isJsonObject(servers)) return { layer, unresolved: [] }
  const { value, unresolved } = resolveReferences(servers, { environment, allowed: allowedVariables(document) })
  return { layer: { ...layer, value: { ...layer.value, mcpServers: value }, written: layer.value }, unresolved }
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
  const completed = completeOverlay(switches.layer, document?.layer.value, options)
  const presets = replacePresets(document?.layer, completed.layer)
  return {
    document,
    presetOrigins: presets.origins,
    layers: [presets.document, presets.overlay, environment.layer, readFlagLayer(options.flags)].filter((layer) => layer !== undefined),
    discoveredSwitches: switches.discovered ?? {},
    discoveredServers: switches.discoveredServers ?? {},
    overlay: switches.overlay,
    unresolved: completed.unresolved,
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
