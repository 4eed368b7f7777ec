import type { McpServerDefinition } from '../domain/mcp-server.ts'
import type { ProviderDefinition } from '../domain/provider.ts'
import type { Route } from '../domain/route.ts'
import type { Scope } from '../domain/scope.ts'
import type { Secret } from '../domain/secret.ts'

export interface ServerConfig {
  readonly host: string
  /** 0 lets the system choose. */
  readonly port: number
  /** `Host` values accepted beside the loopback names and the listening address. */
  readonly allowedHosts: readonly string[]
  readonly allowedOrigins: readonly string[]
  readonly cors: { readonly origins: readonly string[] }
  readonly limits: {
    readonly headerBytes: number
    readonly bodyBytes: number
    readonly headersTimeoutMs: number
    readonly bodyIdleTimeoutMs: number
    readonly maxConnections: number
  }
  readonly drainTimeoutMs: number
  /** Without it, an address beyond loopback needs `auth.keys`. */
  readonly allowUnauthenticatedNetwork: boolean
}

export interface AuthKey {
  readonly name: string
  readonly key: Secret
  readonly scopes: readonly Scope[]
}

export interface TelemetryConfig {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  /** `auto`: pretty on a terminal, JSON elsewhere. */
  readonly format: 'auto' | 'json' | 'pretty'
}

/** Everything that was configured, checked and complete: rooms read it and never ask for defaults again. */
export interface GatewayConfig {
  readonly server: ServerConfig
  readonly auth: { readonly keys: readonly AuthKey[] }
  readonly mcp: {
    /** How `/mcp` names tools of several servers. */
    readonly naming: 'prefixed' | 'bare'
    readonly sessionIdleMs: number
    /** How long a list waits for servers that are still starting. */
    readonly listWaitMs: number
  }
  readonly mcpServers: readonly McpServerDefinition[]
  readonly providers: readonly ProviderDefinition[]
  readonly models: readonly Route[]
  readonly openapi: { readonly prefix: string }
  readonly telemetry: TelemetryConfig
  readonly dataDirectory: string
}
