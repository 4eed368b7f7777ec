import { closeSync, constants, fstatSync, lstatSync, mkdirSync, openSync, readlinkSync, realpathSync } from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { ToolFailureError } from '../tool-failure.ts'
import { isInside } from './named-path.ts'

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY } = constants
/** Where an open folder has a name of its own, files in it are reached through that: whatever its path is swapped for meanwhile. */
const HAS_DESCRIPTOR_PATHS = process.platform === 'linux'

export const OUTSIDE = 'Refused: the path leads outside of the workspace.'

/**
 * An open folder that was inside the roots when it was opened. `at(name)` reaches its entries. What this file does is not worth a
 * thread’s turn each: a path is resolved and opened in some ten microseconds on a local disk.
 */
export interface OpenFolder extends Disposable {
  /** Without symbolic links. */
  readonly path: string
  at(name: string): string
}

export type Roots = readonly [string, ...string[]]

export function checkInside(roots: Roots, real: string): void {
  if (!roots.some((root) => isInside(root, real))) throw new ToolFailureError(OUTSIDE)
}

/** Where an open file or folder really is. Throws when that is outside. */
export function checkOpened(roots: Roots, fd: number, path: string): string {
  if (HAS_DESCRIPTOR_PATHS) {
    const real = readlinkSync(`/proc/self/fd/${fd}`)
    checkInside(roots, real)
    return real
  }
  const real = realpathSync.native(path)
  checkInside(roots, real)
  const [opened, named] = [fstatSync(fd), lstatSync(real)]
  if (opened.ino !== named.ino || opened.dev !== named.dev) throw new ToolFailureError('Refused: the path changed while it was opened.')
  return real
}

function openOne(roots: Roots, path: string): OpenFolder {
  const fd = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    const real = checkOpened(roots, fd, path)
    const base = HAS_DESCRIPTOR_PATHS ? `/proc/self/fd/${fd}` : real
    return { path: real, at: (name) => join(base, name), [Symbol.dispose]: () => closeSync(fd) }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** The path without symbolic links, as far as it exists, and the names that do not. A link to nothing is refused. */
function resolveDeepest(path: string): { readonly real: string; readonly missing: readonly string[] } {
  const missing: string[] = []
  for (let at = path; ; at = dirname(at)) {
    try {
      return { real: realpathSync.native(at), missing }
    } catch (error) {
      if (!isAbsent(error) || dirname(at) === at) throw error
    }
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink()) throw new ToolFailureError('Refused: the path leads through a symbolic link to nothing.')
    missing.unshift(basename(at))
  }
}

/** The real path of something inside the roots, whether it exists or not. It opens nothing. */
export function resolveInside(roots: Roots, path: string): string {
  const { real, missing } = resolveDeepest(path)
  const whole = missing.length === 0 ? real : join(real, ...missing)
  checkInside(roots, whole)
  return whole
}

/** Opens an existing folder, symbolic links followed as long as they stay inside. */
export function openFolder(roots: Roots, path: string): OpenFolder {
  const real = realpathSync.native(path)
  checkInside(roots, real)
  return openOne(roots, real)
}

/** Opens a folder and makes what is missing of it, each part inside the one that is open. */
export function makeFolder(roots: Roots, path: string): OpenFolder {
  const { real, missing } = resolveDeepest(path)
  checkInside(roots, join(real, ...missing))
  let folder = openOne(roots, real)
  for (const name of missing) {
    using parent = folder
    if (name.includes(sep)) throw new ToolFailureError(OUTSIDE)
    try {
      mkdirSync(parent.at(name))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    folder = openOne(roots, parent.at(name))
  }
  return folder
}
