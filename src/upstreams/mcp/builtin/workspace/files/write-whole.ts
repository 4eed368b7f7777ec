import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ToolFailureError } from '../tool-failure.ts'
import { makeFolder, resolveInside, type Roots } from './open-folder.ts'

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants

/**
 * Replaces a file as a whole, or makes it and its folders: readers see the old text or the new one. The mode is kept; a hard
 * link elsewhere keeps the old text. Returns the real path.
 */
export async function writeWhole(roots: Roots, path: string, text: string | Buffer): Promise<string> {
  const real = await resolveInside(roots, path)
  await using folder = await makeFolder(roots, dirname(real))
  const name = basename(real)
  const before = await lstat(folder.at(name)).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (before && !before.isFile()) throw new ToolFailureError(before.isDirectory() ? 'This is a folder, not a file.' : 'Refused: this is not a regular file.')
  const temporary = folder.at(`.${randomBytes(8).toString('hex')}.trunkline-tmp`)
  try {
    {
      await using handle = await open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, before ? before.mode & 0o777 : 0o666)
      await handle.writeFile(text)
      if (before) await handle.chmod(before.mode & 0o777)
    }
    await rename(temporary, folder.at(name))
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return join(folder.path, name)
}
