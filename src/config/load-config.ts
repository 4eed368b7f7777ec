import type { McpServerDefinition } from '../domain/mcp-server.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { assembleConfig } from './assemble-config.ts'
import { checkExposure, checkKeyNames, checkTargets, type PlaceOf } from './check-consistency.ts'
import { ConfigError, type ConfigIssue } from './config-error.ts'
import { findDataDirectory } from './data-directory.ts'
import { defineServer } from './define-server.ts'
import { describeIssues } from './describe-issue.ts'
import { readDocumentLayer, type DocumentLayer } from './document-layer.ts'
import { documentSchema, type DocumentValue } from './document-schema.ts'
import { environmentKey, readEnvironmentLayer } from './environment-layer.ts'
import { demoProvider, environmentProviders } from './environment-providers.ts'
import { findDocument } from './find-document.ts'
import { readFlagLayer } from './flag-layer.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { Unresolved } from './interpolate.ts'
import { mergeTrees, readPath } from './json-tree.ts'
import { knownKeys } from './known-keys.ts'
import { owningLayer, type ConfigLayer } from './layer.ts'
import type { ConfigSource, ConfigWarning, LoadConfigOptions, LoadedConfig } from './loaded-config.ts'
import { overlayPath, readOverlay } from './read-overlay.ts'
import { serverEntrySchema } from './server-entry-schema.ts'
import { traceSources } from './trace-sources.ts'

const KINDS = { mcpServers: 'mcpServer', providers: 'provider' } as const

function placeIn(layers: readonly ConfigLayer[]): PlaceOf {
  return (path, part) => owningLayer(layers, path)?.place(path, part) ?? { file: 'configuration', line: 0, column: 0 }
}

/** A switch for an entity that the document no longer has would make an entry out of nothing. */
function forgetStaleSwitches(overlay: ConfigLayer, document: JsonValue | undefined): { layer: ConfigLayer; warnings: readonly ConfigWarning[] } {
  const warnings: ConfigWarning[] = []
  const value = Object.fromEntries(
    Object.entries(overlay.value).map(([section, entries]) => {
      if (!(section in KINDS) || !isJsonObject(entries)) return [section, entries]
      const kept = Object.entries(entries).filter(([id]) => readPath(document, [section, id]) !== undefined)
      for (const id of Object.keys(entries)) {
        if (kept.some(([known]) => known === id)) continue
        warnings.push({ ...overlay.place([section, id], 'key'), message: `The switch for \`${section}.${id}\` has no effect, because the document has no such entry.` })
      }
      return [section, Object.fromEntries(kept)]
    }),
  ) as JsonObject
  return { layer: { ...overlay, value }, warnings }
}

interface Stack {
  readonly layers: readonly ConfigLayer[]
  readonly document: DocumentLayer | undefined
  readonly warnings: readonly ConfigWarning[]
}

function stackLayers(file: string | undefined, dataDirectory: string, options: LoadConfigOptions): Stack {
  const document = file === undefined ? undefined : readDocumentLayer(file, options)
  const overlay = readOverlay(dataDirectory, options.isReadOnly === true)
  const switches = overlay.layer && forgetStaleSwitches(overlay.layer, document?.layer.value)
  const environment = readEnvironmentLayer(options.environment)
  return {
    document,
    layers: [document?.layer, switches?.layer, environment.layer, readFlagLayer(options.flags)].filter((layer) => layer !== undefined),
    warnings: [...(document?.warnings ?? []), ...overlay.warnings, ...(switches?.warnings ?? []), ...environment.warnings],
  }
}

function mergeLayers(layers: readonly ConfigLayer[], options: LoadConfigOptions): JsonObject {
  const merged = layers.reduce<JsonValue>((below, { value }) => mergeTrees(below, value) ?? below, {}) as JsonObject
  const key = environmentKey(options.environment)
  if (key === undefined) return merged
  const keys = readPath(merged, ['auth', 'keys']) ?? []
  return Array.isArray(keys) ? (mergeTrees(merged, { auth: { keys: [...(keys as readonly JsonValue[]), key] } }) as JsonObject) : merged
}

interface Gaps {
  readonly issues: readonly ConfigIssue[]
  readonly warnings: readonly ConfigWarning[]
  readonly disabled: ReadonlyMap<string, string>
}

