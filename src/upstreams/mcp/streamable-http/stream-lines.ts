export interface StreamLines {
  push(text: string): void
}

/**
 * Cuts text into lines that end with `\n`, `\r` or `\r\n`; the second half of a pair may come in the next piece. Empty lines count.
 * `line` and `over` (a line without end) may be called many times and once; linear in the characters.
 */
export function createStreamLines(maxLength: number, line: (text: string) => void, over: (length: number) => void): StreamLines {
  let pieces: string[] = []
  let held = 0
  let stopped = false
  let isAfterCarriage = false

  function take(part: string): void {
    const whole = pieces.length === 0 ? part : pieces.join('') + part
    pieces = []
    held = 0
    line(whole)
  }

  function keep(part: string): void {
    if (part === '') return
    held += part.length
    pieces.push(part)
    if (held <= maxLength) return
    stopped = true
    pieces = []
    over(held)
  }

  return {
    push(text) {
      let from = isAfterCarriage && text.startsWith('\n') ? 1 : 0
      isAfterCarriage = text === '' ? isAfterCarriage : text.endsWith('\r')
      let carriage = text.indexOf('\r', from)
      while (!stopped) {
        if (carriage >= 0 && carriage < from) carriage = text.indexOf('\r', from)
        const newline = text.indexOf('\n', from)
        const at = carriage >= 0 && (newline < 0 || carriage < newline) ? carriage : newline
        if (at < 0) return keep(text.slice(from))
        take(text.slice(from, at))
        from = at === carriage && newline === at + 1 ? at + 2 : at + 1
      }
    },
  }
}
