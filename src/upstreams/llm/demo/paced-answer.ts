import { GatewayError } from '../../../domain/errors.ts'
import type { AnswerSink, SentRequest } from '../upstream.ts'

export interface PacedContent {
  readonly status: number
  readonly contentType: string
  readonly pieces: readonly string[]
  readonly pauseMs: number
}

/** Says prepared pieces one after another with a pause between, waits for a slow reader, and stops when it is told to. */
export class PacedAnswer implements SentRequest {
  readonly #content: PacedContent
  readonly #sink: AnswerSink
  readonly #signal: AbortSignal
  readonly #release: () => void
  #timer: NodeJS.Timeout | undefined
  #next = 0
  #isWaiting = false
  #isDone = false

  /** `release` is called once, when the answer is over. */
  constructor(content: PacedContent, sink: AnswerSink, signal: AbortSignal, release: () => void) {
    this.#content = content
    this.#sink = sink
    this.#signal = signal
    this.#release = release
    signal.addEventListener('abort', this.#onAbort, { once: true })
    this.#timer = setTimeout(() => (signal.aborted ? this.#onAbort() : this.#start()), 0)
  }

  resume(): void {
    if (this.#isDone || !this.#isWaiting) return
    this.#isWaiting = false
    this.#schedule()
  }

  /** The demo has no deadlines of its own. */
  contentStarted(): void {}

  stop(error: GatewayError): void {
    if (this.#finish()) this.#sink.fail(error)
  }

  #start(): void {
    if (this.#isDone) return
    this.#sink.head(this.#content.status, { 'content-type': this.#content.contentType })
    this.#say()
  }

  #say(): void {
    if (this.#isDone) return
    const piece = this.#content.pieces[this.#next++]
    if (piece === undefined) {
      if (this.#finish()) this.#sink.end()
      return
    }
    this.#isWaiting = !this.#sink.chunk(Buffer.from(piece, 'utf8'))
    if (!this.#isWaiting && !this.#isDone) this.#schedule()
  }

  #schedule(): void {
    this.#timer = setTimeout(() => this.#say(), this.#content.pauseMs)
  }

  readonly #onAbort = (): void => {
    this.stop(new GatewayError('cancelled', 'The request was cancelled.', { cause: this.#signal.reason }))
  }

  #finish(): boolean {
    if (this.#isDone) return false
    this.#isDone = true
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#onAbort)
    this.#release()
    return true
  }
}
