import type { EventStream } from './event-stream.ts'

const MAX_QUEUE = 100
const MAX_STREAMS = 4

/** Where messages of a session go that belong to no request: its newest GET stream, or a short queue until there is one. */
export interface SessionOutlet {
  send(message: string): void
  /** Takes over from older streams; too many of them are ended. */
  attach(stream: EventStream): void
  detach(stream: EventStream): void
  /** Ends the streams; the session stays. */
  release(): void
  end(): void
}

export function createSessionOutlet(): SessionOutlet {
  const streams: EventStream[] = []
  const queue: string[] = []
  let lastId = 0
  let isEnded = false

  function deliver(message: string): boolean {
    // Each message goes to exactly one stream.
    return streams.toReversed().some((stream) => stream.send(message, String(++lastId)))
  }

  function release(): void {
    for (const stream of streams.splice(0)) stream.end()
  }

  return {
    send(message) {
      if (isEnded || deliver(message)) return
      // A waiting change notice says all that a second one would.
      if (queue.includes(message)) return
      queue.push(message)
      if (queue.length > MAX_QUEUE) queue.shift()
    },
    attach(stream) {
      if (isEnded) return stream.end()
      streams.push(stream)
      if (streams.length > MAX_STREAMS) streams.shift()?.end()
      for (const message of queue.splice(0)) deliver(message)
    },
    detach(stream) {
      const index = streams.indexOf(stream)
      if (index >= 0) streams.splice(index, 1)
    },
    release,
    end() {
      isEnded = true
      release()
    },
  }
}
