import type { ChatEvent, PlacedEvent } from './chat-event.ts'

const MOST_EVENTS = 4096
const MOST_CHARS = 4 * 1024 * 1024

const sizeOf = (event: ChatEvent): number => {
  if (event.kind === 'delta') return (event.content?.length ?? 0) + (event.thinking?.length ?? 0) + 64
  if (event.kind === 'user-message' || event.kind === 'answer-ended') return event.message.content.length + event.message.thinking.length + 512
  return 1024
}

/** The last events of a conversation, for clients that come back. */
export interface EventLog {
  /** The place of the newest event. */
  readonly place: number
  add(event: ChatEvent): PlacedEvent
  /** All events behind a place; undefined when it is not known here, or some of them are gone. */
  after(place: number): readonly PlacedEvent[] | undefined
}

/** Begins at the time, a thousand places per millisecond, so that places of an earlier process are behind it. */
export function createEventLog(now: number): EventLog {
  const first = now * 1000
  let place = first
  let chars = 0
  let kept: PlacedEvent[] = []
  function trim(): void {
    if (kept.length <= MOST_EVENTS && chars <= MOST_CHARS) return
    const rest = kept.slice(Math.ceil(kept.length / 4))
    kept = rest
    chars = rest.reduce((sum, { event }) => sum + sizeOf(event), 0)
  }
  return {
    get place() {
      return place
    },
    add(event) {
      const placed = { place: ++place, event }
      kept.push(placed)
      chars += sizeOf(event)
      trim()
      return placed
    },
    after(from) {
      const oldest = kept[0]?.place ?? place + 1
      if (from > place || from < first || from < oldest - 1) return undefined
      return kept.slice(from - oldest + 1)
    },
  }
}
