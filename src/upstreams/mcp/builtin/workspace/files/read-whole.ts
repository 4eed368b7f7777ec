import { constants, type Stats } from 'node:fs'
import { open, realpath } from 'node:fs/promises'
import { ToolFailureError } from '../tool-failure.ts'
import { checkInside, checkOpened, type Roots } from './open-folder.ts'

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants

export interface WholeFile {
  /** Without symbolic links. */
  readonly path: string
  readonly bytes: Buffer
  readonly stats: Stats
}

/**
 * Reads a file inside the roots. What was opened is judged, not what the path named before; nothing of it is returned when it
 * is outside. Pipes and devices are refused without waiting for them.
 */
export async function readWhole(roots: Roots, path: string, mostBytes: number): Promise<WholeFile> {
  const real = await realpath(path)
  checkInside(roots, real)
  await using handle = await open(real, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  const opened = await checkOpened(roots, handle, real)
  const stats = await handle.stat()
  if (stats.isDirectory()) throw new ToolFailureError('This is a folder, not a file. Use LS to list it.')
  if (!stats.isFile()) throw new ToolFailureError('Refused: this is a device, a pipe or a socket, not a file.')
  const tooLong = new ToolFailureError(`The file is longer than the ${mostBytes} bytes that the workspace reads (\`fileBytes\`).`)
  if (stats.size > mostBytes) throw tooLong
  const bytes = Buffer.allocUnsafe(stats.size + 1)
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  if (filled > stats.size) throw new ToolFailureError('The file grew while it was read; try again.')
  return { path: opened, bytes: bytes.subarray(0, filled), stats }
}
