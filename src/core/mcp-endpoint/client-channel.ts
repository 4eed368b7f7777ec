/** Where messages go that belong to one request of a client: its answer's stream, or stdout. */
export interface ClientChannel {
  /** Sends one message before the answer. False when it can no longer reach the client. */
  send(message: string): boolean
  /** Of the HTTP request, for the record of calls. */
  readonly requestId?: string | undefined
}
