import type { Readable } from 'node:stream'

/** What is read in one stretch of time; a child that writes more waits, as it would for a slow terminal. */
const STRETCH_MS = 100
const STRETCH_BYTES = 512 * 1024

/** Reads at most 5 MB a second, so that a child that floods costs its neighbours nothing. Nothing is lost; the child is held back. */
export function readMeasured(stream: Readable, onChunk: (chunk: Buffer) => void): void {
  let began = 0
  let read = 0
  let timer: NodeJS.Timeout | undefined
  stream.on('data', (chunk: Buffer) => {
    onChunk(chunk)
    const now = performance.now()
    if (now - began >= STRETCH_MS) {
      began = now
      read = 0
    }
    read += chunk.length
    if (read < STRETCH_BYTES || timer) return
    stream.pause()
    timer = setTimeout(() => {
      timer = undefined
      stream.resume()
    }, STRETCH_MS - (now - began))
  })
  stream.once('close', () => clearTimeout(timer))
}
