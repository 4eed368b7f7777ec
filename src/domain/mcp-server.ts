import type { McpServerId } from './ids.ts'
import type { ManageSettings } from './manage.ts'
import type { WorkspaceSettings } from './workspace.ts'

/** `legacy`: revisions up to 2025-11-25 (initialize handshake). `modern`: 2026-07-28 (everything per request). */
export type McpEra = 'legacy' | 'modern'

export type McpTransportDefinition =
  | {
      readonly kind: 'stdio'
      readonly command: string
      readonly args: readonly string[]
      /** Set for the child beside the few variables that every child gets (PATH, HOME, LANG …). */
      readonly env: Readonly<Record<string, string>>
      /** Names of gateway variables that the child may see. It inherits nothing else. */
      readonly inheritEnv: readonly string[]
      readonly cwd: string | undefined
    }
  | {
      /** `http` speaks streamable HTTP and falls back to HTTP+SSE when the server knows only that; `sse` starts with it. */
      readonly kind: 'http' | 'sse'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
    }
  | { readonly kind: 'builtin'; readonly name: 'demo' | 'models' }
  | { readonly kind: 'builtin'; readonly name: 'manage'; readonly manage: ManageSettings }
  | { readonly kind: 'builtin'; readonly name: 'workspace'; readonly workspace: WorkspaceSettings }
  | {
      /** An HTTP API that an OpenAPI document describes; its operations are the tools. */
      readonly kind: 'openapi'
      /** Absolute path, or http(s) address. */
      readonly spec: string
      /** Where requests go; else where the document says. */
      readonly baseUrl: string | undefined
      readonly headers: Readonly<Record<string, string>>
      /** By security scheme: key, token, or `user:password`. */
      readonly auth: Readonly<Record<string, string>>
      /** Patterns of tool names; undefined is all of them. */
      readonly include: readonly string[] | undefined
      readonly exclude: readonly string[]
    }

/** Who shares an instance of a server. Where a client has no MCP session, `per-session` tells its contexts apart, else its principal. */
export type McpIsolation = 'shared' | 'per-user' | 'per-session'

/** A server that does not run once for everybody. Its instances come and go with those who use them. */
export interface InstancePolicy {
  readonly isolation: McpIsolation
  /** Texts of the transport hold `{{…}}` values, which each client’s context completes. */
  readonly isTemplate: boolean
  /** Of this server; only the limit of all servers together without it. */
  readonly maxInstances: number | undefined
  /** An instance that nobody used for so long ends. */
  readonly idleMs: number
}

/** A server that may speak both eras has a second connection for clients of the older one, its legacy twin. */
export interface TwinPolicy {
  /**
   * Opened for all legacy sessions by the first one that selects the server, or for each that calls it and can be asked something: a second
   * process costs memory and knows nothing of what the first was told.
   */
  readonly opens: 'for-sessions' | 'for-calls'
  /** It ends when no session was there that used it for so long. */
  readonly idleMs: number
}

/** A place that a server may look at: `file:///srv/repo`. */
export interface McpRoot {
  readonly uri: string
  readonly name?: string
}

/** One MCP server as the configuration document describes it. Equal definitions are the same entity: a reload leaves it running. */
export interface McpServerDefinition {
  readonly id: McpServerId
  readonly transport: McpTransportDefinition
  readonly era: McpEra | 'auto'
  readonly enabled: boolean
  /** Why it is not enabled, when the document did not ask for that: an unset variable, for example. */
  readonly disabledReason?: string
  readonly tags: readonly string[]
  /** Without it the server runs once, for everybody. */
  readonly instances?: InstancePolicy
  /** Without it clients of both eras are served over one connection. */
  readonly twin?: TwinPolicy
  /** What a server of the older era hears that asks for roots outside any call, or in one whose client has none. */
  readonly roots?: readonly McpRoot[]
  readonly timeouts: {
    /** From start to a finished handshake. */
    readonly connectMs: number
    /** One call without progress; progress starts it anew. */
    readonly callMs: number
    /** One list request. */
    readonly listMs: number
  }
  readonly limits: {
    /** Longest message accepted from the server, in bytes. */
    readonly messageBytes: number
  }
}
