import { constants } from 'node:fs'
import { lstat, mkdir, open, readlink, realpath, type FileHandle } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { ToolFailureError } from '../tool-failure.ts'
import { isInside } from './named-path.ts'

const { O_RDONLY, O_NOFOLLOW, O_DIRECTORY } = constants
/** Where an open folder has a name of its own, files in it are reached through that: whatever its path is swapped for meanwhile. */
const HAS_DESCRIPTOR_PATHS = process.platform === 'linux'

export const OUTSIDE = 'Refused: the path leads outside of the workspace.'

/** An open folder that was inside the roots when it was opened. `at(name)` reaches its entries. */
export interface OpenFolder extends AsyncDisposable {
  /** Without symbolic links. */
  readonly path: string
  at(name: string): string
}

export type Roots = readonly [string, ...string[]]

export function checkInside(roots: Roots, real: string): void {
  if (!roots.some((root) => isInside(root, real))) throw new ToolFailureError(OUTSIDE)
}

/** Where an open file or folder really is. Throws when that is outside. */
export async function checkOpened(roots: Roots, handle: FileHandle, path: string): Promise<string> {
  if (HAS_DESCRIPTOR_PATHS) {
    const real = await readlink(`/proc/self/fd/${handle.fd}`)
    checkInside(roots, real)
    return real
  }
  const real = await realpath(path)
  checkInside(roots, real)
  const [opened, named] = await Promise.all([handle.stat(), lstat(real)])
  if (opened.ino !== named.ino || opened.dev !== named.dev) throw new ToolFailureError('Refused: the path changed while it was opened.')
  return real
}

async function openOne(roots: Roots, path: string): Promise<OpenFolder> {
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    const real = await checkOpened(roots, handle, path)
    const base = HAS_DESCRIPTOR_PATHS ? `/proc/self/fd/${handle.fd}` : real
    return { path: real, at: (name) => join(base, name), [Symbol.asyncDispose]: () => handle.close() }
  } catch (error) {
    await handle.close()
    throw error
  }
}

const isAbsent = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'

/** The path without symbolic links, as far as it exists, and the names that do not. A link to nothing is refused. */
async function resolveDeepest(path: string): Promise<{ readonly real: string; readonly missing: readonly string[] }> {
  const missing: string[] = []
  for (let at = path; ; at = dirname(at)) {
    try {
      return { real: await realpath(at), missing }
    } catch (error) {
      if (!isAbsent(error) || dirname(at) === at) throw error
    }
    const entry = await lstat(at).catch((error: unknown) => {
      if (isAbsent(error)) return undefined
      throw error
    })
    if (entry?.isSymbolicLink()) throw new ToolFailureError('Refused: the path leads through a symbolic link to nothing.')
    missing.unshift(basename(at))
  }
}

/** The real path of something inside the roots, whether it exists or not. It opens nothing. */
export async function resolveInside(roots: Roots, path: string): Promise<string> {
  const { real, missing } = await resolveDeepest(path)
  const whole = missing.length === 0 ? real : join(real, ...missing)
  checkInside(roots, whole)
  return whole
}

/** Opens an existing folder, symbolic links followed as long as they stay inside. */
export async function openFolder(roots: Roots, path: string): Promise<OpenFolder> {
  const real = await realpath(path)
  checkInside(roots, real)
  return openOne(roots, real)
}

/** Opens a folder and makes what is missing of it, each part inside the one that is open. */
export async function makeFolder(roots: Roots, path: string): Promise<OpenFolder> {
  const { real, missing } = await resolveDeepest(path)
  checkInside(roots, join(real, ...missing))
  let folder = await openOne(roots, real)
  for (const name of missing) {
    if (name.includes(sep)) throw new ToolFailureError(OUTSIDE)
    await using parent = folder
    await mkdir(parent.at(name)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    })
    folder = await openOne(roots, parent.at(name))
  }
  return folder
}
