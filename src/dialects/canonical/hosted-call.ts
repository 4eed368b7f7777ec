import type { JsonObject } from '../../lib/json.ts'

/** A call that the gateway makes for a model, as a client is told of it. Only runs tell of these, and only in dialects that have words for them. */
export interface HostedCall {
  /** `tl_4f1c…`; dialects put their own prefix before it. */
  readonly id: string
  /** What the client calls the server. */
  readonly server: string
  /** As its server calls it. */
  readonly name: string
  /** JSON text as the model wrote it. */
  readonly argumentsText: string
  /** Undefined while it is being made, or while somebody's word is waited for. */
  readonly result?: { readonly text: string; readonly isError: boolean }
  /** It is made only with the client's approval, which the client is asked for. */
  readonly needsApproval?: true
  /** The id of the question by which the client approved it. */
  readonly approvedBy?: string
}

/** The tools of one server that the gateway offers to a model. */
export interface HostedToolList {
  /** `tl_4f1c…`; dialects put their own prefix before it. */
  readonly id: string
  /** What the client calls the server. */
  readonly server: string
  readonly tools: readonly { readonly name: string; readonly description: string | undefined; readonly inputSchema: JsonObject; readonly annotations: JsonObject | undefined }[]
}

/** By these ids the gateway knows its own calls when a client brings them back. */
export const HOSTED_ID = 'tl_'
