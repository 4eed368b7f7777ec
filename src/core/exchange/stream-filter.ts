import { createSseFramer, type StreamWatch, type UpstreamFault } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'

export interface StreamFilterOptions {
  readonly watch: StreamWatch
  /** Whether the chunk that only carries usage is taken out, because the gateway asked for it and not the client. */
  readonly dropsUsage: boolean
  /** How many choices must have finished for an end without a terminator to be whole. */
  readonly choices: number
  readonly gateEvents: number
  readonly gateBytes: number
}

/** What a read of the stream came to. `bytes` may be sent on once the answer is committed. */
export interface Filtered {
  readonly bytes: readonly Uint8Array[]
  /** Content has been seen, or so much without that it is not waited for any longer. */
  readonly commits: boolean
  /** The terminator, held back: it is sent once the exchange is on record. */
  readonly terminal: Uint8Array | undefined
  /** The provider reported a failure inside the stream; `raw` is its event. */
  readonly fault: { readonly fault: UpstreamFault; readonly raw: Uint8Array } | undefined
}

/** An unfinished event longer than this cannot be one that is held back; it is sent on as it comes. */
const HOLD_BYTES = 64 * 1024

const asBuffer = (bytes: Uint8Array): Buffer => (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

/**
 * Lets a stream's bytes through as they are, and knows where its events are: holds an unfinished event back, takes out the
 * usage the client did not ask for, stops at the terminator and at a failure. Throws `upstream_protocol`.
 */
export class StreamFilter {
  readonly #options: StreamFilterOptions
  readonly #framer = createSseFramer()
  #tail: Uint8Array[] = []
  #tailBytes = 0
  /** Bytes of the unfinished event that were sent on already. */
  #isReleased = false
  #isCommitted = false
  #events = 0
  #bytes = 0
  #finished = 0
  #fault: { readonly fault: UpstreamFault; readonly raw: Uint8Array } | undefined
  #terminal: Uint8Array | undefined

  constructor(options: StreamFilterOptions) {
    this.#options = options
  }

  /** Events with data that are no terminator. */
  get events(): number {
    return this.#events - (this.#terminal ? 1 : 0)
  }

  /** Every choice that was asked for has finished. */
  get isFinished(): boolean {
    return this.#finished >= this.#options.choices
  }

  push(bytes: Uint8Array): Filtered {
    const chunk = asBuffer(bytes)
    const out: Uint8Array[] = []
    let start = 0
    let runStart = 0
    for (const end of this.#framer.push(chunk)) {
      const part = chunk.subarray(start, end)
      const keeps = this.#judge(this.#frame(part), part)
      if (!keeps || this.#isStopped) {
        if (runStart < start) out.push(chunk.subarray(runStart, start))
        runStart = end
      } else if (this.#tail.length > 0 && !this.#isReleased) out.push(...this.#tail)
      this.#dropTail()
      start = end
      if (this.#isStopped) return this.#result(out)
    }
    if (runStart < start) out.push(chunk.subarray(runStart, start))
    this.#hold(chunk.subarray(start), out)
    return this.#result(out)
  }

  /** What is left when the provider has ended: an event without its blank line counts. */
  end(): Filtered {
    const rest = Buffer.concat(this.#tail)
    const isReleased = this.#isReleased
    if (rest.length === 0) return this.#result([])
    const keeps = this.#judge(rest, rest.subarray(rest.length))
    this.#dropTail()
    return this.#result(keeps && !this.#isStopped && !isReleased ? [rest] : [])
  }

  get #isStopped(): boolean {
    return this.#terminal !== undefined || this.#fault !== undefined
  }

  #frame(part: Buffer): Buffer {
    return this.#tail.length === 0 ? part : Buffer.concat([...this.#tail, part])
  }

  /** `unsent` is what of the frame can still be sent when its beginning was. */
  #judge(frame: Buffer, unsent: Buffer): boolean {
    const { watch, dropsUsage } = this.#options
    this.#bytes += frame.length
    const verdict = watch.inspect(frame, !this.#isCommitted)
    if (verdict.kind !== 'empty') this.#events++
    switch (verdict.kind) {
      case 'terminal':
        // A terminator that carries the whole answer may have begun to be sent.
        this.#terminal = this.#isReleased ? unsent : frame
        return false
      case 'fault':
        this.#fault = { fault: verdict.fault, raw: this.#isReleased ? unsent : frame }
        return false
      case 'malformed':
        if (!this.#isCommitted) throw new GatewayError('upstream_protocol', 'The provider sent an event that is not valid JSON.')
        return true
      case 'usage-only':
        return !dropsUsage || this.#isReleased
      case 'finish':
        this.#finished += verdict.choices
        this.#isCommitted = true
        return true
      case 'content':
        this.#isCommitted = true
        return true
      default:
        return true
    }
  }

  #hold(rest: Buffer, out: Uint8Array[]): void {
    if (rest.length === 0) return
    const { gateBytes, gateEvents } = this.#options
    this.#tail.push(rest)
    this.#tailBytes += rest.length
    if (this.#events >= gateEvents || this.#bytes + this.#tailBytes >= gateBytes) this.#isCommitted = true
    if (this.#isReleased) out.push(rest)
    else if (this.#tailBytes > HOLD_BYTES) {
      this.#isReleased = true
      out.push(...this.#tail)
    }
  }

  #dropTail(): void {
    this.#tail = []
    this.#tailBytes = 0
    this.#isReleased = false
  }

  #result(bytes: readonly Uint8Array[]): Filtered {
    const { gateBytes, gateEvents } = this.#options
    if (this.#events >= gateEvents || this.#bytes >= gateBytes) this.#isCommitted = true
    return { bytes, commits: this.#isCommitted, terminal: this.#terminal, fault: this.#fault }
  }
}
