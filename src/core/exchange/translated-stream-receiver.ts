import { createNdjsonParser, createSseParser, type Loss, type SseEvent, type SseParser, type StreamDecoder, type StreamEncoder, type StreamPart } from '../../dialects/index.ts'
import type { Usage } from '../../domain/usage.ts'
import { createAnswerPipeline, type AnswerPipeline } from './answer-pipeline.ts'
import type { AttemptContext } from './attempt-context.ts'
import type { BodyOutcome, BodyProgress, BodyReceiver } from './body-receiver.ts'
import type { Translation } from './translate-request.ts'

/** What a person or a program waits for. */
const CONTENT = new Set<StreamPart['type']>(['text-delta', 'reasoning-delta', 'reasoning-seal', 'tool-call-start', 'search', 'native'])

/** The commit gate of a translated stream: events in, canonical parts between, the client's events out. */
export class TranslatedStreamReceiver implements BodyReceiver {
  readonly #context: AttemptContext
  readonly #parser: SseParser
  readonly #pipeline: AnswerPipeline
  readonly #decoder: StreamDecoder
  readonly #encoder: StreamEncoder
  readonly #requestLosses: readonly Loss[]
  #held = ''
  #heldEvents = 0
  #outcome: BodyOutcome | undefined
  #hasStarted = false
  isCommitted = false
  usage: Usage | undefined

  /** Whether all is held back until it is checked. */
  readonly #mayBeRepaired: boolean

  constructor(context: AttemptContext, translation: Translation) {
    this.#context = context
    this.#requestLosses = translation.losses
    this.#mayBeRepaired = translation.format.schema !== undefined
    this.#parser = translation.upstream.response.framing === 'ndjson' ? createNdjsonParser() : createSseParser()
    this.#pipeline = createAnswerPipeline(translation)
    this.#decoder = translation.upstream.translation.createStreamDecoder()
    this.#encoder = translation.client.translation.createStreamEncoder(translation.answer)
  }

  get losses(): readonly Loss[] {
    return [...this.#requestLosses, ...this.#decoder.losses, ...this.#encoder.losses]
  }

  get hasContent(): boolean {
    return this.isCommitted
  }

  push(bytes: Uint8Array): BodyProgress {
    const isPaused = this.#read(this.#parser.push(bytes))
    return { isPaused: isPaused && !this.#outcome, outcome: this.#outcome }
  }

  /** A stream ends well only if the provider's did. */
  end(): BodyOutcome {
    this.#read(this.#parser.end())
    if (!this.#outcome) this.#write(this.#decoder.end())
    return this.#outcome ?? { kind: 'broken', reason: 'a stream that ended before its answer did' }
  }

  #read(events: readonly SseEvent[]): boolean {
    let isPaused = false
    for (const event of events) {
      if (this.#outcome) break
      this.#heldEvents++
      if (this.#write(this.#decoder.push(event))) isPaused = true
    }
    return isPaused
  }

  /** True when the client cannot take more for now. */
  #write(parts: readonly StreamPart[]): boolean {
    let text = ''
    let commits = !this.#mayBeRepaired && this.#heldEvents >= this.#context.settings.gateEvents
    for (const part of this.#pipeline.push(parts)) {
      if (part.type === 'error') {
        const { fault } = part
        // What came before the failure in the same event is said; the failure is said by the client's own surface.
        this.#outcome = { kind: 'fault', fault, tell: this.isCommitted ? (error) => this.#context.client.fail(error) : undefined }
        break
      }
      if (part.type === 'usage') this.usage = part.usage
      if (part.type === 'message-start') this.#hasStarted = true
      if (CONTENT.has(part.type)) commits = true
      const written = this.#encoder.push(part)
      if (part.type === 'message-end') this.#finish(written)
      else text += written
    }
    return this.#send(text, commits)
  }

  #send(text: string, commits: boolean): boolean {
    const { client } = this.#context
    if (this.isCommitted) return text !== '' && !client.chunk(Buffer.from(text))
    this.#held += text
    if (!commits && this.#held.length < this.#context.settings.gateBytes) return false
    return this.#commit()
  }

  #commit(): boolean {
    const { client, answerHeaders } = this.#context
    this.isCommitted = true
    client.head(200, {
      ...answerHeaders({}),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    })
    const held = this.#held
    this.#held = ''
    return held !== '' && !client.chunk(Buffer.from(held))
  }

  #finish(ending: string): void {
    const { client } = this.#context
    if (!this.#hasStarted) {
      this.#outcome = { kind: 'broken', reason: 'a stream that ended without an answer' }
      return
    }
    this.#outcome = {
      kind: 'answered',
      release: () => {
        if (!this.isCommitted) this.#commit()
        client.chunk(Buffer.from(ending))
        client.end()
      },
    }
  }
}
