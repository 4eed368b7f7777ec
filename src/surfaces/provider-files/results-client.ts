import type { ExchangeClient, WireHeaders } from '../../core/exchange/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import { createJsonStringEditor } from '../../lib/json-string-editor.ts'

/** In a batch, and in each of a list. */
const PLACES = [['results_url'], ['data', '*', 'results_url']] as const

/**
 * An answer about batches whose `results_url` leads through the gateway: clients fetch it as it stands, and at the provider their key is
 * not valid. Everything else passes byte for byte.
 */
export class ResultsClient implements ExchangeClient {
  readonly #inner: ExchangeClient
  readonly #editor: ReturnType<typeof createJsonStringEditor>
  #isJson = false

  /** `origin` is the gateway's own address, as the client knows it. */
  constructor(inner: ExchangeClient, origin: string) {
    this.#inner = inner
    this.#editor = createJsonStringEditor({
      places: PLACES,
      edit(url) {
        const id = /\/messages\/batches\/([^/?#]+)\/results$/.exec(url)?.[1]
        return id === undefined ? undefined : `${origin}/v1/messages/batches/${id}/results`
      },
    })
  }

  readonly head = (status: number, headers: WireHeaders): void => {
    this.#isJson = String(headers['content-type']).startsWith('application/json')
    const { 'content-length': length, ...others } = headers
    this.#inner.head(status, this.#isJson || length === undefined ? others : headers)
  }

  readonly chunk = (bytes: Uint8Array): boolean => this.#write(this.#isJson ? this.#editor.push(bytes) : bytes)

  readonly onceDrained = (listener: () => void): void => this.#inner.onceDrained(listener)

  readonly end = (): void => {
    if (this.#isJson) this.#write(this.#editor.end())
    this.#inner.end()
  }

  readonly fail = (error: GatewayError): void => this.#inner.fail(error)

  #write(bytes: Uint8Array): boolean {
    return bytes.length === 0 || this.#inner.chunk(bytes)
  }
}
