import type { JsonText } from '../../../lib/json-text.ts'
import type { McpCall } from '../upstream.ts'

/** One request on its way to a server. The wire reads it and marks `sent`; only the peer settles it. */
export interface PendingRequest {
  readonly id: number
  readonly method: string
  /** As they travel, the hop's `_meta` included. */
  readonly params: JsonText | undefined
  /** The whole message. */
  readonly text: string
  /** The caller's, or `undefined` when the gateway asks on its own account. */
  readonly call: McpCall | undefined
  /** Notifications that belong to this request, for requests of the gateway itself. */
  readonly onNotification: ((method: string, params: JsonText | undefined) => void) | undefined
  /** Set by the wire before the first byte may leave. A request that was never sent may be repeated elsewhere. */
  sent: boolean
  /** Answered, failed or given up: what still comes for it is dropped. */
  done: boolean
}
