import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { CheckResult } from './check-result.ts'

/** `f_type` of Linux file systems on which SQLite’s locks or its write-ahead log do not hold. @see statfs(2) */
const REMOTE: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x01021997, '9P'],
  [0x65735546, 'FUSE'],
  [0x73757245, 'Coda'],
])
const TMPFS = 0x01021994

const NEEDED_BYTES = 256 * 1024 * 1024

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path))
}

function checkWritable(path: string, existing: string): CheckResult {
  try {
    accessSync(existing, constants.W_OK | constants.X_OK)
    if (!statSync(existing).isDirectory()) return { id: 'data', status: 'problem', evidence: `${existing} is no folder`, fix: 'Choose another with `--data` or `TRUNKLINE_DATA`.' }
    const mode = statSync(existing).mode & 0o077
    if (existing === path && mode !== 0) {
      return { id: 'data', status: 'warning', evidence: `${path} can be entered by other users (mode ${(statSync(path).mode & 0o777).toString(8)})`, fix: `chmod 700 ${path}` }
    }
    return { id: 'data', status: 'ok', evidence: existing === path ? `${path} is writable` : `${path} can be made in ${existing}` }
  } catch (error) {
    return { id: 'data', status: 'problem', evidence: `${existing} is not writable (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`, fix: 'Change its owner, or choose another with `--data` or `TRUNKLINE_DATA`.' }
  }
}

function checkFileSystem(path: string, existing: string): readonly CheckResult[] {
  const { type, bavail, bsize } = statfsSync(existing)
  const remote = REMOTE.get(type)
  const free = bavail * bsize
  const megabytes = `${Math.floor(free / 1024 / 1024)} MB free`
  const results: CheckResult[] = []
  if (remote !== undefined) results.push({ id: 'data-local', status: 'problem', evidence: `${path} is on ${remote}, where the database can stall or break`, fix: 'Choose a folder on a local disk with `--data`.' })
  else if (type === TMPFS) results.push({ id: 'data-local', status: 'warning', evidence: `${path} is in memory and is lost at the next restart of the machine`, fix: 'Choose a folder on a disk with `--data`.' })
  else results.push({ id: 'data-local', status: 'ok', evidence: `${path} is on a local disk` })
  if (free < NEEDED_BYTES) results.push({ id: 'disk-space', status: 'problem', evidence: `${megabytes} at ${existing}`, fix: 'Make room: at least 256 MB.' })
  else results.push({ id: 'disk-space', status: 'ok', evidence: megabytes })
  return results
}

export function checkDataDirectory(path: string): readonly CheckResult[] {
  const existing = nearestExisting(path)
  return [checkWritable(path, existing), ...checkFileSystem(path, existing)]
}
