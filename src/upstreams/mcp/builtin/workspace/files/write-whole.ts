import { randomBytes } from 'node:crypto'
import { closeSync, constants, fchmodSync, lstatSync, openSync, renameSync, rmSync, write, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ToolFailureError } from '../tool-failure.ts'
import { makeFolder, resolveInside, type Roots } from './open-folder.ts'
import { isSmall } from './small-file.ts'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

const writeLater = promisify(write)

async function writeNew(path: string, bytes: Buffer, mode: number | undefined): Promise<void> {
  const fd = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode ?? 0o666)
  try {
    for (let done = 0; done < bytes.length; ) {
      done += isSmall(bytes.length) ? writeSync(fd, bytes, done) : (await writeLater(fd, bytes, done)).bytesWritten
    }
    if (mode !== undefined) fchmodSync(fd, mode)
  } finally {
    closeSync(fd)
  }
}

/**
 * Replaces a file as a whole, or makes it and its folders: readers see the old text or the new one. The mode is kept; a hard
 * link elsewhere keeps the old text. It does not wait for the disk: what a power failure leaves is the file system’s to say. Returns
 * the real path.
 */
export async function writeWhole(roots: Roots, path: string, bytes: Buffer): Promise<string> {
  const real = resolveInside(roots, path)
  using folder = makeFolder(roots, dirname(real))
  const name = basename(real)
  const before = lstatSync(folder.at(name), { throwIfNoEntry: false })
  if (before && !before.isFile()) throw new ToolFailureError(before.isDirectory() ? 'This is a folder, not a file.' : 'Refused: this is not a regular file.')
  const temporary = folder.at(`.${randomBytes(8).toString('hex')}.trunkline-tmp`)
  try {
    await writeNew(temporary, bytes, before && before.mode & 0o777)
    renameSync(temporary, folder.at(name))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
  return join(folder.path, name)
}
