import type { ClientContext } from '../../domain/client-context.ts'
import type { SessionId } from '../../domain/ids.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { CatalogFilter } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import type { SessionStreams } from './session-streams.ts'

/** Severities of log messages, least first. @see RFC 5424 */
export const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'] as const

export type McpLogLevel = (typeof LOG_LEVELS)[number]

/** What a legacy client agreed on in `initialize`. */
export interface SessionFacts {
  readonly principal: Principal
  /** The address and selection it was opened at: under another one it is not found. */
  readonly filter: CatalogFilter
  readonly protocolVersion: string
  readonly clientCapabilities: JsonObject
  readonly clientInfo: JsonObject | undefined
  /** Where the client runs, when it was believed as it opened the session. It holds for as long as the session. */
  readonly context?: ClientContext | undefined
}

/** One MCP session of a legacy client. It belongs to its principal; nobody else finds it. Who changes it says `changed`. */
export interface McpSession extends SessionFacts {
  readonly id: SessionId
  /** Whoever opened it ends it. It neither expires nor survives the gateway, and nobody finds it by its id. */
  readonly isHeld: boolean
  /** Undefined until the client asked for one. */
  logLevel: McpLogLevel | undefined
  /** URIs as the client sees them. */
  readonly subscriptions: Set<string>
  readonly streams: SessionStreams
}
