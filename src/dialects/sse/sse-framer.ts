import { GatewayError } from '../../domain/errors.ts'

/** Real image and `response.completed` events are single lines of several megabytes. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024

/**
 * Cuts a byte stream into frames: the lines up to and including a blank one. Each byte is looked at once, however the
 * stream is chunked. It keeps no bytes, only where it is; the caller owns the chunks.
 */
export interface SseFramer {
  /** Offsets in this chunk just after which a frame is complete. Throws `upstream_protocol` for an event beyond the limit. */
  push(chunk: Uint8Array): readonly number[]
}

const CR = 0x0d
const LF = 0x0a
const NONE: readonly number[] = []

class LineEndFramer implements SseFramer {
  readonly #limit: number
  #frameBytes = 0
  #lineBytes = 0
  /** The last byte was CR: an LF that follows belongs to it. */
  #afterCr = false
  /** Bytes of a byte order mark that may still come; they are no part of the first line. */
  #bomLeft: readonly number[] = [0xef, 0xbb, 0xbf]

  constructor(limit: number) {
    this.#limit = limit
  }

  push(bytes: Uint8Array): readonly number[] {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (chunk.length === 0) return NONE
    const ends: number[] = []
    let at = this.#skipBom(chunk)
    let frameStart = 0
    if (this.#afterCr && at < chunk.length && chunk[at] === LF) at++
    this.#afterCr = false
    let nextCr = chunk.indexOf(CR, at)
    let nextLf = chunk.indexOf(LF, at)
    while (nextCr >= 0 || nextLf >= 0) {
      const isCr = nextCr >= 0 && (nextLf < 0 || nextCr < nextLf)
      const lineEnd = isCr ? nextCr : nextLf
      const isBlank = this.#lineBytes === 0 && lineEnd === at
      at = lineEnd + 1
      if (isCr && at < chunk.length && chunk[at] === LF) at++
      else if (isCr && at === chunk.length) this.#afterCr = true
      this.#lineBytes = 0
      this.#check(at - frameStart)
      if (isBlank) {
        ends.push(at)
        this.#frameBytes = 0
        frameStart = at
      }
      if (nextCr >= 0 && nextCr < at) nextCr = chunk.indexOf(CR, at)
      if (nextLf >= 0 && nextLf < at) nextLf = chunk.indexOf(LF, at)
    }
    this.#lineBytes += chunk.length - at
    this.#check(chunk.length - frameStart)
    this.#frameBytes += chunk.length - frameStart
    return ends
  }

  #check(bytesInChunk: number): void {
    if (this.#frameBytes + bytesInChunk > this.#limit) {
      throw new GatewayError('upstream_protocol', `The provider sent an event larger than ${this.#limit} bytes.`)
    }
  }

  #skipBom(chunk: Buffer): number {
    let at = 0
    while (this.#bomLeft.length > 0 && at < chunk.length) {
      if (chunk[at] !== this.#bomLeft[0]) {
        this.#bomLeft = []
        return at
      }
      this.#bomLeft = this.#bomLeft.slice(1)
      at++
    }
    return at
  }
}

export function createSseFramer(limit: number = MAX_EVENT_BYTES): SseFramer {
  return new LineEndFramer(limit)
}
