/** Beyond so many characters the lines of one turn are written at once. */
const MAX_WAITING = 64 * 1024

/** Lines on their way to a stream. */
export interface LineBatch {
  write(line: string): void
  /** Writes what waits, now. */
  flush(): void
}

/**
 * Gathers the lines of one turn of the event loop into one write: a pipe is written synchronously, so that every line
 * would cost every request its own system call. What waits is written at the latest when the process ends.
 */
export function batchLines(stream: { write(text: string): unknown }): LineBatch {
  let waiting = ''
  let isScheduled = false
  const flush = (): void => {
    isScheduled = false
    if (waiting === '') return
    const text = waiting
    waiting = ''
    stream.write(text)
  }
  process.once('exit', flush)
  return {
    flush,
    write(line) {
      waiting += line
      if (waiting.length > MAX_WAITING) return flush()
      if (isScheduled) return
      isScheduled = true
      setImmediate(flush)
    },
  }
}
