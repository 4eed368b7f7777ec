import { dirname } from 'node:path'
import type { ProviderDefinition } from '../domain/provider.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { assembleConfig, documentProviders, type DisabledReasons } from './assemble-config.ts'
import { checkNamedModels } from './check-named-models.ts'
import { checkExposure, checkKeyNames, checkMcpoProfile, checkPresets, checkServerNames, checkSwitches, placeFindings, type PlaceOf } from './check-consistency.ts'
import { ConfigError, type ConfigIssue } from './config-error.ts'
import { findDataDirectory } from './data-directory.ts'
import { defineRoutes, type RouteFinding } from './define-routes.ts'
import { describeIssues } from './describe-issue.ts'
import { documentSchema, type DocumentValue } from './document-schema.ts'
import { environmentKey } from './environment-layer.ts'
import { environmentModels } from './environment-models.ts'
import { demoProvider, environmentProviders } from './environment-providers.ts'
import { findDocument } from './find-document.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { Unresolved } from './interpolate.ts'
import { mergeTrees, readPath } from './json-tree.ts'
import { knownKeys } from './known-keys.ts'
import { owningLayer, type ConfigLayer } from './layer.ts'
import type { ConfigSource, ConfigWarning, LoadConfigOptions, LoadedConfig } from './loaded-config.ts'
import { writePath } from './position.ts'
import { overlayPath } from './read-overlay.ts'
import { serverEntrySchema, type ServerEntry } from './server-entry-schema.ts'
import { mergeLayers, stackLayers, type LayerStack } from './stack-layers.ts'
import { switchDiscovered, type SwitchedProviders } from './switch-discovered.ts'
import { traceSources } from './trace-sources.ts'

const KINDS = { mcpServers: 'mcpServer', mcpTemplates: 'mcpServer', providers: 'provider' } as const

const isEntitySection = (section: unknown): section is keyof typeof KINDS => typeof section === 'string' && Object.hasOwn(KINDS, section)

