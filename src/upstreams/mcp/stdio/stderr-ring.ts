/** The newest bytes of a child's stderr. It never grows past its size, whatever the child writes. */
export interface StderrRing {
  push(chunk: Buffer): void
  /** From the first whole line that is still held. */
  text(): string
  /** The newest line with something on it, fit for a message: no control characters, at most 300 characters. */
  lastLine(): string | undefined
}

/** Under an uncaught error Node prints stack frames and its version: `    at main (file.js:1:2)`, `Node.js v24.1.0`. */
const NOISE = /^(\s+at |Node\.js v\d|[\s}^]*$)/

export const STDERR_RING_BYTES = 256 * 1024
/** Each chunk costs some hundred bytes beside what it holds. */
const MOST_CHUNKS = 4096

export function createStderrRing(maxBytes: number = STDERR_RING_BYTES): StderrRing {
  let chunks: Buffer[] = []
  let held = 0
  let cut = false

  function tail(bytes: number): string {
    return Buffer.concat(chunks).subarray(-bytes).toString('utf8')
  }

  /** Forgets whole chunks that nobody can ask for any more; copying what is left would cost as much as reading it did. */
  function dropOldest(): void {
    let count = 0
    for (let oldest = chunks[0]; oldest && held - oldest.length >= maxBytes; oldest = chunks[count]) {
      held -= oldest.length
      count++
    }
    if (count === 0) return
    cut = true
    chunks.splice(0, count)
  }

  return {
    push(chunk) {
      cut ||= chunk.length > maxBytes
      const kept = chunk.length > maxBytes ? Buffer.from(chunk.subarray(-maxBytes)) : chunk
      chunks.push(kept)
      held += kept.length
      if (held > maxBytes * 1.5) dropOldest()
      if (chunks.length > MOST_CHUNKS) chunks = [Buffer.concat(chunks)]
    },
    text() {
      const text = tail(maxBytes)
      const partial = cut || held > maxBytes
      const firstLine = partial ? text.indexOf('\n') : -1
      return text.slice(firstLine + 1)
    },
    lastLine() {
      const line = tail(4096)
        .split('\n')
        .filter((candidate) => !NOISE.test(candidate))
        // eslint-disable-next-line no-control-regex
        .map((candidate) => candidate.replaceAll(/\u001b\[[0-9;]*m|[\u0000-\u001f\u007f-\u009f]/g, '').trim())
        .findLast((candidate) => candidate !== '')
      return line?.slice(0, 300)
    },
  }
}
