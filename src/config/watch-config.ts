import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync, watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

export interface WatchOptions {
  readonly paths: readonly string[]
  /** Some of the files have another content now, and they have come to rest. Not called for a file that went away. */
  readonly onChange: (changed: readonly string[]) => void
  /** A file that was there is gone: what it said stays in force. */
  readonly onMissing?: (path: string) => void
  /** A folder cannot be watched; the slow look at the files goes on. */
  readonly onTrouble?: (error: Error) => void
  readonly debounceMs?: number
  /** An empty file is usually one that is just being written, so it is given longer. */
  readonly emptyWaitMs?: number
  /** How often files are looked at all the same: network file systems tell nobody. */
  readonly lookEveryMs?: number
}

/** Watches files of the configuration until it is disposed of. */
export interface ConfigWatcher extends AsyncDisposable {
  /** Other files from now on; those that stay keep their last seen content. */
  setPaths(paths: readonly string[]): void
}

type Content = { readonly kind: 'missing' } | { readonly kind: 'present'; readonly hash: string; readonly isEmpty: boolean; readonly stamp: string }

function look(path: string, before: Content | undefined): Content {
  try {
    const { mtimeMs, size, ino } = statSync(path)
    const stamp = `${mtimeMs}:${size}:${ino}`
    if (before?.kind === 'present' && before.stamp === stamp) return before
    const bytes = readFileSync(path)
    return { kind: 'present', stamp, hash: createHash('sha256').update(bytes).digest('base64'), isEmpty: bytes.toString('utf8').trim() === '' }
  } catch {
    // Missing, a folder, not readable: for a reader of configurations these are the same, and the load says which.
    return { kind: 'missing' }
  }
}

/** The folder of the name and the folder of what it leads to: a ConfigMap swaps a link in the first, an editor behind a link writes in the second. */
function foldersOf(path: string): readonly string[] {
  try {
    return [dirname(path), dirname(realpathSync(path))]
  } catch {
    return [dirname(path)]
  }
}

/**
 * Folders are watched instead of files, because editors and orchestrators replace files: a watch on the file itself
 * would stay with the old one. Events only say “look again”; what counts is the content.
 */
export function watchConfig(options: WatchOptions): ConfigWatcher {
  const { debounceMs = 150, emptyWaitMs = 1500, lookEveryMs = 2000 } = options
  const seen = new Map<string, Content>()
  const watchers = new Map<string, FSWatcher>()
  let closed = false
  let pending: NodeJS.Timeout | undefined
  let emptySince: number | undefined

  const schedule = (waitMs: number): void => {
    if (closed) return
    clearTimeout(pending)
    pending = setTimeout(check, waitMs)
  }

  const unwatch = (folder: string): void => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  const watchFolder = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, () => schedule(debounceMs))
      watcher.on('error', (error) => {
        unwatch(folder)
        options.onTrouble?.(error)
      })
      watchers.set(folder, watcher)
    } catch (error) {
      // A folder that does not exist yet is found by the slow look.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') options.onTrouble?.(error as Error)
    }
  }

  const aim = (): void => {
    const wanted = new Set([...seen.keys()].flatMap(foldersOf))
    for (const folder of watchers.keys()) if (!wanted.has(folder)) unwatch(folder)
    for (const folder of wanted) if (!watchers.has(folder)) watchFolder(folder)
  }

  /** An emptied file is believed after a while; until then its last content stands. */
  const mustWaitForMore = (now: Content, before: Content | undefined): boolean => {
    if (now.kind !== 'present' || !now.isEmpty || before?.kind !== 'present' || before.isEmpty) return false
    emptySince ??= performance.now()
    return performance.now() - emptySince < emptyWaitMs
  }

  function check(): void {
    if (closed) return
    const changed: string[] = []
    let isWaiting = false
    for (const [path, before] of seen) {
      const now = look(path, before)
      if (now === before) continue
      if (mustWaitForMore(now, before)) {
        isWaiting = true
        continue
      }
      if (now.kind === 'missing') {
        // Its last content is kept, so that the same content in a new file is no change.
        if (before?.kind === 'present' && before.stamp !== 'gone') {
          seen.set(path, { ...before, stamp: 'gone' })
          options.onMissing?.(path)
        }
        continue
      }
      seen.set(path, now)
      if (before?.kind !== 'present' || before.hash !== now.hash) changed.push(path)
    }
    if (!isWaiting) emptySince = undefined
    else schedule(debounceMs)
    aim()
    if (changed.length > 0) options.onChange(changed)
  }

  const setPaths = (paths: readonly string[]): void => {
    const wanted = new Set(paths)
    for (const path of seen.keys()) if (!wanted.has(path)) seen.delete(path)
    for (const path of wanted) if (!seen.has(path)) seen.set(path, look(path, undefined))
    aim()
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
      for (const folder of watchers.keys()) unwatch(folder)
      return Promise.resolve()
    },
  }
}
