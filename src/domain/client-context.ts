import type { JsonObject } from '../lib/json.ts'

/**
 * What a client says about where it runs: `project`, `user`, `environment`, `custom` and what else it likes. It is only kept
 * of clients that are believed, because it reaches command lines.
 */
export interface ClientContext {
  /** The client’s own name for this context: what has no MCP session is told apart by it. */
  readonly id: string | undefined
  readonly values: JsonObject
}
