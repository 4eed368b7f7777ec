import type { ServerResponse } from 'node:http'
import type { LiveConversation, PlacedEvent } from '../../core/conversations/index.ts'
import { writeChatSse } from './write-chat-sse.ts'

const KEEP_ALIVE_MS = 15_000
/** A client that does not read is cut off; it comes back with `Last-Event-ID`. */
const MOST_UNSENT_BYTES = 16 * 1024 * 1024

/** Events of a conversation on their way to one client. */
export interface EventOutlet extends Disposable {
  write(event: PlacedEvent): void
  end(): void
}

export function openOutlet(response: ServerResponse): EventOutlet {
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
  response.flushHeaders()
  const timer = setInterval(() => response.write(': keep-alive\n\n'), KEEP_ALIVE_MS)
  return {
    write(event) {
      if (response.writableLength > MOST_UNSENT_BYTES) return void response.destroy()
      if (!response.destroyed) response.write(writeChatSse(event))
    },
    end: () => void response.end(),
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** Settles when nothing runs in the conversation, or the client is gone. */
export async function streamUntilSettled(live: LiveConversation, response: ServerResponse, missed: readonly PlacedEvent[], signal: AbortSignal): Promise<void> {
  using outlet = openOutlet(response)
  for (const event of missed) outlet.write(event)
  using watch = live.watch((event) => outlet.write(event))
  const gone = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => gone.resolve(), { once: true })
  if (signal.aborted) gone.resolve()
  await Promise.race([live.settled(), gone.promise])
  watch[Symbol.dispose]()
  outlet.end()
}
