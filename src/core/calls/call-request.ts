import type { McpEra } from '../../domain/mcp-server.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { CatalogView } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import type { McpLogLevel } from '../sessions/index.ts'

/** One capability use by one caller. Everything that comes back through its functions belongs to this call and no other. */
export interface CallRequest {
  /** The view that the caller lists. */
  readonly view: CatalogView
  readonly principal: Principal
  /** `tools/call`, `prompts/get`, `resources/read`, `completion/complete`; on a view of one server any method. */
  readonly method: string
  /** As the caller wrote them, with exposed names. */
  readonly params: JsonText | undefined
  /** The era of the caller: results are shaped for it. Callers that are no MCP clients are legacy. */
  readonly era: McpEra
  /** The revision that a legacy MCP client speaks: results are told in its words. Anybody else reads the newest ones. */
  readonly revision?: string
  /** Aborting cancels this call at its server. */
  readonly signal: AbortSignal
  readonly logger: Logger
  readonly timeoutMs?: number
  /** Of the HTTP request that it came with, for the record. */
  readonly requestId?: string | undefined
  /** What a legacy caller can do for a server; a modern one says so in its params. Default: nothing. */
  readonly clientCapabilities?: JsonText
  /** The legacy client that owns what outlives its request, such as a task; the principal owns it without one. */
  readonly owner?: object
  /** The id of the MCP session of a legacy caller: its tasks are found again by it after a restart. */
  readonly session?: string
  /** The legacy caller knows tasks; for any other the gateway waits for a tool that only runs as a task. */
  readonly knowsTasks?: boolean
  /** Params of `notifications/tasks/status`, for tasks of a legacy caller. */
  readonly onTaskStatus?: (params: JsonText) => void
  /** The level of log messages that the caller wants with this call. */
  readonly logLevel?: McpLogLevel | undefined
  /** Params of a progress notification with the upstream's own token. */
  readonly onProgress?: (params: JsonText) => void
  /** Asks a legacy caller. A modern one is asked by an `input_required` result. */
  readonly onServerRequest?: (method: string, params: JsonText | undefined) => Promise<JsonText>
  readonly onServerNotification?: (method: string, params: JsonText | undefined) => void
}
