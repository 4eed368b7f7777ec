import { GatewayError } from '../../domain/errors.ts'

/** Real image and `response.completed` events are single lines of several megabytes. */
export const MAX_EVENT_BYTES = 8 * 1024 * 1024

/**
 * Cuts a byte stream into frames: the lines up to and including a blank one. Each byte is looked at once, however the
 * stream is chunked. It keeps no bytes, only where it is; the caller owns the chunks.
 */
export interface SseFramer {
  /**
   * Offsets in this chunk at which a frame is complete; 0 when it was complete before. Throws `upstream_protocol` for an
   * event beyond the limit.
   */
  push(chunk: Uint8Array): readonly number[]
}

const CR = 0x0d
const LF = 0x0a
const BOM = [0xef, 0xbb, 0xbf] as const

/** What a CR at the end of a chunk left open: whether an LF that follows belongs to it, and whether a frame waits for that. */
type OpenCr = 'none' | 'line-ended' | 'frame-waits'

/** The next place of a byte from `at` on, when the last one found is behind. */
const searchOn = (chunk: Buffer, byte: number, found: number, at: number): number => (found >= 0 && found < at ? chunk.indexOf(byte, at) : found)

class LineEndFramer implements SseFramer {
  readonly #limit: number
  #frameBytes = 0
  #lineBytes = 0
  #openCr: OpenCr = 'none'
  /** The last line ended with CRLF, so that a lone CR is likely half of another one. */
  #usesCrlf = false
  /** How much of a byte order mark has come; 3 when it is there or cannot come any more. */
  #bomBytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  push(bytes: Uint8Array): readonly number[] {
    const chunk = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (chunk.length === 0) return []
    const ends: number[] = []
    let at = this.#closeCr(chunk, this.#skipBom(chunk), ends)
    let nextCr = chunk.indexOf(CR, at)
    let nextLf = chunk.indexOf(LF, at)
    // One search for each kind of line end runs ahead; a kind that does not occur is looked for once.
    while (nextCr >= 0 || nextLf >= 0) {
      const isCr = nextCr >= 0 && (nextLf < 0 || nextCr < nextLf)
      at = this.#endLine(chunk, at, isCr ? nextCr : nextLf, isCr, ends)
      nextCr = searchOn(chunk, CR, nextCr, at)
      nextLf = searchOn(chunk, LF, nextLf, at)
    }
    this.#lineBytes += chunk.length - at
    const frameStart = ends.at(-1) ?? 0
    this.#check(chunk.length - frameStart)
    this.#frameBytes += chunk.length - frameStart
    return ends
  }

  /** Returns the place after the line end. */
  #endLine(chunk: Buffer, from: number, lineEnd: number, isCr: boolean, ends: number[]): number {
    const isBlank = this.#lineBytes === 0 && lineEnd === from
    const isCrlf = isCr && chunk[lineEnd + 1] === LF
    const at = lineEnd + (isCrlf ? 2 : 1)
    const isOpen = isCr && !isCrlf && at === chunk.length
    this.#lineBytes = 0
    this.#check(at - (ends.at(-1) ?? 0))
    if (isOpen) this.#openCr = isBlank && this.#usesCrlf ? 'frame-waits' : 'line-ended'
    else this.#usesCrlf = isCrlf
    if (isBlank && this.#openCr !== 'frame-waits') this.#endFrame(at, ends)
    return at
  }

  /** Deals with what the last chunk left open; returns where reading goes on. */
  #closeCr(chunk: Buffer, from: number, ends: number[]): number {
    const open = this.#openCr
    if (open === 'none') return from
    this.#openCr = 'none'
    const hasLf = chunk[from] === LF
    this.#usesCrlf = hasLf
    const at = hasLf ? from + 1 : from
    if (open === 'frame-waits') this.#endFrame(at, ends)
    return at
  }

  #endFrame(at: number, ends: number[]): void {
    ends.push(at)
    this.#frameBytes = 0
  }

  #check(bytesInChunk: number): void {
    if (this.#frameBytes + bytesInChunk > this.#limit) {
      throw new GatewayError('upstream_protocol', `The provider sent an event larger than ${this.#limit} bytes.`)
    }
  }

  /** The mark is no part of the first line, which may be blank. */
  #skipBom(chunk: Buffer): number {
    let at = 0
    while (this.#bomBytes < BOM.length && at < chunk.length) {
      if (chunk[at] !== BOM[this.#bomBytes]) {
        this.#lineBytes += this.#bomBytes
        this.#bomBytes = BOM.length
        return 0
      }
      this.#bomBytes++
      at++
    }
    return at
  }
}

export function createSseFramer(limit: number = MAX_EVENT_BYTES): SseFramer {
  return new LineEndFramer(limit)
}
