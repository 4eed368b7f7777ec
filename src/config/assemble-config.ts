import type { PresetDefinition } from '../domain/preset.ts'
import type { ProviderDefinition } from '../domain/provider.ts'
import { Secret } from '../domain/secret.ts'
import { chatConfig } from './chat-config.ts'
import { definePreset } from './define-preset.ts'
import { defineProvider } from './define-provider.ts'
import { defineServer } from './define-server.ts'
import { defineServerSettings } from './define-server-settings.ts'
import { defineTemplate } from './define-template.ts'
import type { DefinedRoutes } from './define-routes.ts'
import type { DocumentValue } from './document-schema.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { ProviderEntry } from './provider-entry-schema.ts'
import type { ServerEntry } from './server-entry-schema.ts'

export interface AssembleOptions {
  readonly dataDirectory: string
  /** What relative files are named from: the folder of the document. */
  readonly directory: string
  readonly providers: readonly ProviderDefinition[]
  readonly routes: DefinedRoutes
  /** By provider. */
  readonly disabledModels: Readonly<Record<string, readonly string[]>>
  /** Used beside those of the document. */
  readonly extraServers: Readonly<Record<string, ServerEntry>>
  readonly disabled: DisabledReasons
  /** Which file each preset is from. */
  readonly presetOrigins: ReadonlyMap<string, PresetDefinition['origin']>
}

/** Why an entity cannot be used, by `mcpServers.<id>`, `mcpTemplates.<id>` and `providers.<id>`. */
export type DisabledReasons = ReadonlyMap<string, string>

/** The document’s providers; undefined when it has no such section. */
export function documentProviders({ providers }: DocumentValue, disabled: DisabledReasons): readonly ProviderDefinition[] | undefined {
  return providers && Object.entries(providers).map(([id, entry]) => defineProvider(id, entry as ProviderEntry, disabled.get(`providers.${id}`)))
}

function serverSettings({ server }: DocumentValue): GatewayConfig['server'] {
  const { limits, drainTimeout, ...rest } = server
  const { headersTimeout, bodyIdleTimeout, ...sizes } = limits
  return { ...rest, drainTimeoutMs: drainTimeout, limits: { ...sizes, headersTimeoutMs: headersTimeout, bodyIdleTimeoutMs: bodyIdleTimeout } }
}

/** Of one message between a script and the gateway: no server’s result is larger by default. */
const SCRIPT_MESSAGE_BYTES = 16 * 1024 * 1024

function codeSettings({ sandbox, timeout, memory, output, maxCalls, parallelCalls, maxScripts }: DocumentValue['mcp']['code']): GatewayConfig['mcp']['code'] {
  return { sandbox, timeoutMs: timeout, memoryBytes: memory, outputBytes: output, messageBytes: SCRIPT_MESSAGE_BYTES, calls: maxCalls, parallelCalls, processes: maxScripts }
}

function mcpSettings({ mcp: { sessionIdle, listWait, audit, instructions, search, code, ...rest } }: DocumentValue): GatewayConfig['mcp'] {
  const { retention, ...kept } = audit
  const { template, ...told } = instructions
  return { ...rest, search: { embedding: search.embedding }, code: codeSettings(code), sessionIdleMs: sessionIdle, listWaitMs: listWait, audit: { ...kept, retentionMs: retention }, instructions: { ...told, template } }
}

function openapiSettings({ openapi: { prefix, mcpoProfile, mcpo } }: DocumentValue): GatewayConfig['openapi'] {
  return { prefix, mcpo: mcpoProfile ? { ...mcpo, server: mcpo.server === '' ? undefined : mcpo.server } : undefined }
}

function runSettings({ runs: { toolTimeout, maxDuration, models, keys, ...limits } }: DocumentValue): GatewayConfig['runs'] {
  return { limits: { ...limits, maxCostUsd: limits.maxCostUsd, toolTimeoutMs: toolTimeout, maxDurationMs: maxDuration }, models, keys }
}

/** The checked document in the form that the rooms read. */
export function assembleConfig(document: DocumentValue, options: AssembleOptions): GatewayConfig {
  const { disabled, routes } = options
  const entries = { ...document.mcpServers, ...options.extraServers }
  const servers = Object.entries(entries).map(([id, entry]) => defineServer(id, entry, disabled.get(`mcpServers.${id}`), options.directory))
  const templates = Object.entries(document.mcpTemplates).map(([id, entry]) => defineTemplate(id, entry, disabled.get(`mcpTemplates.${id}`)))
  return {
    server: serverSettings(document),
    auth: { keys: document.auth.keys.map(({ name, key, scopes }) => ({ name, key: new Secret(key), scopes })) },
    mcp: mcpSettings(document),
    mcpServers: [...servers, ...templates],
    serverSettings: [...Object.entries(entries), ...Object.entries(document.mcpTemplates)].map(([id, entry]) => defineServerSettings(id, entry, document.mcp.pinning)),
    presets: Object.entries(document.presets).map(([name, entry]) => definePreset(name, entry, options.presetOrigins.get(name) ?? 'document')),
    providers: options.providers,
    models: routes.routes,
    modelRules: routes.rules,
    modelSwitches: { disabledRoutes: document.disabledModels, disabledModels: options.disabledModels, favourites: document.favourites },
    translation: document.translation,
    runs: runSettings(document),
    chat: chatConfig(document),
    openapi: openapiSettings(document),
    telemetry: document.telemetry,
    dataDirectory: options.dataDirectory,
  }
}
