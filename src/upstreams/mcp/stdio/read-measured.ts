import type { Readable } from 'node:stream'

/** What may come at once: the words of a start, or of an error. */
const BURST_BYTES = 1024 * 1024
const BYTES_PER_MS = 1024
/** What is waited for before reading goes on: one read's worth. */
const SIP_BYTES = 64 * 1024

/**
 * Reads a megabyte at once and then one a second, so that a child that floods costs its neighbours next to nothing. Nothing is lost; the
 * child is held back, as it would be by a slow terminal.
 */
export function readMeasured(stream: Readable, onChunk: (chunk: Buffer) => void): void {
  let allowed = BURST_BYTES
  let asOf = performance.now()
  let timer: NodeJS.Timeout | undefined
  stream.on('data', (chunk: Buffer) => {
    onChunk(chunk)
    const now = performance.now()
    allowed = Math.min(BURST_BYTES, allowed + (now - asOf) * BYTES_PER_MS) - chunk.length
    asOf = now
    if (allowed > 0 || timer) return
    stream.pause()
    timer = setTimeout(() => {
      timer = undefined
      stream.resume()
    }, (SIP_BYTES - allowed) / BYTES_PER_MS)
  })
  stream.once('close', () => clearTimeout(timer))
}
