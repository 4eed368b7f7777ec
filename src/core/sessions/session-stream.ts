import type { RpcId } from '../../domain/json-rpc.ts'
import type { EventPosition, StreamPurpose } from './event-id.ts'

export interface StreamEvent {
  /** Opaque to clients; a client that names it gets what came after it. */
  readonly id: string
  /** Empty for an event that only tells its id. */
  readonly message: string
}

/** The connection that carries a stream at the moment. */
export interface StreamCarrier {
  /** False when the client is gone. */
  send(event: StreamEvent): boolean
  end(): void
}

/**
 * One SSE stream of a session. It outlives the connection that carries it: what is sent is kept within limits, and a
 * client that comes back gets what it has not seen, once and in order.
 */
export interface SessionStream {
  readonly id: string
  readonly purpose: StreamPurpose
  /** Settles when a restarted gateway would know of the stream. A client that is told an event id before may find it forgotten. */
  readonly known: Promise<void>
  /** Keeps the message and gives it to the carrier. False when the client is gone and did not come back in time. */
  send(message: string, kind: 'message' | 'answer'): boolean
  /** Nothing more comes: the carrier is ended, now or as soon as there is one. */
  finish(): void
  /** The carrier gets what came after the position, or all of it, then what is new. The carrier before it is ended. */
  attach(carrier: StreamCarrier, from: EventPosition | undefined): void
  /** Tells a client that has seen nothing yet where the stream begins, so that it can come back before the first message. */
  prime(carrier: StreamCarrier): void
  /** False when another carrier took over before. */
  detach(carrier: StreamCarrier): boolean
  /** Ends the connection and not the stream: the client may come back. */
  release(): void
  /** The request whose answer the client has not seen, is no longer kept and will not come. */
  owes(from: EventPosition): RpcId | undefined
}
