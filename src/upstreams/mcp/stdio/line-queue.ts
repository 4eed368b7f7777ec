import type { Writable } from 'node:stream'
import type { PendingRequest } from '../peer/pending-request.ts'

export interface LineQueue {
  /** False when the queue is full: nothing was queued. */
  push(line: string, request?: PendingRequest): boolean
  /** Nothing more is written. */
  close(): void
}

export interface LineQueueOptions {
  readonly maxBytes: number
  readonly writeMs: number
  /** The stream took nothing for `writeMs`. Called once. */
  readonly onStuck: () => void
}

interface Entry {
  readonly line: string
  readonly request: PendingRequest | undefined
}

/** What goes into one write; a longer line goes alone. */
const BATCH_CHARACTERS = 256 * 1024

/**
 * Lines for a child that may not read. One write is under way at a time, so whatever waits behind it was provably never sent;
 * lines of one turn of the event loop share a write. A request that is settled before its turn is not sent.
 */
export function createLineQueue(stream: Writable, { maxBytes, writeMs, onStuck }: LineQueueOptions): LineQueue {
  const entries: Entry[] = []
  let held = 0
  let isWriting = false
  let isScheduled = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  function takeBatch(): string {
    let batch = ''
    let count = 0
    for (const { line, request } of entries) {
      if (batch !== '' && batch.length + line.length > BATCH_CHARACTERS) break
      count++
      held -= line.length
      if (request?.done) continue
      if (request) request.sent = true
      batch += `${line}\n`
    }
    entries.splice(0, count)
    return batch
  }

  function flush(): void {
    isScheduled = false
    if (closed || isWriting) return
    const batch = takeBatch()
    if (batch === '') return
    isWriting = true
    timer = setTimeout(() => {
      if (!closed) onStuck()
    }, writeMs)
    stream.write(batch, () => {
      clearTimeout(timer)
      isWriting = false
      if (entries.length > 0) flush()
    })
  }

  return {
    push(line, request) {
      if (closed || held + line.length > maxBytes) return false
      entries.push({ line, request })
      held += line.length
      if (!isScheduled && !isWriting) {
        isScheduled = true
        queueMicrotask(flush)
      }
      return true
    },
    close() {
      closed = true
      clearTimeout(timer)
      entries.length = 0
    },
  }
}
