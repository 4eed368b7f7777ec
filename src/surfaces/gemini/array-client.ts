import type { ExchangeClient, WireHeaders } from '../../core/exchange/index.ts'
import { createSseParser, type SseEvent } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'

/**
 * A stream for clients that did not ask for events: one JSON array that arrives piece by piece, `[{…}` then `,\r\n{…}` then `]`.
 * Answers that are no streams go through as they are.
 */
export class ArrayClient implements ExchangeClient {
  readonly #inner: ExchangeClient
  readonly #writeError: (error: GatewayError) => string
  readonly #parser = createSseParser()
  #isStream = false
  #count = 0

  /** `writeError` is a failure as one item. */
  constructor(inner: ExchangeClient, writeError: (error: GatewayError) => string) {
    this.#inner = inner
    this.#writeError = writeError
  }

  readonly head = (status: number, headers: WireHeaders): void => {
    this.#isStream = String(headers['content-type']).startsWith('text/event-stream')
    this.#inner.head(status, this.#isStream ? { ...headers, 'content-type': 'application/json; charset=utf-8' } : headers)
  }

  readonly chunk = (bytes: Uint8Array): boolean => (this.#isStream ? this.#write(this.#items(this.#parser.push(bytes))) : this.#inner.chunk(bytes))

  readonly onceDrained = (listener: () => void): void => this.#inner.onceDrained(listener)

  readonly end = (): void => {
    if (this.#isStream) this.#write(`${this.#items(this.#parser.end())}${this.#count === 0 ? '[]' : ']'}`)
    this.#inner.end()
  }

  /** A whole body that broke off can only be cut; the array ends with what happened. */
  readonly fail = (error: GatewayError): void => {
    if (!this.#isStream) return this.#inner.fail(error)
    this.#write(`${this.#items([{ event: undefined, data: this.#writeError(error) }])}]`)
    this.#inner.end()
  }

  #items(events: readonly SseEvent[]): string {
    return events
      .filter(({ data }) => data.trim() !== '')
      .map(({ data }) => `${this.#count++ === 0 ? '[' : ',\r\n'}${data}`)
      .join('')
  }

  #write(text: string): boolean {
    return text === '' || this.#inner.chunk(Buffer.from(text))
  }
}
