import { createSseParser, findTurns, type DialectCodec, type SseEvent, type SseParser, type StreamDecoder, type StreamPart } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import type { ExchangeClient } from './exchange.ts'
import { LateFold } from './late-fold.ts'

/** Takes the parts of an answer: of a stream while it comes, of a whole answer when it is settled. */
export interface PartSink {
  begin(headers: WireHeaders): void
  /** False asks to wait for the listener given to `onceDrained`. */
  push(parts: readonly StreamPart[]): boolean
  onceDrained(listener: () => void): void
}

export interface AnswerHead {
  readonly status: number
  readonly headers: WireHeaders
}

/** The client's end of an exchange for the gateway itself: reads what a client would have been sent. */
export class PartClient implements ExchangeClient {
  readonly #sink: PartSink
  readonly #codec: DialectCodec
  readonly #parser: SseParser = createSseParser()
  readonly #decoder: StreamDecoder
  readonly #fold: LateFold
  readonly #pieces: Uint8Array[] = []
  readonly parts: StreamPart[] = []
  answer: AnswerHead | undefined
  #isStream = false
  #failure: GatewayError | undefined
  #whole: JsonObject = {}

  constructor(codec: DialectCodec, sink: PartSink) {
    this.#codec = codec
    this.#sink = sink
    this.#decoder = codec.translation.createStreamDecoder()
    this.#fold = new LateFold(findTurns(codec.dialect)?.createFold())
  }

  /** The whole answer as bytes, when it did not come as a stream. */
  get bytes(): Buffer {
    return Buffer.concat(this.#pieces)
  }

  /** Whether it is the provider's own error, passed on. */
  get isRefusal(): boolean {
    return this.answer !== undefined && this.answer.status !== 200
  }

  readonly head = (status: number, headers: WireHeaders): void => {
    this.answer = { status, headers }
    this.#isStream = status === 200 && String(headers['content-type']).startsWith('text/event-stream')
    if (this.#isStream) this.#sink.begin(headers)
  }

  readonly chunk = (bytes: Uint8Array): boolean => {
    if (this.#isStream) return this.#take(this.#read(this.#parser.push(bytes)))
    this.#pieces.push(bytes)
    return true
  }

  readonly onceDrained = (listener: () => void): void => this.#sink.onceDrained(listener)

  readonly end = (): void => {
    if (this.#isStream) this.#take([...this.#read(this.#parser.end()), ...this.#decoder.end()])
  }

  readonly fail = (error: GatewayError): void => {
    this.#failure = error
  }

  #read(events: readonly SseEvent[]): readonly StreamPart[] {
    const parts: StreamPart[] = []
    for (const event of events) {
      this.#fold.push(event)
      for (const part of this.#decoder.push(event)) parts.push(part)
    }
    return parts
  }

  #take(parts: readonly StreamPart[]): boolean {
    for (const part of parts) {
      this.parts.push(part)
      if (part.type === 'error') this.#failure ??= new GatewayError('upstream_interrupted', `The provider broke off its answer: ${part.fault.message}`)
      // What is called has to be said to the model again.
      else if (part.type === 'tool-call-start') this.#fold.begin()
    }
    return this.#sink.push(parts)
  }

  /** Throws what the answer failed of. The parts of a whole answer are told now. */
  settle(): void {
    if (this.#failure) throw this.#failure
    if (this.#isStream) {
      if (this.parts.some(({ type }) => type === 'message-end')) return
      throw new GatewayError('upstream_interrupted', 'The stream of the provider ended before its answer did.')
    }
    const value = parseExact(this.bytes.toString('utf8'))
    if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider answered with something that is no JSON object.')
    this.parts.push(...this.#codec.translation.decodeAnswer(value).value)
    this.#sink.push(this.parts)
    this.#whole = value
  }

  /** What the model said, as the dialect writes whole answers; of a stream what its events add up to. Once it is settled. */
  said(): JsonObject {
    return this.#isStream ? this.#fold.answer() : this.#whole
  }
}
