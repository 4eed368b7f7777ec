import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import { GatewayError } from '../../../domain/errors.ts'
import type { AnswerSink, SentRequest, WireHeaders } from '../upstream.ts'
import { createAnswerTimers, type AnswerPhase, type AnswerTimeouts, type AnswerTimers } from './answer-timers.ts'
import { describeFailure } from './describe-failure.ts'

export interface HttpAnswerOptions {
  readonly provider: string
  readonly timeouts: AnswerTimeouts
  /** An answer beyond this is cut: F22, an endless stream. */
  readonly maxBytes: number
  readonly maxMs: number
  /** Which of the provider's headers the sink is told. */
  passHeaders(headers: IncomingHttpHeaders): WireHeaders
  /** Whether an error came from a socket that had served an answer before. */
  wasReused(error: Error): boolean
}

const LF = 0x0a
const CR = 0x0d

const EXPIRED: Readonly<Record<AnswerPhase, string>> = {
  connect: 'could not be connected to in time',
  'first-token': 'sent no content in time (`timeouts.firstToken`)',
  idle: 'went silent in the middle of its answer (`timeouts.idle`)',
}

const endsLine = (chunk: Buffer): boolean => {
  const last = chunk[chunk.length - 1]
  return last === LF || last === CR || chunk.includes(LF) || chunk.includes(CR)
}

/** Receives one answer from undici and hands it to a sink: timers, caps, back-pressure, abort. Settles exactly once. */
export class HttpAnswer implements Dispatcher.DispatchHandler, SentRequest {
  readonly #sink: AnswerSink
  readonly #signal: AbortSignal
  readonly #options: HttpAnswerOptions
  readonly #timers: AnswerTimers
  readonly #startedAt = Date.now()
  #controller: Dispatcher.DispatchController | undefined
  #isSettled = false
  #sawHead = false
  #hasContent = false
  /** Events, or JSON texts, a line each: one that is whole is progress. */
  #hasLines = false
  #bytes = 0

  constructor(sink: AnswerSink, signal: AbortSignal, options: HttpAnswerOptions) {
    this.#sink = sink
    this.#signal = signal
    this.#options = options
    this.#timers = createAnswerTimers(options.timeouts, (phase) => this.#expire(phase))
    this.#timers.enter('connect')
    if (signal.aborted) queueMicrotask(this.#onAbort)
    else signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  resume(): void {
    if (this.#isSettled) return
    this.#timers.resume()
    this.#controller?.resume()
  }

  contentStarted(): void {
    if (this.#isSettled || this.#hasContent) return
    this.#hasContent = true
    this.#timers.enter('idle')
  }

  /** While a body is on its way nothing is late: whoever sends it has a timer of his own. */
  uploads(isUploading: boolean): void {
    if (this.#isSettled) return
    if (isUploading) this.#timers.pause()
    else this.#timers.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // Undici cannot be stopped while it connects; what was given up meanwhile is stopped here.
    if (this.#isSettled) return controller.abort(new Error('given up'))
    this.#timers.enter('first-token')
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isSettled || status < 200) return
    this.#sawHead = true
    this.#hasLines = /event-stream|ndjson/.test(headers['content-type'] ?? '')
    const coding = headers['content-encoding']
    if (coding !== undefined && coding !== 'identity') {
      const message = `Provider \`${this.#options.provider}\` answered with content-encoding \`${coding}\`, which was not asked for.`
      return this.#stop(new GatewayError('upstream_protocol', message))
    }
    this.#sink.head(status, this.#options.passHeaders(headers))
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return
    this.#bytes += chunk.length
    this.#timers.progress(chunk.length, this.#hasLines && endsLine(chunk))
    const { maxBytes, maxMs, provider } = this.#options
    if (this.#bytes > maxBytes || Date.now() - this.#startedAt > maxMs) {
      const limit = this.#bytes > maxBytes ? `${maxBytes} bytes` : `${maxMs} ms`
      return this.#stop(new GatewayError('upstream_protocol', `The answer of provider \`${provider}\` exceeds ${limit}.`))
    }
    if (this.#sink.chunk(chunk) || this.#isSettled) return
    controller.pause()
    this.#timers.pause()
  }

  onResponseEnd(): void {
    if (!this.#settle()) return
    this.#sink.end()
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (!this.#settle()) return
    const { provider, wasReused } = this.#options
    this.#sink.fail(describeFailure(error, { provider, sawHead: this.#sawHead, reusedSocket: wasReused(error) }))
  }

  /** An arrow function, so that it can be taken off the signal again. */
  readonly #onAbort = (): void => {
    this.#stop(new GatewayError('cancelled', 'The request was cancelled.', { cause: this.#signal.reason }))
  }

  #expire(phase: AnswerPhase): void {
    const message = `Provider \`${this.#options.provider}\` ${EXPIRED[phase]}.`
    this.#stop(new GatewayError('upstream_timeout', message, { details: { layer: 'timer', phase } }))
  }

  #stop(error: GatewayError): void {
    if (!this.#settle()) return
    this.#controller?.abort(error)
    this.#sink.fail(error)
  }

  #settle(): boolean {
    if (this.#isSettled) return false
    this.#isSettled = true
    this.#timers[Symbol.dispose]()
    this.#signal.removeEventListener('abort', this.#onAbort)
    return true
  }
}
