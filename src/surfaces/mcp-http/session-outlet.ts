import type { SessionStream } from '../../core/sessions/index.ts'

const MAX_QUEUE = 100
const MAX_STREAMS = 4

/** Where messages of a session go that belong to no request: its newest open GET stream, or a short queue until there is one. */
export interface SessionOutlet {
  send(message: string): void
  /** Takes over from older streams; too many of them are ended. What waited goes to this one. */
  attach(stream: SessionStream): void
  detach(stream: SessionStream): void
  /** Ends the connections; the session stays, and clients may come back. */
  release(): void
  end(): void
}

export function createSessionOutlet(): SessionOutlet {
  const streams: SessionStream[] = []
  const queue: string[] = []
  let isEnded = false

  function detach(stream: SessionStream): void {
    const index = streams.indexOf(stream)
    if (index >= 0) streams.splice(index, 1)
  }

  function release(): void {
    for (const stream of streams.splice(0)) stream.release()
  }

  return {
    send(message) {
      if (isEnded) return
      // Each message goes to exactly one stream, which keeps it until its client has it.
      const newest = streams.at(-1)
      if (newest) {
        newest.send(message, 'message')
        return
      }
      // A waiting change notice says all that a second one would.
      if (queue.includes(message)) return
      queue.push(message)
      if (queue.length > MAX_QUEUE) queue.shift()
    },
    attach(stream) {
      if (isEnded) return stream.release()
      detach(stream)
      streams.push(stream)
      if (streams.length > MAX_STREAMS) streams.shift()?.release()
      for (const message of queue.splice(0)) stream.send(message, 'message')
    },
    detach,
    release,
    end() {
      isEnded = true
      release()
    },
  }
}
