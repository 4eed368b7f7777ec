import { readSseFrame, type SseEvent } from './sse-event.ts'
import { createSseFramer } from './sse-framer.ts'

/** Bytes in, events out, whatever the chunking. It never throws for what is inside an event, only for one beyond the limit. */
export interface SseParser {
  push(chunk: Uint8Array): readonly SseEvent[]
  /** The event that the sender left without its blank line, if it has data. */
  end(): readonly SseEvent[]
}

export function createSseParser(limit?: number): SseParser {
  const framer = createSseFramer(limit)
  let tail: Uint8Array[] = []
  let isFirst = true
  const read = (frame: Uint8Array): readonly SseEvent[] => {
    const event = readSseFrame(frame, isFirst)
    isFirst = false
    tail = []
    return event ? [event] : []
  }
  return {
    push(chunk) {
      const events: SseEvent[] = []
      let start = 0
      for (const end of framer.push(chunk)) {
        const part = chunk.subarray(start, end)
        events.push(...read(tail.length === 0 ? part : Buffer.concat([...tail, part])))
        start = end
      }
      if (start < chunk.length) tail.push(chunk.subarray(start))
      return events
    },
    end: () => read(Buffer.concat(tail)),
  }
}
