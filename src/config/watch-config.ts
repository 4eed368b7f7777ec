import { createFolderWatchers } from './folder-watchers.ts'
import { isOtherContent, lookAtFile, wasEmptied, type WatchedContent } from './watched-content.ts'

export interface WatchOptions {
  readonly paths: readonly string[]
  /** Some of the files have another content now, and they have come to rest. Not called for a file that went away. */
  readonly onChange: (changed: readonly string[]) => void
  /** A file that was there is gone: what it said stays in force. */
  readonly onMissing?: (path: string) => void
  /** A folder cannot be watched; the slow look at the files goes on. */
  readonly onTrouble?: (error: Error) => void
  readonly debounceMs?: number
  /** How long an emptied file may stay empty until it is believed. */
  readonly emptyWaitMs?: number
  /** How often files are looked at all the same: network file systems tell nobody. */
  readonly lookEveryMs?: number
}

/** Watches files of the configuration until it is disposed of. */
export interface ConfigWatcher extends AsyncDisposable {
  /** Other files from now on; those that stay keep their last seen content. */
  setPaths(paths: readonly string[]): void
}

const NEVER_THERE: WatchedContent = { kind: 'never-there' }

/** Says of an emptied file that its writer may still be at it, for a while. */
function createPatience(emptyWaitMs: number): (path: string, now: WatchedContent, before: WatchedContent) => boolean {
  const emptiedAt = new Map<string, number>()
  return (path, now, before) => {
    if (!wasEmptied(now, before)) {
      emptiedAt.delete(path)
      return false
    }
    const since = emptiedAt.get(path) ?? performance.now()
    emptiedAt.set(path, since)
    return performance.now() - since < emptyWaitMs
  }
}

/**
 * Folders are watched instead of files, because editors and orchestrators replace files: a watch on the file itself
 * would stay with the old one. Events only say “look again”; what counts is the content.
 */
export function watchConfig(options: WatchOptions): ConfigWatcher {
  const { debounceMs = 150, emptyWaitMs = 1500, lookEveryMs = 2000 } = options
  const seen = new Map<string, WatchedContent>()
  const mustWait = createPatience(emptyWaitMs)
  let closed = false
  let pending: NodeJS.Timeout | undefined
  const folders = createFolderWatchers(
    () => schedule(),
    (error) => {
      if (!closed) options.onTrouble?.(error)
    },
  )

  function schedule(): void {
    if (closed) return
    clearTimeout(pending)
    pending = setTimeout(check, debounceMs)
  }

  /** True when the file has another content. */
  const checkFile = (path: string, before: WatchedContent): boolean => {
    const now = lookAtFile(path, before)
    if (now === before) return false
    if (mustWait(path, now, before)) {
      schedule()
      return false
    }
    seen.set(path, now)
    if (now.kind === 'gone') options.onMissing?.(path)
    return isOtherContent(now, before)
  }

  function check(): void {
    if (closed) return
    const changed = [...seen].filter(([path, before]) => checkFile(path, before)).map(([path]) => path)
    folders.aim(seen.keys())
    if (changed.length > 0) options.onChange(changed)
  }

  const setPaths = (paths: readonly string[]): void => {
    const wanted = new Set(paths)
    for (const path of seen.keys()) if (!wanted.has(path)) seen.delete(path)
    for (const path of wanted) if (!seen.has(path)) seen.set(path, lookAtFile(path, NEVER_THERE))
    folders.aim(seen.keys())
  }

  setPaths(options.paths)
  const slowLook = setInterval(check, lookEveryMs)
  slowLook.unref()

  return {
    setPaths: (paths) => {
      if (!closed) setPaths(paths)
    },
    [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(pending)
      clearInterval(slowLook)
      folders[Symbol.dispose]()
      return Promise.resolve()
    },
  }
}
