import type { IncomingHttpHeaders } from 'node:http'

/** One request as it arrived. */
export interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  /** The raw bytes. */
  readonly body: Buffer
  /** Milliseconds of `Date.now()`. */
  readonly receivedAt: number
  abortedAt: number | undefined
  finishedAt: number | undefined
}

/** What was answered to its end, to compare a ledger with. */
export interface Served {
  requests: number
  answers: number
  inputTokens: number
  outputTokens: number
}
