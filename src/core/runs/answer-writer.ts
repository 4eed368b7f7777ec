import { foldAnswer, type AnswerContext, type DialectCodec, type StreamEncoder, type StreamPart } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { ExchangeClient, WireHeaders } from '../exchange/index.ts'

/** What is true of one turn's body only. */
const OF_THE_BODY = new Set(['content-length', 'content-encoding', 'transfer-encoding', 'etag', 'x-trunkline-plan'])

/** Writes the answer of a run to its client: as it comes for a stream, at the end for a whole answer. */
export class AnswerWriter {
  readonly #client: ExchangeClient
  readonly #codec: DialectCodec
  readonly #context: AnswerContext
  readonly #encoder: StreamEncoder | undefined
  readonly #parts: StreamPart[] = []
  readonly #runId: string
  #headers: WireHeaders = {}
  hasBegun = false

  constructor(client: ExchangeClient, codec: DialectCodec, context: AnswerContext, options: { readonly isStream: boolean; readonly runId: string }) {
    this.#client = client
    this.#codec = codec
    this.#context = context
    this.#runId = options.runId
    if (options.isStream) this.#encoder = codec.translation.createStreamEncoder(context)
  }

  begin(headers: WireHeaders): void {
    if (this.hasBegun) return
    this.#headers = { ...Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_BODY.has(name.toLowerCase()))), 'x-trunkline-run': this.#runId, 'x-trunkline-plan': 'run' }
    if (!this.#encoder) return
    this.hasBegun = true
    this.#client.head(200, this.#headers)
  }

  /** False when the client cannot take more for now. */
  push(parts: readonly StreamPart[]): boolean {
    if (!this.#encoder) {
      this.#parts.push(...parts)
      return true
    }
    const encoder = this.#encoder
    const text = parts.map((part) => encoder.push(part)).join('')
    return text === '' || this.#client.chunk(Buffer.from(text))
  }

  onceDrained(listener: () => void): void {
    this.#client.onceDrained(listener)
  }

  /** An answer that needed no call goes as it came. */
  passOn(status: number, headers: WireHeaders, bytes: Buffer): void {
    this.hasBegun = true
    this.#client.head(status, { ...headers, 'x-trunkline-run': this.#runId })
    this.#client.chunk(bytes)
    this.#client.end()
  }

  end(): void {
    if (this.#encoder) return this.#client.end()
    const { value } = this.#codec.translation.encodeAnswer(foldAnswer(this.#parts), this.#context)
    const body = Buffer.from(JSON.stringify(value))
    this.hasBegun = true
    this.#client.head(200, { ...this.#headers, 'content-type': 'application/json', 'content-length': String(body.length) })
    this.#client.chunk(body)
    this.#client.end()
  }

  fail(error: GatewayError): void {
    this.#client.fail(error)
  }
}
