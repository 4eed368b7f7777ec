import type { RpcId } from '../../domain/json-rpc.ts'
import { isUnrelatedStream, makeStreamId, readEventId, writeEventId, type EventPosition, type StreamPurpose } from './event-id.ts'
import type { EntryJournal } from './session-journal.ts'
import type { SessionStream, StreamCarrier } from './session-stream.ts'

export interface StreamLimits {
  /** Events kept per session. */
  readonly maxEvents: number
  /** Bytes of messages kept per session. An event that is larger by itself reaches only a client that is there. */
  readonly maxBytes: number
}

/** What all sessions keep together. Beyond it a session that gets more keeps less, whoever took the room. */
export interface StreamBudget {
  bytes: number
  readonly maxBytes: number
}

export interface StreamsDeps {
  readonly limits: StreamLimits
  readonly budget: StreamBudget
  readonly now: () => number
  readonly journal: EntryJournal
}

export type Resumption =
  | { readonly kind: 'resumed'; readonly stream: SessionStream; readonly from: EventPosition }
  /** Kept no longer, of another session, or invented. */
  | { readonly kind: 'unknown'; readonly isUnrelated: boolean }

/** What a store kept of a stream: its opening, or one event. */
export interface KeptEntry {
  readonly sequence: number
  readonly stream: string
  readonly kind: 'open' | 'message' | 'answer'
  readonly message: string
}

/** The streams of one session and their newest events. */
export interface SessionStreams extends Disposable {
  open(purpose: StreamPurpose): SessionStream
  resume(lastEventId: string): Resumption
  /** Forgets streams that were delivered whole some time ago. */
  sweep(): void
}

/** A client that is gone for so long is not asked anything any more. */
const RECONNECT_MS = 60_000
/** An answer that was sent may still be on its way to a client that is about to lose its connection. */
const DELIVERED_MS = 300_000
const UNRELATED_STREAMS = 8
/** Sequences start from the time: one that was used before a crash, and not written down, is never used again. */
const SEQUENCES_PER_MS = 1_000

interface KeptEvent {
  readonly stream: Stream
  readonly message: string
  readonly isAnswer: boolean
  readonly isWritten: boolean
  readonly bytes: number
}

class Stream implements SessionStream {
  readonly id: string
  readonly purpose: StreamPurpose
  readonly sequences: number[] = []
  known: Promise<void> = Promise.resolve()
  isFinished = false
  answeredAt: number | undefined
  /** Set once everything was given to a carrier and nothing more comes. */
  deliveredAt: number | undefined
  carrier: StreamCarrier | undefined
  detachedAt: number | undefined
  readonly #log: Log
  readonly #openedAt: number

  constructor(log: Log, id: string, purpose: StreamPurpose, openedAt: number) {
    this.#log = log
    this.id = id
    this.purpose = purpose
    this.#openedAt = openedAt
  }

