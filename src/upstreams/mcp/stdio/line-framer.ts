const NEWLINE = 0x0a

export interface LineSink {
  /** One line without its newline; never empty. */
  line(text: string): void
  /** A line grew past the cap. Nothing more is delivered. */
  oversize(bytes: number): void
}

export interface LineFramer {
  push(chunk: Buffer): void
}

/**
 * Cuts a byte stream into lines. Linear in the bytes: a chunk is searched once, for newlines only, and the pieces of a
 * long line are joined once. A character may be split between chunks, because bytes are decoded a line at a time.
 */
export function createLineFramer(maxBytes: number, sink: LineSink): LineFramer {
  let pieces: Buffer[] = []
  let held = 0
  let stopped = false

  function emit(last: Buffer): void {
    const bytes = pieces.length === 0 ? last : Buffer.concat([...pieces, last])
    pieces = []
    held = 0
    const text = bytes.toString('utf8')
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    if (line !== '') sink.line(line)
  }

  function grow(bytes: number): boolean {
    if (held + bytes <= maxBytes) return true
    stopped = true
    pieces = []
    sink.oversize(held + bytes)
    return false
  }

  return {
    push(chunk) {
      let from = 0
      while (!stopped) {
        const at = chunk.indexOf(NEWLINE, from)
        const end = at < 0 ? chunk.length : at
        if (!grow(end - from)) return
        if (at < 0) {
          if (end > from) pieces.push(chunk.subarray(from))
          held += end - from
          return
        }
        emit(chunk.subarray(from, at))
        from = at + 1
      }
    },
  }
}
