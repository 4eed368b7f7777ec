import type { McpSessionStore, StoredMcpSession, StoredStreamEntry } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'

/** Where the streams of one session write down what must survive. */
export interface EntryJournal {
  append(entry: Omit<StoredStreamEntry, 'session'>): void
  removeEntry(sequence: number): void
  removeStream(stream: string): void
  /** Settles when everything noted before is on disk, or was given up and logged, or takes too long. Never rejects. */
  flush(): Promise<void>
}

/** Writes sessions behind: what changes within a moment becomes one commit. A crash costs what the last moment brought. */
export interface SessionJournal extends AsyncDisposable {
  /** `read` is asked when it is written; several changes of one session are one write. */
  save(digest: string, read: () => StoredMcpSession): void
  entriesOf(digest: string): EntryJournal
  /** Drops what waits to be written of a session that ended. */
  forget(digest: string): void
}

export interface JournalDeps {
  readonly store: McpSessionStore
  readonly logger: Logger
  readonly delayMs?: number
}

const DELAY_MS = 200
/** A disk that hangs must not hold a stream back for longer. */
const FLUSH_WAIT_MS = 1_000

interface PendingEntry {
  readonly session: string
  readonly write: () => Promise<void>
}

export function createSessionJournal({ store, logger, delayMs = DELAY_MS }: JournalDeps): SessionJournal {
  const sessions = new Map<string, () => StoredMcpSession>()
  /** Those that were saved and not forgotten: a late answer brings no session back. */
  const alive = new Set<string>()
  let entries: PendingEntry[] = []
  let isClosed = false
  let timer: NodeJS.Timeout | undefined

  async function flush(): Promise<void> {
    clearTimeout(timer)
    timer = undefined
    const writes = [...[...sessions.values()].map((read) => store.save(read())), ...entries.map(({ write }) => write())]
    sessions.clear()
    entries = []
    const failed = (await Promise.allSettled(writes)).find((outcome) => outcome.status === 'rejected')
    if (failed) logger.warn({ err: failed.reason as unknown, writes: writes.length }, 'MCP sessions could not be written down; a restart will not know of their last changes')
  }

  function schedule(): void {
    if (isClosed) return
    timer ??= setTimeout(() => void flush(), delayMs)
  }

  async function flushInTime(): Promise<void> {
    const late = Promise.withResolvers<void>()
    const deadline = setTimeout(() => late.resolve(), FLUSH_WAIT_MS)
    await Promise.race([flush(), late.promise])
    clearTimeout(deadline)
  }

  function note(session: string, write: () => Promise<void>): void {
    if (!alive.has(session)) return
    entries.push({ session, write })
    schedule()
  }

  return {
    save(digest, read) {
      alive.add(digest)
      sessions.set(digest, read)
      schedule()
    },
    entriesOf: (session) => ({
      append: (entry) => note(session, () => store.append({ ...entry, session })),
      removeEntry: (sequence) => note(session, () => store.removeEntry(session, sequence)),
      removeStream: (stream) => note(session, () => store.removeStream(session, stream)),
      flush: flushInTime,
    }),
    forget(digest) {
      alive.delete(digest)
      sessions.delete(digest)
      entries = entries.filter(({ session }) => session !== digest)
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await flush()
    },
  }
}

/** For sessions that end with the process. */
export const NO_ENTRIES: EntryJournal = {
  append: () => undefined,
  removeEntry: () => undefined,
  removeStream: () => undefined,
  flush: () => Promise.resolve(),
}