  prime(carrier: StreamCarrier): void {
    carrier.send({ id: writeEventId({ stream: this.id, sequence: this.#openedAt, isEnd: false }), message: '' })
  }

  send(message: string, kind: 'message' | 'answer'): boolean {
    const isAnswer = kind === 'answer'
    const event = { id: this.#log.keep(this, message, isAnswer), message }
    if (this.carrier) return this.carrier.send(event)
    return isAnswer || this.detachedAt === undefined || this.#log.now() - this.detachedAt < RECONNECT_MS
  }

  finish(): void {
    this.isFinished = true
    this.#endIfDone()
  }

  attach(carrier: StreamCarrier, from: EventPosition | undefined): void {
    if (this.carrier !== carrier) this.carrier?.end()
    this.carrier = carrier
    const after = from?.isEnd ? Number.POSITIVE_INFINITY : (from?.sequence ?? 0)
    for (const sequence of this.sequences) {
      const event = sequence > after ? this.#log.event(sequence) : undefined
      if (event) carrier.send({ id: this.#log.idOf(event, sequence), message: event.message })
    }
    this.#endIfDone()
  }

  #endIfDone(): void {
    if (!this.isFinished || !this.carrier) return
    this.deliveredAt = this.#log.now()
    this.release()
  }

  detach(carrier: StreamCarrier): boolean {
    if (this.carrier !== carrier) return false
    this.carrier = undefined
    this.detachedAt = this.#log.now()
    return true
  }

  release(): void {
    const { carrier } = this
    if (!carrier) return
    this.detach(carrier)
    carrier.end()
  }

  owes(from: EventPosition): RpcId | undefined {
    if (this.purpose.kind !== 'request' || !this.isFinished || from.isEnd) return undefined
    const { answeredAt } = this
    if (answeredAt !== undefined && (answeredAt <= from.sequence || this.#log.event(answeredAt))) return undefined
    return this.purpose.id
  }
}

/** The events of all streams of a session, oldest first. */
class Log implements SessionStreams {
  readonly #deps: StreamsDeps
  readonly #streams = new Map<string, Stream>()
  readonly #events = new Map<number, KeptEvent>()
  #bytes = 0
  #last = 0
  #isEnded = false

  constructor(deps: StreamsDeps, entries: readonly KeptEntry[]) {
    this.#deps = deps
    for (const entry of entries) this.#restore(entry)
    for (const stream of this.#streams.values()) stream.isFinished = stream.purpose.kind !== 'unrelated'
    this.#trim()
  }

  now(): number {
    return this.#deps.now()
  }

  event(sequence: number): KeptEvent | undefined {
    return this.#events.get(sequence)
  }

  idOf({ stream, isAnswer }: KeptEvent, sequence: number): string {
    return writeEventId({ stream: stream.id, sequence, isEnd: isAnswer && stream.purpose.kind === 'request' })
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    this.#deps.budget.bytes += bytes
  }

  #next(): number {
    return (this.#last = Math.max(this.#last + 1, this.now() * SEQUENCES_PER_MS))
  }

  #restore({ sequence, stream: id, kind, message }: KeptEntry): void {
    this.#last = Math.max(this.#last, sequence)
    if (kind === 'open') {
      this.#streams.set(id, new Stream(this, id, JSON.parse(message) as StreamPurpose, sequence))
      return
    }
    const stream = this.#streams.get(id)
    if (stream) this.#put(stream, sequence, message, { isAnswer: kind === 'answer', isWritten: true })
  }

  #put(stream: Stream, sequence: number, message: string, is: Pick<KeptEvent, 'isAnswer' | 'isWritten'>): KeptEvent {
    const event = { stream, message, ...is, bytes: Buffer.byteLength(message) }
    this.#events.set(sequence, event)
    this.#count(event.bytes)
    stream.sequences.push(sequence)
    if (is.isAnswer) stream.answeredAt = sequence
    return event
  }

  keep(stream: Stream, message: string, isAnswer: boolean): string {
    const sequence = this.#next()
    // Nobody comes back to a session that ended.
    if (this.#isEnded) return writeEventId({ stream: stream.id, sequence, isEnd: false })
    // Progress and questions of a call die with the process that runs it; its answer does not.
    const isWritten = isAnswer || stream.purpose.kind === 'unrelated'
    const event = this.#put(stream, sequence, message, { isAnswer, isWritten })
    if (isWritten) this.#deps.journal.append({ sequence, stream: stream.id, kind: isAnswer ? 'answer' : 'message', message })
    this.#trim()
    return this.idOf(event, sequence)
  }

  #trim(): void {
    const { limits, budget } = this.#deps
    const { maxEvents, maxBytes } = limits
    for (const [sequence, { stream, bytes, isWritten }] of this.#events) {
      if (this.#events.size <= maxEvents && this.#bytes <= maxBytes && budget.bytes <= budget.maxBytes) break
      this.#events.delete(sequence)
      this.#count(-bytes)
      // It is the oldest of the session, so it is the oldest of its stream.
      stream.sequences.shift()
      if (isWritten) this.#deps.journal.removeEntry(sequence)
    }
    for (const stream of this.#streams.values()) {
      if (this.#streams.size <= maxEvents) break
      if (stream.isFinished) this.#forget(stream)
    }
  }

  #forget(stream: Stream): void {
    stream.release()
    for (const sequence of stream.sequences) {
      this.#count(-(this.#events.get(sequence)?.bytes ?? 0))
      this.#events.delete(sequence)
    }
    stream.sequences.length = 0
    this.#streams.delete(stream.id)
    this.#deps.journal.removeStream(stream.id)
  }

  open(purpose: StreamPurpose): SessionStream {
    const sequence = this.#next()
    const stream = new Stream(this, makeStreamId(purpose), purpose, sequence)
    this.#streams.set(stream.id, stream)
    this.#deps.journal.append({ sequence, stream: stream.id, kind: 'open', message: JSON.stringify(purpose) })
    if (purpose.kind === 'request') stream.known = this.#deps.journal.flush()
    if (purpose.kind === 'unrelated') this.#forgetLeft()
    return stream
  }

  /** A client that opens one stream after the other has left the older ones for good. */
  #forgetLeft(): void {
    const left = [...this.#streams.values()].filter(({ purpose, detachedAt, carrier }) => purpose.kind === 'unrelated' && !carrier && detachedAt !== undefined)
    for (const stream of left.slice(0, Math.max(left.length - UNRELATED_STREAMS, 0))) this.#forget(stream)
  }

  resume(lastEventId: string): Resumption {
    const from = readEventId(lastEventId)
    const stream = from && this.#streams.get(from.stream)
    if (from && stream) return { kind: 'resumed', stream, from }
    return { kind: 'unknown', isUnrelated: from !== undefined && isUnrelatedStream(from.stream) }
  }

  sweep(): void {
    const limit = this.now() - DELIVERED_MS
    for (const stream of this.#streams.values()) {
      if (stream.deliveredAt !== undefined && stream.deliveredAt <= limit) this.#forget(stream)
    }
  }

  [Symbol.dispose](): void {
    this.#isEnded = true
    this.#count(-this.#bytes)
    this.#events.clear()
    for (const stream of this.#streams.values()) stream.sequences.length = 0
  }
}

/** Goes on where the entries end: a request whose answer is not among them was lost with the process that ran it. */
export function createSessionStreams(deps: StreamsDeps, entries: readonly KeptEntry[] = []): SessionStreams {
  return new Log(deps, entries)
}
