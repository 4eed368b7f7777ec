import { resolveInside, type Roots } from './open-folder.ts'
import { readWhole, type WholeFile } from './read-whole.ts'

/** As `readWhole`; undefined for a file that does not exist but may be made. */
export async function readExisting(roots: Roots, path: string, mostBytes: number): Promise<WholeFile | undefined> {
  try {
    return await readWhole(roots, path, mostBytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    // A link to nothing, or to somewhere else, is not “absent”.
    resolveInside(roots, path)
    return undefined
  }
}
