import { realpathSync, watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

/** The folder of the name and the folder of what it leads to: a ConfigMap swaps a link in the first, an editor behind a link writes in the second. */
function foldersOf(path: string): readonly string[] {
  try {
    return [dirname(path), dirname(realpathSync(path))]
  } catch {
    // Not there yet: its folder is all there is to watch.
    return [dirname(path)]
  }
}

export interface FolderWatchers extends Disposable {
  /** Watches the folders of these files, as they lead now, and no others. */
  aim(files: Iterable<string>): void
}

/** System watches on folders. An event says nothing but “look again”. */
export function createFolderWatchers(onEvent: () => void, onTrouble: (error: Error) => void): FolderWatchers {
  const watchers = new Map<string, FSWatcher>()

  const unwatch = (folder: string): void => {
    watchers.get(folder)?.close()
    watchers.delete(folder)
  }

  const watchFolder = (folder: string): void => {
    try {
      const watcher = watch(folder, { persistent: false }, onEvent)
      watcher.on('error', (error) => {
        unwatch(folder)
        onTrouble(error)
      })
      watchers.set(folder, watcher)
    } catch (error) {
      // A folder that does not exist yet is found by the slow look.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') onTrouble(error as Error)
    }
  }

  return {
    aim(files) {
      const wanted = new Set([...files].flatMap(foldersOf))
      for (const folder of watchers.keys()) if (!wanted.has(folder)) unwatch(folder)
      for (const folder of wanted) if (!watchers.has(folder)) watchFolder(folder)
    },
    [Symbol.dispose]() {
      for (const folder of watchers.keys()) unwatch(folder)
    },
  }
}
