/** What an upstream said about a failure, from its body. All of it is untrusted text. */
export interface UpstreamFault {
  readonly message: string
  readonly type: string | undefined
  readonly code: string | undefined
  /** The HTTP status that fits, when the failure came inside an answer that had status 200. */
  readonly status: number
  /** How long it asks to be left alone, for dialects that say so in the body. */
  readonly retryAfterMs?: number
}
