import type { UpstreamFault } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { AnswerSink, SentRequest, WireHeaders } from '../../upstreams/llm/index.ts'
import { AnswerSample } from './answer-sample.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { AttemptResult } from './attempt-result.ts'
import type { BodyOutcome, BodyProgress, BodyReceiver } from './body-receiver.ts'
import { explainAnswer } from './explain-failure.ts'
import { StreamReceiver } from './stream-receiver.ts'
import { TranslatedStreamReceiver } from './translated-stream-receiver.ts'
import { TranslatedWholeReceiver } from './translated-whole-receiver.ts'
import { WholeReceiver } from './whole-receiver.ts'

const SPACES = new Set([0x20, 0x0a, 0x0d, 0x09])
const OPEN_BRACE = 0x7b
const LESS_THAN = 0x3c
const LINGER_MS = 1_000

/**
 * Receives one answer: tells errors from answers, event streams from whole bodies, and settles `result` exactly once.
 * What comes after that is ignored; what should not come any more is aborted.
 */
export class AnswerReceiver implements AnswerSink {
  readonly result: Promise<AttemptResult>
  /** What of a good answer has come. */
  readonly sample = new AnswerSample()
  readonly #context: AttemptContext
  readonly #abort: () => void
  readonly #resolve: (result: AttemptResult) => void
  #sent: SentRequest | undefined
  #status = 0
  #headers: WireHeaders = {}
  #body: BodyReceiver | undefined
  #early: Uint8Array[] = []
  #earlyBytes = 0
  #isSettled = false
  #lingerTimer: NodeJS.Timeout | undefined

  /** `abort` ends the request at the provider. */
  constructor(context: AttemptContext, abort: () => void) {
    this.#context = context
    this.#abort = abort
    const { promise, resolve } = Promise.withResolvers<AttemptResult>()
    this.result = promise
    this.#resolve = resolve
  }

  started(sent: SentRequest): void {
    this.#sent = sent
  }

  head(status: number, headers: WireHeaders): void {
    this.#status = status
    this.#headers = headers
  }

