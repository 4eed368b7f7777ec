import type { McpServerId } from '../../domain/ids.ts'
import type { McpEra, McpServerDefinition } from '../../domain/mcp-server.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'

/** What a server said about itself in `initialize` or `server/discover`. */
export interface ServerHello {
  readonly era: McpEra
  readonly protocolVersion: string
  readonly capabilities: JsonObject
  readonly serverInfo: JsonObject | undefined
  readonly instructions: string | undefined
}

export type UpstreamStatus =
  | { readonly state: 'starting'; readonly since: Date }
  | { readonly state: 'ready'; readonly since: Date; readonly hello: ServerHello }
  | { readonly state: 'needs-authorization'; readonly reason: string; readonly authorizationUrl: string | undefined }
  | { readonly state: 'backing-off'; readonly attempt: number; readonly nextAttemptAt: Date; readonly reason: string }
  /** It will not be tried again by itself: a missing binary, a bad address, a crash loop. */
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'stopped'; readonly reason: string }

/**
 * One JSON-RPC request to an MCP server on behalf of one caller. Params and result are the wire's own JSON text:
 * nothing is added, removed or renamed but request ids, progress tokens and the hop's own `_meta` keys.
 */
export interface McpCall {
  readonly method: string
  /** As the caller wrote it, with the upstream's own names. Hop-by-hop `_meta` keys of the client edge are replaced here. */
  readonly params: JsonText | undefined
  /** Aborting cancels this call at the server, and no other. */
  readonly signal: AbortSignal
  /** Overrides the server's `callMs`; progress starts it anew. */
  readonly timeoutMs?: number
  /** Progress goes on after the answer until this aborts: a task keeps the token of the call that made it. */
  readonly lasting?: AbortSignal
  /** Whose call it is. Where a server does not say which of several calls it asks about, calls of one asker are the same to it. */
  readonly asker?: object
  /** Params of a progress notification that belongs to this call, the upstream's token still in it. Only with this is progress asked for. */
  readonly onProgress?: (params: JsonText) => void
  /** A request the server makes while it serves this call: sampling, elicitation, roots. Throw `RpcError` to refuse. */
  readonly onServerRequest?: (method: string, params: JsonText | undefined) => Promise<JsonText>
  /** A notification the server sends while it serves this call, such as a log message. */
  readonly onServerNotification?: (method: string, params: JsonText | undefined) => void
}

export type UpstreamChange =
  | { readonly kind: 'status' }
  | { readonly kind: 'list-changed'; readonly list: 'tools' | 'resources' | 'prompts' }
  | { readonly kind: 'resource-updated'; readonly params: JsonText }
  /** A notification that belongs to no call, such as a log message on a legacy server's GET stream. */
  | { readonly kind: 'notification'; readonly method: string; readonly params: JsonText | undefined }

/**
 * One supervised MCP server, whatever its transport and era. It starts, watches, restarts and re-initialises the
 * connection; it does not name, filter or cache, and it repeats a call only when the first was provably not accepted.
 */
export interface McpUpstream extends AsyncDisposable {
  readonly id: McpServerId
  readonly definition: McpServerDefinition
  readonly status: UpstreamStatus
  /** Begins to start it and returns at once; the outcome is a status change. */
  start(): void
  /** Stops what runs and starts anew, also from `failed`. Running calls end with an error. */
  restart(reason: string): void
  /** Settles when the status is no longer `starting`, at the deadline, or when the signal aborts. Never throws. */
  settled(deadlineMs: number, signal?: AbortSignal): Promise<UpstreamStatus>
  /**
   * The result as it came. Throws the server's own `RpcError`, or a `GatewayError` that says why no answer came:
   * `server_unavailable`, `upstream_interrupted`, `upstream_timeout`, `cancelled`.
   */
  call(call: McpCall): Promise<JsonText>
  /** Sends a notification; dropped when the server is not ready. */
  notify(method: string, params: JsonText | undefined): void
  /** The newest lines of a child's stderr, oldest first; empty for other transports. */
  stderrTail(): string
  /** Returns a function that stops listening. */
  onChange(listener: (change: UpstreamChange) => void): () => void
}
