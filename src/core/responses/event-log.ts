import { isBeginning, writeSseEvent, type ResponseEvent } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import { editMembers, toJsonText } from '../../lib/json-text.ts'

/** What one reader is given; `number` is the event's place in the stream. */
export interface ToldEvent {
  readonly number: number
  readonly bytes: Uint8Array
}

type End = { readonly kind: 'ended'; readonly number: number; readonly last: ResponseEvent } | { readonly kind: 'broken'; readonly error: GatewayError }

function write({ type, data }: ResponseEvent, number: number): Uint8Array {
  return Buffer.from(writeSseEvent({ event: type, data: editMembers(data, { sequence_number: toJsonText(number) }) }))
}

/**
 * The events of one response, numbered one after the other from `first`, for any number of readers at any time. The last event,
 * which has the whole response, is told to every reader that has not seen it; what came before can be given up to save memory.
 */
export class EventLog {
  readonly first: number
  readonly #onChanged: (grownBy: number) => void
  readonly #events: Uint8Array[] = []
  #changed = Promise.withResolvers<void>()
  #next: number
  #beginnings = 0
  #isGivenUp = false
  #end: End | undefined
  /** Of all events that are kept. */
  bytes = 0

  /** `onChanged` is told of every change, and by how many bytes it made the log grow. */
  constructor(first: number, onChanged: (grownBy: number) => void = () => undefined) {
    this.first = first
    this.#next = first
    this.#onChanged = onChanged
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  append(events: readonly ResponseEvent[]): void {
    if (this.#end) return
    const before = this.bytes
    for (const event of events) {
      const number = this.#next++
      if (this.#isGivenUp) continue
      const bytes = write(event, number)
      if (isBeginning(event)) this.#beginnings++
      this.#events.push(bytes)
      this.bytes += bytes.length
    }
    this.#change(this.bytes - before)
  }

  end(last: ResponseEvent): void {
    if (this.#end) return
    this.#end = { kind: 'ended', number: this.#next, last }
    this.bytes += last.data.length
    this.#change(last.data.length)
  }

  /** Nothing more can be told, although the response has not ended as far as anybody knows here. */
  break(error: GatewayError): void {
    this.#end ??= { kind: 'broken', error }
    this.#change(0)
  }

  /** Keeps nothing but how it began and how it ends. */
  giveUp(): void {
    this.#isGivenUp = true
    const gone = this.#events.splice(this.#beginnings).reduce((sum, { length }) => sum + length, 0)
    this.bytes -= gone
    this.#change(-gone)
  }

  /**
   * Everything after that number, or from the beginning, as it comes. A number from before this numbering says nothing about what
   * its reader knows: it gets the last event only, as does one who is behind what was given up. Throws when the log breaks off; ends
   * early when the signal does.
   */
  async *read(after: number | undefined, signal: AbortSignal): AsyncGenerator<ToldEvent, void, undefined> {
    const isLost = after !== undefined && after < this.first
    let next = after === undefined || isLost ? this.first : after + 1
    const wake = (): void => this.#wake()
    signal.addEventListener('abort', wake)
    try {
      while (!signal.aborted) {
        const bytes = isLost ? undefined : this.#events[next - this.first]
        if (bytes) {
          yield { number: next++, bytes }
        } else if (this.#end) {
          const last = this.#last(this.#end, next)
          if (last.number !== after) yield last
          return
        } else await this.#changed.promise
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  /** A reader that is further than this log got is told the end all the same, under a number that it has not seen. */
  #last(end: End, next: number): ToldEvent {
    if (end.kind === 'broken') throw end.error
    const number = end.number === next - 1 ? end.number : Math.max(end.number, next)
    return { number, bytes: write(end.last, number) }
  }

  #change(grownBy: number): void {
    this.#onChanged(grownBy)
    this.#wake()
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers<void>()
  }
}
