import type { ServerResponse } from 'node:http'
import type { ExchangeClient, WireHeaders } from '../../core/exchange/index.ts'
import type { GatewayError } from '../../domain/errors.ts'

/** A client that takes nothing for so long is given up. */
const STALLED_MS = 60_000

/** The client's end of an exchange on a response. Writes after the client has gone are dropped; the exchange learns of it by its signal. */
export class AnswerClient implements ExchangeClient {
  readonly #response: ServerResponse
  readonly #writeError: (error: GatewayError) => string
  readonly #stalledMs: number
  #isStream = false
  #stallTimer: NodeJS.Timeout | undefined

  /** `writeError` is the event that ends a stream in the client's dialect. */
  constructor(response: ServerResponse, writeError: (error: GatewayError) => string, stalledMs: number = STALLED_MS) {
    this.#response = response
    this.#writeError = writeError
    this.#stalledMs = stalledMs
    response.once('close', () => clearTimeout(this.#stallTimer))
  }

  readonly head = (status: number, headers: WireHeaders): void => {
    if (this.#response.destroyed) return
    this.#isStream = String(headers['content-type']).startsWith('text/event-stream')
    const written: Record<string, string | string[]> = {}
    for (const [name, value] of Object.entries(headers)) written[name] = typeof value === 'string' ? value : [...value]
    this.#response.writeHead(status, written)
  }

  readonly chunk = (bytes: Uint8Array): boolean => this.#response.destroyed || this.#response.write(bytes)

  readonly onceDrained = (listener: () => void): void => {
    clearTimeout(this.#stallTimer)
    this.#stallTimer = setTimeout(() => this.#response.destroy(), this.#stalledMs)
    this.#response.once('drain', () => {
      clearTimeout(this.#stallTimer)
      listener()
    })
  }

  readonly end = (): void => {
    if (!this.#response.destroyed) this.#response.end()
  }

  /** In a stream the dialect has words for it; a whole body that broke off can only be cut. */
  readonly fail = (error: GatewayError): void => {
    if (this.#response.destroyed) return
    if (!this.#isStream) return void this.#response.destroy()
    this.#response.end(this.#writeError(error))
  }
}
