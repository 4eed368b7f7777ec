import { randomBytes } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../domain/errors.ts'

const KEY_BYTES = 32

/**
 * The key that marks reasoning seals as ours, kept in the data directory so that a conversation goes on after a restart.
 * Made at the first start; a file of another length is refused and never replaced, since old seals depend on it.
 */
export async function loadSealKey(directory: string): Promise<Uint8Array> {
  const file = join(directory, 'seal.key')
  try {
    await using made = await open(file, 'wx', 0o600)
    const key = randomBytes(KEY_BYTES)
    await made.write(key)
    await made.sync()
    return key
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const key = await readFile(file)
  if (key.length === KEY_BYTES) return key
  throw new GatewayError('storage_unavailable', `Expected ${KEY_BYTES} bytes in \`${file}\`, found ${key.length}. Restore it, or delete it: models then think anew in running conversations.`)
}