  chunk(bytes: Uint8Array): boolean {
    if (this.#isSettled) return true
    if (this.#isGood) this.sample.push(bytes)
    if (this.#body) return this.#pushBody(this.#body, bytes)
    this.#early.push(bytes)
    this.#earlyBytes += bytes.length
    if (!this.#isGood) return this.#keepError()
    const first = bytes.find((byte) => !SPACES.has(byte))
    if (first === undefined) return this.#checkEarly()
    return this.#open(first)
  }

  end(): void {
    clearTimeout(this.#lingerTimer)
    if (this.#isSettled) return
    if (!this.#isGood) return this.#failAnswer()
    if (!this.#body) return this.#break('an empty answer')
    try {
      this.#conclude(this.#body.end())
    } catch (error) {
      this.#breakWith(error)
    }
  }

  fail(error: GatewayError): void {
    clearTimeout(this.#lingerTimer)
    if (this.#isSettled) return
    if (error.code === 'cancelled') return this.#settle({ kind: 'cancelled', status: this.#status, usage: this.#body?.usage })
    // An error answer that broke off is still an error answer.
    if (this.#status >= 300) return this.#failAnswer()
    this.#breakWith(error)
  }

  get #isGood(): boolean {
    return this.#status >= 200 && this.#status < 300
  }

  #keepError(): boolean {
    this.#sent?.contentStarted()
    if (this.#earlyBytes <= this.#context.settings.errorBytes) return true
    this.#failAnswer()
    return true
  }

  #checkEarly(): boolean {
    if (this.#earlyBytes > this.#context.settings.wholeBytes) this.#break('nothing but white space')
    return true
  }

  /** The first byte of content tells the shape; content types are often wrong. */
  #open(first: number): boolean {
    const { wantsStream } = this.#context
    if (first === LESS_THAN) return this.#break('a page of markup'), true
    const isWhole = first === OPEN_BRACE && !(wantsStream && this.#context.codec.response.framing === 'ndjson')
    if (!isWhole && !wantsStream) return this.#break('an event stream though none was asked for'), true
    this.#body = this.#createBody(isWhole)
    const early = this.#early
    this.#early = []
    let goesOn = true
    for (const piece of early) if (!this.#isSettled) goesOn = this.#pushBody(this.#body, piece)
    return goesOn
  }

  #createBody(isWhole: boolean): BodyReceiver {
    const { translation } = this.#context
    if (translation) return isWhole ? new TranslatedWholeReceiver(this.#context, translation) : new TranslatedStreamReceiver(this.#context, translation)
    return isWhole ? new WholeReceiver(this.#context, this.#headers) : new StreamReceiver(this.#context, this.#headers)
  }

  #pushBody(body: BodyReceiver, bytes: Uint8Array): boolean {
    let progress: BodyProgress
    try {
      progress = body.push(bytes)
    } catch (error) {
      this.#breakWith(error)
      return true
    }
    if (body.hasContent) this.#sent?.contentStarted()
    if (progress.outcome) {
      this.#conclude(progress.outcome)
      // What follows the terminator is not worth a connection, but a moment's patience keeps it usable.
      if (progress.outcome.kind === 'answered') this.#lingerTimer = setTimeout(this.#abort, LINGER_MS)
      return true
    }
    if (!progress.isPaused) return true
    this.#context.client.onceDrained(() => this.#sent?.resume())
    return false
  }

  #conclude(outcome: BodyOutcome): void {
    if (outcome.kind === 'broken') return this.#break(outcome.reason)
    if (outcome.kind === 'answered') {
      this.#settle({ kind: 'answered', status: this.#status, usage: this.#body?.usage, losses: this.#body?.losses ?? [], release: () => outcome.release() })
      return
    }
    const { fault, tell } = outcome
    this.#notePause(fault)
    const error = explainAnswer(this.#context.target, fault.status, this.#headers, fault, Date.now())
    if (tell) this.#settle({ kind: 'interrupted', status: this.#status, usage: this.#body?.usage, error, release: () => tell(error) })
    else this.#settle(this.#failed(error, fault.status, fault))
    this.#abort()
  }

  #failAnswer(): void {
    const body = Buffer.concat(this.#early)
    const fault = this.#context.codec.error.decode(this.#status, body.toString('utf8'))
    this.#notePause(fault)
    // Google says with status 400 that the gateway's own key is wrong.
    const status = fault?.status ?? this.#status
    const error = explainAnswer(this.#context.target, status, this.#headers, fault, Date.now())
    // The client of a translation could not read the provider's words.
    this.#settle(this.#failed(error, status, fault, fault && !this.#context.translation ? body : undefined))
    this.#abort()
  }

  /** How long to wait stands in a header, and with some dialects in the body only. */
  #notePause(fault: UpstreamFault | undefined): void {
    if (fault?.retryAfterMs === undefined || this.#headers['retry-after'] !== undefined) return
    this.#headers = { ...this.#headers, 'retry-after': String(Math.ceil(fault.retryAfterMs / 1000)), 'retry-after-ms': String(fault.retryAfterMs) }
  }

  #break(what: string): void {
    const { provider } = this.#context.target
    this.#breakWith(new GatewayError('upstream_protocol', `Provider \`${provider}\` sent ${what}.`, { details: { layer: 'protocol' } }))
  }

  #breakWith(thrown: unknown): void {
    const error = thrown instanceof GatewayError ? thrown : this.#unreadable(thrown)
    if (this.#body?.isCommitted === true) {
      const release = (): void => this.#context.client.fail(error)
      this.#settle({ kind: 'interrupted', status: this.#status, usage: this.#body.usage, error, release })
    } else this.#settle(this.#failed(error, this.#status, undefined))
    this.#abort()
  }

  #unreadable(cause: unknown): GatewayError {
    const { provider } = this.#context.target
    const code = cause instanceof SyntaxError ? 'upstream_protocol' : 'internal'
    return new GatewayError(code, `The answer of provider \`${provider}\` could not be read.`, { cause })
  }

  #failed(error: GatewayError, status: number, fault: UpstreamFault | undefined, body?: Uint8Array): AttemptResult {
    const usage = this.#body?.usage
    return { kind: 'failed', error, status, httpStatus: this.#status, headers: this.#headers, body, fault, ...(usage ? { usage } : {}) }
  }

  #settle(result: AttemptResult): void {
    this.#isSettled = true
    this.#resolve(result)
  }
}