const isSwitchedOff = (enabled: JsonValue | undefined): boolean => enabled === false || enabled === 'false'

/** A gap in a server or a provider costs that entity; anywhere else it would leave the gateway other than it was meant. */
function sortGaps(unresolved: readonly Unresolved[], merged: JsonObject, place: PlaceOf): Gaps {
  const issues: ConfigIssue[] = []
  const warnings: ConfigWarning[] = []
  const disabled = new Map<string, string>()
  for (const { path, message, hint } of unresolved) {
    const [section, id] = path
    const issue = { ...place(path, 'value'), message, hint }
    if ((section !== 'mcpServers' && section !== 'providers') || id === undefined) {
      issues.push(issue)
      continue
    }
    if (isSwitchedOff(readPath(merged, [section, id, 'enabled']))) continue
    const entity = `${section}.${id}`
    disabled.set(entity, disabled.get(entity) ?? message)
    warnings.push({ ...issue, message: `\`${entity}\` is disabled: ${message}`, disables: { kind: KINDS[section], id: String(id) } })
  }
  return { issues, warnings, disabled }
}

const demoServer = (): McpServerDefinition => defineServer('demo', serverEntrySchema.parse({ builtin: 'demo' }), undefined)

function byPlace(a: ConfigIssue, b: ConfigIssue): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column
}

function parse(merged: JsonObject, layers: readonly ConfigLayer[], more: readonly ConfigIssue[]): DocumentValue {
  const parsed = documentSchema.safeParse(merged)
  const issues = parsed.success ? more : [...more, ...describeIssues(parsed.error.issues, layers, merged, knownKeys)]
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues.toSorted(byPlace))
  return parsed.data
}

function addDiscovered(sources: Map<string, ConfigSource>, fromEnvironment: readonly string[], value: DocumentValue, hasDocument: boolean): void {
  if (!hasDocument) sources.set('mcpServers.demo', 'default')
  if (value.providers !== undefined) return
  for (const id of fromEnvironment) sources.set(`providers.${id}`, 'environment')
  sources.set('providers.demo', 'default')
}

/** What contradicts itself. With discovered providers a missing one depends on the machine, so it only costs its routes. */
function checkWhole(config: GatewayConfig, targets: ReadonlyMap<string, ConfigIssue>, isDiscovered: boolean, place: PlaceOf): void {
  const issues = [...checkExposure(config, place), ...checkKeyNames(config, place), ...(isDiscovered ? [] : targets.values())]
  if (issues.length > 0) throw new ConfigError(issues.toSorted(byPlace))
}

/**
 * Finds, reads, joins and checks all layers. Throws `ConfigError` with every issue at once; what costs a single
 * server or provider is a warning instead, and that entity is disabled with the reason.
 */
export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  const search = findDocument(options)
  const data = findDataDirectory(options)
  const { layers, document, warnings } = stackLayers(search.file, data.path, options)
  const place = placeIn(layers)
  const merged = mergeLayers(layers, options)
  const gaps = sortGaps(document?.unresolved ?? [], merged, place)
  const value = parse(merged, layers, gaps.issues)
  const fromEnvironment = environmentProviders(options.environment)
  const complete = assembleConfig(value, {
    dataDirectory: data.path,
    disabled: gaps.disabled,
    discoveredProviders: [...fromEnvironment, demoProvider()],
    extraServers: document ? [] : [demoServer()],
  })
  const providersAreDiscovered = value.providers === undefined
  const targets = checkTargets(complete, place)
  checkWhole(complete, targets, providersAreDiscovered, place)

  const sources = traceSources(layers)
  sources.set('dataDirectory', data.source)
  if (environmentKey(options.environment)) sources.set('auth.keys', sources.get('auth.keys') ?? 'environment')
  addDiscovered(sources, fromEnvironment.map(({ id }) => id), value, document !== undefined)
  return {
    config: { ...complete, models: complete.models.filter(({ publicModel }) => !targets.has(publicModel)) },
    file: search.file,
    format: document?.format ?? 'none',
    warnings: [...warnings, ...gaps.warnings, ...targets.values()],
    sources,
    watchPaths: [...(search.file === undefined ? search.candidates : [search.file]), overlayPath(data.path), ...(document?.files ?? [])],
    providersAreDiscovered,
  }
}
