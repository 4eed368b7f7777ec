import type { McpServerDefinition } from '../domain/mcp-server.ts'
import type { ProviderDefinition } from '../domain/provider.ts'
import { Secret } from '../domain/secret.ts'
import { defineProvider } from './define-provider.ts'
import { defineRoute } from './define-route.ts'
import { defineServer } from './define-server.ts'
import type { DocumentValue } from './document-schema.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { ProviderEntry } from './provider-entry-schema.ts'

export interface AssembleOptions {
  readonly dataDirectory: string
  /** Used when the document has no `providers`. */
  readonly discoveredProviders: readonly ProviderDefinition[]
  /** Used beside those of the document. */
  readonly extraServers: readonly McpServerDefinition[]
  /** Why an entity cannot be used, by `mcpServers.<id>` and `providers.<id>`. */
  readonly disabled: ReadonlyMap<string, string>
}

function serverSettings({ server }: DocumentValue): GatewayConfig['server'] {
  const { limits, drainTimeout, ...rest } = server
  const { headersTimeout, bodyIdleTimeout, ...sizes } = limits
  return { ...rest, drainTimeoutMs: drainTimeout, limits: { ...sizes, headersTimeoutMs: headersTimeout, bodyIdleTimeoutMs: bodyIdleTimeout } }
}

/** The checked document in the form that the rooms read. */
export function assembleConfig(document: DocumentValue, options: AssembleOptions): GatewayConfig {
  const { disabled } = options
  const servers = Object.entries(document.mcpServers).map(([id, entry]) => defineServer(id, entry, disabled.get(`mcpServers.${id}`)))
  const providers = document.providers
    ? Object.entries(document.providers).map(([id, entry]) => defineProvider(id, entry as ProviderEntry, disabled.get(`providers.${id}`)))
    : options.discoveredProviders
  return {
    server: serverSettings(document),
    auth: { keys: document.auth.keys.map(({ name, key, scopes }) => ({ name, key: new Secret(key), scopes })) },
    mcp: { naming: document.mcp.naming, sessionIdleMs: document.mcp.sessionIdle, listWaitMs: document.mcp.listWait },
    mcpServers: [...servers, ...options.extraServers],
    providers,
    models: Object.entries(document.models).map(([name, entry]) => defineRoute(name, entry)),
    openapi: document.openapi,
    telemetry: document.telemetry,
    dataDirectory: options.dataDirectory,
  }
}
