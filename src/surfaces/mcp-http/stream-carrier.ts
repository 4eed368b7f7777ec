import type { StreamCarrier } from '../../core/sessions/index.ts'
import type { EventStream } from './event-stream.ts'

/** An open SSE answer as what carries a stream of a session. */
export function carry(events: EventStream): StreamCarrier {
  return { send: ({ id, message }) => events.send(message, id), end: () => events.end() }
}
