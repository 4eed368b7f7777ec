import type { Usage } from '../../domain/usage.ts'
import type { StreamWatch } from '../../dialects/index.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { BodyOutcome, BodyProgress, BodyReceiver } from './body-receiver.ts'
import { StreamFilter, type Filtered } from './stream-filter.ts'

const GOES_ON: BodyProgress = { isPaused: false, outcome: undefined }
const PAUSED: BodyProgress = { isPaused: true, outcome: undefined }

/** The commit gate of a stream: holds everything until content has come, then lets the very bytes through. */
export class StreamReceiver implements BodyReceiver {
  readonly #context: AttemptContext
  readonly #headers: WireHeaders
  readonly #watch: StreamWatch
  readonly #filter: StreamFilter
  #held: Uint8Array[] = []
  isCommitted = false

  constructor(context: AttemptContext, headers: WireHeaders) {
    this.#context = context
    this.#headers = headers
    this.#watch = context.codec.response.createStreamWatch()
    const { dropsUsage, choices, settings } = context
    const { gateEvents, gateBytes } = settings
    this.#filter = new StreamFilter({ watch: this.#watch, dropsUsage, choices, gateEvents, gateBytes })
  }

  get usage(): Usage | undefined {
    return this.#watch.usage
  }

  get hasContent(): boolean {
    return this.isCommitted
  }

  push(bytes: Uint8Array): BodyProgress {
    const filtered = this.#filter.push(bytes)
    const isPaused = this.#forward(filtered)
    const outcome = this.#outcome(filtered)
    if (outcome) return { isPaused: false, outcome }
    return isPaused ? PAUSED : GOES_ON
  }

  /** A provider may end without its terminator only when every choice had said that it is finished. */
  end(): BodyOutcome {
    const filtered = this.#filter.end()
    this.#forward(filtered)
    const outcome = this.#outcome(filtered)
    if (outcome) return outcome
    if (this.#filter.events === 0) return { kind: 'broken', reason: 'an event stream without events' }
    if (!this.#filter.isFinished) return { kind: 'broken', reason: 'a stream that ended before its answer did' }
    return { kind: 'answered', release: () => this.#context.client.end() }
  }

  /** True when the client cannot take more for now. */
  #forward(filtered: Filtered): boolean {
    if (!this.isCommitted) {
      this.#held.push(...filtered.bytes)
      return filtered.commits && this.#commit()
    }
    let isPaused = false
    for (const piece of filtered.bytes) if (!this.#context.client.chunk(piece)) isPaused = true
    return isPaused
  }

  #commit(): boolean {
    const { client, answerHeaders } = this.#context
    this.isCommitted = true
    client.head(200, {
      ...answerHeaders(this.#headers),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    const held = this.#held
    this.#held = []
    let isPaused = false
    for (const piece of held) if (!client.chunk(piece)) isPaused = true
    return isPaused
  }

  #outcome({ terminal, fault }: Filtered): BodyOutcome | undefined {
    const { client } = this.#context
    if (fault) {
      const tell = (): void => {
        client.chunk(fault.raw)
        client.end()
      }
      return { kind: 'fault', fault: fault.fault, tell: this.isCommitted ? tell : undefined }
    }
    if (!terminal) return undefined
    if (this.#filter.events === 0) return { kind: 'broken', reason: 'a stream that ended without an answer' }
    return {
      kind: 'answered',
      release: () => {
        if (!this.isCommitted) this.#commit()
        client.chunk(terminal)
        client.end()
      },
    }
  }
}
