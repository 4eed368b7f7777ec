import { existsSync, rmSync } from 'node:fs'
import type { JsonObject } from '../lib/json.ts'
import { lockFile } from './lock-file.ts'
import { overlayPath, readOverlay, writeOverlay } from './read-overlay.ts'

/** The file with the switches that were made at run time. */
export interface OverlayFile {
  readonly path: string
  /** Runs work while nobody else, in this process or another, changes the file. Rejects with `overloaded` when its turn does not come. */
  exclusive<Result>(work: () => Promise<Result>): Promise<Result>
  /** Nothing for a missing file; a corrupt one is set aside. */
  read(): JsonObject
  /** The same for looking only: undefined for a missing file, and a corrupt one stays where it is. */
  peek(): JsonObject | undefined
  /** Durable when it returns. */
  write(values: JsonObject): void
  /** False when there was none. */
  remove(): boolean
}

export function createOverlayFile(dataDirectory: string): OverlayFile {
  const path = overlayPath(dataDirectory)
  let before: Promise<unknown> = Promise.resolve()
  return {
    path,
    exclusive(work) {
      const turn = before.then(async () => {
        await using _lock = await lockFile(`${path}.lock`)
        return await work()
      })
      before = turn.catch(() => undefined)
      return turn
    },
    read: () => readOverlay(dataDirectory, false).layer?.value ?? {},
    peek: () => (existsSync(path) ? (readOverlay(dataDirectory, true).layer?.value ?? {}) : undefined),
    write: (values) => writeOverlay(dataDirectory, values, new Date()),
    remove() {
      const wasThere = existsSync(path)
      rmSync(path, { force: true })
      return wasThere
    },
  }
}
