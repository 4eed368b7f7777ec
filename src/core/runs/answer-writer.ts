import { foldAnswer, type AnswerContext, type DialectCodec, type DialectTurns, type StreamEncoder, type StreamPart } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { ExchangeClient, WireHeaders } from '../exchange/index.ts'
import type { RunDialect } from './fragments.ts'

/** What is true of one turn's body only. */
const OF_THE_BODY = new Set(['content-length', 'content-encoding', 'transfer-encoding', 'etag', 'x-trunkline-plan'])

const withoutFacts = (headers: WireHeaders): WireHeaders => Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_BODY.has(name.toLowerCase())))

/** Writes the answer of a run to its client: as it comes for a stream, at the end for a whole answer. */
export class AnswerWriter {
  readonly #client: ExchangeClient
  readonly #codec: DialectCodec
  readonly #turns: DialectTurns
  readonly #context: AnswerContext
  readonly #encoder: StreamEncoder | undefined
  readonly #parts: StreamPart[] = []
  readonly #runId: string
  #headers: WireHeaders = {}
  hasBegun = false

  constructor(client: ExchangeClient, { codec, turns }: RunDialect, context: AnswerContext, options: { readonly isStream: boolean; readonly runId: string }) {
    this.#client = client
    this.#codec = codec
    this.#turns = turns
    this.#context = context
    this.#runId = options.runId
    if (options.isStream) this.#encoder = codec.translation.createStreamEncoder(context)
  }

  begin(headers: WireHeaders): void {
    if (this.hasBegun) return
    this.#headers = { ...withoutFacts(headers), 'x-trunkline-run': this.#runId, 'x-trunkline-plan': 'run' }
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

  /** An answer that needed no call goes as it came; `opening` are native blocks that are put before everything in it. */
  passOn({ status, headers }: { readonly status: number; readonly headers: WireHeaders }, bytes: Buffer, opening: readonly JsonObject[]): void {
    const { prepend } = this.#turns
    const isChanged = opening.length > 0 && prepend !== undefined
    const body = isChanged ? Buffer.from(prepend(bytes.toString('utf8') as JsonText, opening)) : bytes
    const kept = isChanged ? { ...withoutFacts(headers), 'content-length': String(body.length) } : headers
    this.hasBegun = true
    this.#client.head(status, { ...kept, 'x-trunkline-run': this.#runId })
    this.#client.chunk(body)
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
