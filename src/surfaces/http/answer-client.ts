import type { ServerResponse } from 'node:http'
import type { ExchangeClient, WireHeaders } from '../../core/exchange/index.ts'
import type { GatewayError } from '../../domain/errors.ts'

/** A client that takes nothing for so long is given up. */
const STALLED_MS = 60_000

/** A stream that is silent so long is given a sign of life. */
const KEEP_ALIVE_MS = 15_000

/** What keeps a stream alive in its dialect; an empty text keeps nothing alive. */
export interface KeepAlive {
  readonly text: string
  readonly intervalMs?: number | undefined
}

const LF = 0x0a
const LF_CRLF = 0x0a_0d_0a
const CRLF_CRLF = 0x0d_0a_0d_0a

/** Whether the last four bytes end an event: between two of them only, never inside one, may anything else be written. */
const endsEvent = (tail: number): boolean => (tail & 0xffff) === ((LF << 8) | LF) || (tail & 0xff_ffff) === LF_CRLF || tail === CRLF_CRLF || (tail & 0xffff) === 0x0d_0d

/** The client's end of an exchange on a response. Writes after the client has gone are dropped; the exchange learns of it by its signal. */
export class AnswerClient implements ExchangeClient {
  readonly #response: ServerResponse
  readonly #writeError: (error: GatewayError) => string
  readonly #stalledMs: number
  readonly #keepAlive: string
  readonly #keepAliveMs: number
  #isStream = false
  #stallTimer: NodeJS.Timeout | undefined
  #keepAliveTimer: NodeJS.Timeout | undefined
  #writtenAt = 0
  /** The last four bytes of the answer. */
  #tail = 0

  /** `writeError` is the event that ends a stream in the client's dialect. */
  constructor(response: ServerResponse, writeError: (error: GatewayError) => string, stalledMs: number = STALLED_MS, { text, intervalMs = KEEP_ALIVE_MS }: KeepAlive = { text: '' }) {
    this.#response = response
    this.#writeError = writeError
    this.#stalledMs = stalledMs
    this.#keepAlive = text
    this.#keepAliveMs = intervalMs
    response.once('close', () => {
      clearTimeout(this.#stallTimer)
      clearTimeout(this.#keepAliveTimer)
    })
  }

  readonly head = (status: number, headers: WireHeaders): void => {
    if (this.#response.destroyed) return
    this.#isStream = String(headers['content-type']).startsWith('text/event-stream')
    const written: Record<string, string | string[]> = {}
    for (const [name, value] of Object.entries(headers)) written[name] = typeof value === 'string' ? value : [...value]
    this.#response.writeHead(status, written)
    if (this.#isStream && this.#keepAlive !== '') this.#watchSilence(this.#keepAliveMs)
  }

  readonly chunk = (bytes: Uint8Array): boolean => {
    if (this.#keepAliveTimer !== undefined) this.#note(bytes)
    return this.#response.destroyed || this.#response.write(bytes)
  }

  readonly onceDrained = (listener: () => void): void => {
    clearTimeout(this.#stallTimer)
    this.#stallTimer = setTimeout(() => this.#response.destroy(), this.#stalledMs)
    this.#response.once('drain', () => {
      clearTimeout(this.#stallTimer)
      listener()
    })
  }

  readonly end = (): void => {
    clearTimeout(this.#keepAliveTimer)
    if (!this.#response.destroyed) this.#response.end()
  }

  /** In a stream the dialect has words for it; a whole body that broke off can only be cut. */
  readonly fail = (error: GatewayError): void => {
    clearTimeout(this.#keepAliveTimer)
    if (this.#response.destroyed) return
    if (!this.#isStream) return void this.#response.destroy()
    this.#response.end(this.#writeError(error))
  }

  #note(bytes: Uint8Array): void {
    this.#writtenAt = Date.now()
    for (const byte of bytes.subarray(-4)) this.#tail = ((this.#tail << 8) | byte) >>> 0
  }

  /** Costs no timer call per event: the running timer looks at what happened when it fires. */
  #watchSilence(delayMs: number): void {
    this.#keepAliveTimer = setTimeout(() => {
      const response = this.#response
      if (response.destroyed || response.writableEnded) return
      const silentMs = Date.now() - this.#writtenAt
      const isDue = silentMs >= this.#keepAliveMs && endsEvent(this.#tail) && !response.writableNeedDrain
      if (isDue) {
        response.write(this.#keepAlive)
        this.#writtenAt = Date.now()
      }
      this.#watchSilence(isDue || silentMs >= this.#keepAliveMs ? this.#keepAliveMs : this.#keepAliveMs - silentMs)
    }, delayMs)
  }
}
