import type { ServerResponse } from 'node:http'
import { oneLine } from '../../core/mcp-endpoint/index.ts'

const KEEP_ALIVE_MS = 15_000
/** How long a client waits before it comes back for a stream that was cut. */
const RETRY_MS = 1_000

const HEADERS = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx would otherwise hold events back until its buffer is full.
  'x-accel-buffering': 'no',
} as const

/** An SSE answer that is open. It keeps itself alive with comments, and stops by itself when the client is gone. */
export interface EventStream {
  /** Bytes that the client has not taken yet. */
  pendingBytes(): number
  /** False when the client is gone. An empty message only tells the client its id, and how to come back. */
  send(message: string, id?: string): boolean
  /** An event that is no message. */
  announce(event: string, data: string): void
  end(): void
}

/** `onBeat` is called with every keep-alive, as long as the client is there. */
export function openEventStream(response: ServerResponse, headers: Readonly<Record<string, string>>, onBeat: () => void): EventStream {
  response.writeHead(200, { ...HEADERS, ...headers })
  response.flushHeaders()
  const isOpen = (): boolean => !response.writableEnded && !response.destroyed
  const timer = setInterval(() => {
    if (!isOpen()) return
    response.write(': keep-alive\n\n')
    onBeat()
  }, KEEP_ALIVE_MS)
  response.once('close', () => clearInterval(timer))
  return {
    pendingBytes: () => response.writableLength,
    send(message, id) {
      if (!isOpen()) return false
      const event = message === '' ? `retry: ${RETRY_MS}\ndata: \n\n` : `event: message\ndata: ${oneLine(message)}\n\n`
      response.write(id === undefined ? event : `id: ${id}\n${event}`)
      return true
    },
    announce(event, data) {
      if (isOpen()) response.write(`event: ${event}\ndata: ${data}\n\n`)
    },
    end() {
      clearInterval(timer)
      if (isOpen()) response.end()
    },
  }
}
