import type { Usage } from '../../domain/usage.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import type { AttemptContext } from './attempt-context.ts'
import { GatheredBody, NOT_A_STREAM } from './gathered-body.ts'
import type { BodyOutcome, BodyProgress, BodyReceiver } from './body-receiver.ts'

/**
 * Receives an answer that is one JSON body. A small one is held until it is complete, so that one that breaks off was
 * never begun; a large one is let through as it comes, but for its last piece.
 */
export class WholeReceiver implements BodyReceiver {
  readonly #context: AttemptContext
  readonly #headers: WireHeaders
  readonly #body = new GatheredBody()
  /** Pieces before this one have been sent on. */
  #next = 0
  isCommitted = false
  usage: Usage | undefined

  constructor(context: AttemptContext, headers: WireHeaders) {
    this.#context = context
    this.#headers = headers
  }

  get hasContent(): boolean {
    return this.#body.bytes > 0
  }

  push(bytes: Uint8Array): BodyProgress {
    this.#body.push(bytes)
    const { settings, wantsStream } = this.#context
    if (this.#body.bytes <= settings.wholeBytes) return { isPaused: false, outcome: undefined }
    if (wantsStream) return { isPaused: false, outcome: { kind: 'broken', reason: NOT_A_STREAM.reason } }
    return { isPaused: this.#send(this.#body.pieces.length - 1), outcome: undefined }
  }

  end(): BodyOutcome {
    const verdict = this.#body.judge(this.#context.codec, this.#context.wantsStream)
    if (verdict.kind === 'malformed') return { kind: 'broken', reason: verdict.reason }
    if (verdict.kind === 'fault') {
      const { client } = this.#context
      const tell = (): void => {
        this.#send(this.#body.pieces.length)
        client.end()
      }
      return { kind: 'fault', fault: verdict.fault, tell: this.isCommitted ? tell : undefined }
    }
    this.usage = verdict.usage
    return {
      kind: 'answered',
      release: () => {
        this.#send(this.#body.pieces.length, this.#body.bytes)
        this.#context.client.end()
      },
    }
  }

  /** Sends the pieces before `limit`; true when the client cannot take more for now. */
  #send(limit: number, totalBytes?: number): boolean {
    const { client, answerHeaders } = this.#context
    if (!this.isCommitted) {
      this.isCommitted = true
      const length = totalBytes === undefined ? {} : { 'content-length': String(totalBytes) }
      client.head(200, { ...answerHeaders(this.#headers), 'content-type': 'application/json', ...length })
    }
    let isPaused = false
    for (; this.#next < limit; this.#next++) {
      const piece = this.#body.pieces[this.#next]
      if (piece && !client.chunk(piece)) isPaused = true
    }
    return isPaused
  }
}
