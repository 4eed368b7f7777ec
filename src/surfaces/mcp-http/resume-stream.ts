import { toRpcError, writeError } from '../../core/mcp-endpoint/index.ts'
import type { EventPosition, SessionStream, SessionStreams } from '../../core/sessions/index.ts'
import { GatewayError } from '../../domain/errors.ts'

/** The stream that a GET carries, and where the client wants to go on; from its beginning without a position. */
export interface WantedStream {
  readonly stream: SessionStream
  readonly from: EventPosition | undefined
}

const LOST = new GatewayError(
  'upstream_interrupted',
  'The answer to this request is lost: the gateway was restarted before it had one, or keeps it no longer. What was asked for may have been done.',
)

/**
 * Undefined for an event id that leads nowhere. A stream that belongs to no request begins anew then, since it has no end
 * that anybody waits for. A client that waits for an answer that cannot come any more is told so, once.
 */
export function resumeStream(streams: SessionStreams, lastEventId: string | undefined): WantedStream | undefined {
  if (lastEventId === undefined) return { stream: streams.open({ kind: 'unrelated' }), from: undefined }
  const resumption = streams.resume(lastEventId)
  if (resumption.kind === 'unknown') return resumption.isUnrelated ? resumeStream(streams, undefined) : undefined
  const { stream, from } = resumption
  const owed = stream.owes(from)
  if (owed !== undefined) stream.send(writeError(owed, toRpcError(LOST)), 'answer')
  return { stream, from }
}
