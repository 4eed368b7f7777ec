import type { ProviderDefinition } from '../domain/provider.ts'
import type { JsonObject } from '../lib/json.ts'
import type { ConfigIssue } from './config-error.ts'
import type { GatewayConfig } from './gateway-config.ts'

/** The layer a value came from; later ones win. */
export type ConfigSource = 'default' | 'document' | 'overlay' | 'environment' | 'flag'

/** Something the configuration says that has no effect, or that switched one entity off. The gateway runs all the same. */
export interface ConfigWarning extends ConfigIssue {
  /** The entity that is disabled because of it. */
  readonly disables?: { readonly kind: 'mcpServer' | 'provider'; readonly id: string }
}

export interface LoadedConfig {
  readonly config: GatewayConfig
  /** The document; undefined when none was found. */
  readonly file: string | undefined
  /** `mcpServers`: a client’s own file, taken as it is. */
  readonly format: 'trunkline' | 'mcpServers' | 'none'
  readonly warnings: readonly ConfigWarning[]
  /** By dotted path, as in `server.port` or `providers.openai`. */
  readonly sources: ReadonlyMap<string, ConfigSource>
  /** Files whose change means that the configuration should be loaded again; some may not exist yet. */
  readonly watchPaths: readonly string[]
  /** True when the document names no providers, so that what is noticed on this machine may be offered. */
  readonly providersAreDiscovered: boolean
  /** Entries of MCP servers by id as they were written, with `${NAME}` instead of what it stands for. */
  readonly writtenServers: JsonObject
}

export interface ConfigFlags {
  readonly host?: string
  readonly port?: number
  readonly data?: string
  readonly logLevel?: string
  readonly logFormat?: string
  /** What a command’s own flags mean, in the document’s words. They are taken as they are, without `${…}`. */
  readonly settings?: JsonObject
}

export interface LoadConfigOptions {
  /** `--config`: it must exist. */
  readonly explicitPath?: string
  /** Look for no document and offer no demo: what there is comes from flags. */
  readonly withoutDocument?: boolean
  readonly cwd: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly flags: ConfigFlags
  readonly homeDirectory: string
  /** For looking only: a corrupt overlay is reported and left where it is. */
  readonly isReadOnly?: boolean
  /** Providers that were noticed on this machine, for a document that names none. */
  readonly localProviders?: readonly ProviderDefinition[]
  /** In place of what the overlay’s file says, to see what a change would do. */
  readonly overlayValues?: JsonObject
}
