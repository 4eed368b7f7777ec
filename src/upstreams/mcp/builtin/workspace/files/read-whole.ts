import { closeSync, constants, fstatSync, openSync, read, readSync, realpathSync, type Stats } from 'node:fs'
import { promisify } from 'node:util'
import { ToolFailureError } from '../tool-failure.ts'
import { checkInside, checkOpened, type Roots } from './open-folder.ts'
import { isSmall } from './small-file.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

const readLater = promisify(read)

export interface WholeFile {
  /** Without symbolic links. */
  readonly path: string
  readonly bytes: Buffer
  readonly stats: Stats
}

function checkReadable(stats: Stats, mostBytes: number): void {
  if (stats.isDirectory()) throw new ToolFailureError('This is a folder, not a file. Use LS to list it.')
  if (!stats.isFile()) throw new ToolFailureError('Refused: this is a device, a pipe or a socket, not a file.')
  if (stats.size > mostBytes) throw new ToolFailureError(`The file is longer than the ${mostBytes} bytes that the workspace reads (\`fileBytes\`).`)
}

/** All of a file, and at most one byte more than it had: then it has grown. */
async function readBytes(fd: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size + 1)
  let filled = 0
  for (let count = 1; count > 0 && filled < bytes.length; filled += count) {
    count = isSmall(size) ? readSync(fd, bytes, filled, bytes.length - filled, filled) : (await readLater(fd, bytes, filled, bytes.length - filled, filled)).bytesRead
  }
  return bytes.subarray(0, filled)
}

/**
 * Reads a file inside the roots. What was opened is judged, not what the path named before; nothing of it is returned when it
 * is outside. Pipes and devices are refused without waiting for them.
 */
export async function readWhole(roots: Roots, path: string, mostBytes: number): Promise<WholeFile> {
  const real = realpathSync.native(path)
  checkInside(roots, real)
  const fd = openSync(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const opened = checkOpened(roots, fd, real)
    const stats = fstatSync(fd)
    checkReadable(stats, mostBytes)
    const bytes = await readBytes(fd, stats.size)
    if (bytes.length > stats.size) throw new ToolFailureError('The file grew while it was read; try again.')
    return { path: opened, bytes, stats }
  } finally {
    closeSync(fd)
  }
}
