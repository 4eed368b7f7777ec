import type { McpCall, ServerHello, UpstreamChange } from './upstream.ts'
import type { JsonText } from '../../lib/json-text.ts'

/** Why a connection ended, and with it what may be tried next. */
export interface Loss {
  /**
   * `crash`: a process ended. `outage`: nobody answers. `stale`: alive, but what we agreed on no longer holds; connect anew at once.
   * `authorization`: it wants credentials. `fatal`: trying again cannot help.
   */
  readonly kind: 'crash' | 'outage' | 'stale' | 'authorization' | 'fatal'
  readonly reason: string
  readonly authorizationUrl?: string | undefined
}

/** Thrown by `connect`: the connection that never came to be. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly loss: Loss

  constructor(loss: Loss, options?: ErrorOptions) {
    super(loss.reason, options)
    this.loss = loss
  }
}

export interface ConnectionEvents {
  onChange(change: UpstreamChange): void
  /** The server said hello again, on a new MCP session. */
  onHello(hello: ServerHello): void
  /** At most once, and never before `connect` has resolved. Its pending calls have been ended by then. */
  onLost(loss: Loss): void
}

/** One agreed conversation with a server. It does not come back once lost; disposing it ends what it holds. */
export interface Connection extends AsyncDisposable {
  readonly hello: ServerHello
  readonly lastHeardAt: number
  readonly lastTimeoutAt: number
  readonly pending: number
  call(call: McpCall, timeoutMs: number): Promise<JsonText>
  notify(method: string, params: JsonText | undefined): void
  /** Resolves when the server gave any answer to a harmless request. */
  probe(timeoutMs: number): Promise<void>
  /** What its pending calls are told when it is disposed. */
  end(reason: string): void
}

/** Makes connections to one configured server, one at a time; remembers between them what it learned about the server. */
export interface Connector extends AsyncDisposable {
  /** Throws `ConnectError`. The signal is the deadline and the owner's wish to stop. */
  connect(events: ConnectionEvents, signal: AbortSignal): Promise<Connection>
  stderrTail(): string
}
