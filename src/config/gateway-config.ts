import type { DisclosureMode } from '../domain/disclosure-mode.ts'
import type { SandboxSettings } from '../domain/sandbox-settings.ts'
import type { McpServerDefinition } from '../domain/mcp-server.ts'
import type { PresetDefinition } from '../domain/preset.ts'
import type { ProviderDefinition } from '../domain/provider.ts'
import type { ModelSwitches, Route, RouteRule } from '../domain/route.ts'
import type { Scope } from '../domain/scope.ts'
import type { PinningMode, ServerSettings } from '../domain/server-settings.ts'
import type { Secret } from '../domain/secret.ts'
import type { ChatConfig } from './chat-config.ts'

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

export interface McpoConfig {
  /** `/`, or `/x/`. */
  readonly prefix: string
  /** The one whose tools are at the root; undefined for all of them below the prefix. */
  readonly server: string | undefined
  readonly strictAuth: boolean
  readonly rootPath: string
  readonly name: string
  readonly description: string
  readonly version: string
  /** Nothing else is served but health. */
  readonly alone: boolean
}

/** Everything that was configured, checked and complete: rooms read it and never ask for defaults again. */
export interface GatewayConfig {
  readonly server: ServerConfig
  readonly auth: { readonly keys: readonly AuthKey[] }
  readonly mcp: {
    /** How `/mcp` names tools of several servers. */
    readonly naming: 'prefixed' | 'bare'
    /** How much of the tools an MCP client is shown that does not say so itself. */
    readonly mode: DisclosureMode
    readonly search: {
      /** Model that compares tools and searches by meaning; undefined for none. */
      readonly embedding: string | undefined
    }
    readonly code: SandboxSettings
    readonly sessionIdleMs: number
    readonly sessions: {
      /** Whether sessions survive a restart. */
      readonly persist: boolean
      /** Kept per session for clients that come back. */
      readonly maxEvents: number
      readonly maxBytes: number
    }
    /** Of template servers and isolated servers at one time. */
    readonly maxInstances: number
    /** Whether the request context of clients beyond this machine is believed. */
    readonly trustContext: boolean
    /** Names of variables, also with a `*` at the end, that a client on stdio has in its context. */
    readonly contextEnvironment: readonly string[]
    readonly pinning: PinningMode
    readonly instructions: {
      readonly template: string | undefined
      /** Whether what clients are told waits for servers that are still starting. */
      readonly eager: boolean
      /** Whether clients are told which servers are missing. */
      readonly unavailable: boolean
    }
    readonly audit: { readonly enabled: boolean; readonly retentionMs: number; readonly arguments: boolean }
    /** How long a list waits for servers that are still starting. */
    readonly listWaitMs: number
  }
  /** Those of `mcpServers`, then those of `mcpTemplates`. */
  readonly mcpServers: readonly McpServerDefinition[]
  /** One for each of `mcpServers`, in the same order. */
  readonly serverSettings: readonly ServerSettings[]
  readonly presets: readonly PresetDefinition[]
  readonly providers: readonly ProviderDefinition[]
  readonly models: readonly Route[]
  /** Public models that are patterns, in the order of the document. */
  readonly modelRules: readonly RouteRule[]
  readonly modelSwitches: ModelSwitches
  readonly chat: ChatConfig
  readonly runs: {
    readonly limits: {
      readonly maxHops: number
      readonly toolTimeoutMs: number
      readonly parallelCalls: number
      readonly resultBytes: number
      readonly identicalCalls: number
      readonly maxDurationMs: number
      readonly maxCostUsd: number | undefined
      readonly approval: 'never' | 'destructive' | 'always'
    }
    /** Selections of tools by public model, and by the name of a key. */
    readonly models: Readonly<Record<string, string>>
    readonly keys: Readonly<Record<string, string>>
  }
  readonly translation: { readonly onLoss: 'report' | 'reject' }
  readonly openapi: {
    readonly prefix: string
    /** Undefined when it is not served. */
    readonly mcpo: McpoConfig | undefined
  }
  readonly telemetry: TelemetryConfig
  readonly dataDirectory: string
}
