import type { PendingRequest } from './pending-request.ts'

/** Carries messages of one connection to a server. It reports failures through the peer's `fail`; it never throws. */
export interface Wire {
  sendRequest(request: PendingRequest): void
  /** A notification or a response of ours. */
  sendMessage(text: string): void
  /** The caller gave up or the time is over: tells the server in the transport's own way and frees what the request holds. */
  abandon(request: PendingRequest, reason: string): void
}