function placeIn(layers: readonly ConfigLayer[]): PlaceOf {
  return (path, part) => owningLayer(layers, path)?.place(path, part) ?? { file: 'configuration', line: 0, column: 0 }
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
    if (!isEntitySection(section) || id === undefined) {
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

/** The server that is there without a document, as it was switched at run time. */
function demoServer(switches: JsonObject): Readonly<Record<string, ServerEntry>> {
  const switched = serverEntrySchema.safeParse({ ...(isJsonObject(switches['demo']) ? switches['demo'] : {}), builtin: 'demo' })
  return { demo: switched.success ? switched.data : serverEntrySchema.parse({ builtin: 'demo' }) }
}

function byPlace(a: ConfigIssue, b: ConfigIssue): number {
  return a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column
}

function parse(merged: JsonObject, layers: readonly ConfigLayer[], more: readonly ConfigIssue[]): DocumentValue {
  const parsed = documentSchema.safeParse(merged)
  const issues = parsed.success ? more : [...more, ...describeIssues(parsed.error.issues, layers, merged, knownKeys)]
  if (!parsed.success || issues.length > 0) throw new ConfigError(issues.toSorted(byPlace))
  return parsed.data
}

function addDiscovered(sources: Map<string, ConfigSource>, providers: readonly ProviderDefinition[], value: DocumentValue, hasDocument: boolean): void {
  if (!hasDocument) sources.set('mcpServers.demo', 'default')
  if (value.providers !== undefined) return
  for (const { id, kind } of providers) sources.set(`providers.${id}`, kind === 'demo' ? 'default' : 'environment')
}

/** What contradicts itself. With discovered providers a missing one depends on the machine, so it only costs its routes. */
function checkWhole(config: GatewayConfig, findings: readonly RouteFinding[], isDiscovered: boolean, place: PlaceOf): readonly ConfigIssue[] {
  const harmless = findings.filter(({ isAboutProvider }) => isDiscovered && isAboutProvider)
  const broken = findings.filter((finding) => !harmless.includes(finding))
  const issues = [...checkExposure(config, place), ...checkKeyNames(config, place), ...checkServerNames(config, place), ...placeFindings(broken, place)]
  if (issues.length > 0) throw new ConfigError(issues.toSorted(byPlace))
  return [...placeFindings(harmless, place), ...checkSwitches(config, place), ...checkPresets(config, place), ...checkMcpoProfile(config, place), ...checkNamedModels(config, place)]
}

/** Providers of the document, or those that were found. */
function chooseProviders(value: DocumentValue, disabled: DisabledReasons, { discoveredSwitches, overlay }: LayerStack, options: LoadConfigOptions): SwitchedProviders {
  const own = documentProviders(value, disabled)
  if (own) {
    const lists = Object.entries(value.providers ?? {}).flatMap(([id, { disabledModels }]) => (disabledModels ? [[id, disabledModels] as const] : []))
    return { providers: own, disabledModels: Object.fromEntries(lists), warnings: [] }
  }
  const fromEnvironment = environmentProviders(options.environment)
  const local = (options.localProviders ?? []).filter(({ id }) => !fromEnvironment.some((known) => known.id === id))
  return switchDiscovered([...fromEnvironment, demoProvider(), ...local], discoveredSwitches, overlay)
}

/** Servers and templates as people and tools wrote them. */
function writtenServers(layers: readonly ConfigLayer[]): JsonObject {
  const merged = layers.reduce<JsonValue>((below, { written }) => mergeTrees(below, written) ?? below, {}) as JsonObject
  const section = (name: string): JsonObject => (isJsonObject(merged[name]) ? merged[name] : {})
  return { ...section('mcpServers'), ...section('mcpTemplates') }
}

/**
 * Finds, reads, joins and checks all layers. Throws `ConfigError` with every issue at once; what costs a single
 * server or provider is a warning instead, and that entity is disabled with the reason.
 */
export function loadConfig(options: LoadConfigOptions): LoadedConfig {
  const search = findDocument(options)
  const data = findDataDirectory(options)
  const stack = stackLayers(search.file, data.path, options)
  const { layers, document } = stack
  const placeInLayers = placeIn(layers)
  const merged = mergeLayers(layers, options)
  const gaps = sortGaps([...(document?.unresolved ?? []), ...stack.unresolved], merged, placeInLayers)
  const value = parse(merged, layers, gaps.issues)
  const { providers, disabledModels, warnings: switchWarnings } = chooseProviders(value, gaps.disabled, stack, options)
  const more = environmentModels({ environment: options.environment, documentModels: Object.keys(value.models), providers })
  const place: PlaceOf = (path, part) => {
    const variable = path[0] === 'models' ? more.variableOf.get(String(path[1])) : undefined
    return variable === undefined ? placeInLayers(path, part) : { file: `environment ${variable}`, line: 0, column: 0 }
  }
  const routes = defineRoutes({ ...value.models, ...more.models }, providers.map(({ id }) => id))
  const config = assembleConfig(value, { dataDirectory: data.path, directory: search.file === undefined ? options.cwd : dirname(search.file), disabled: gaps.disabled, providers, routes, disabledModels, presetOrigins: stack.presetOrigins, extraServers: document || options.withoutDocument === true ? {} : demoServer(stack.discoveredServers) })
  const providersAreDiscovered = value.providers === undefined
  const notes = checkWhole(config, routes.findings, providersAreDiscovered, place)

  const sources = traceSources(layers)
  sources.set('dataDirectory', data.source)
  for (const name of more.variableOf.keys()) sources.set(writePath(['models', name]), 'environment')
  if (environmentKey(options.environment)) sources.set('auth.keys', sources.get('auth.keys') ?? 'environment')
  addDiscovered(sources, providers, value, document !== undefined || options.withoutDocument === true)
  return {
    config,
    file: search.file,
    format: document?.format ?? 'none',
    warnings: [...stack.warnings, ...gaps.warnings, ...switchWarnings, ...more.warnings, ...notes],
    sources,
    watchPaths: [...(search.file === undefined ? search.candidates : [search.file]), overlayPath(data.path), ...(document?.files ?? [])],
    providersAreDiscovered,
    writtenServers: writtenServers(layers),
  }
}
