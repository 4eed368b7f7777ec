import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../domain/errors.ts'

const LOOK_EVERY_MS = 25

/** Work under a lock takes moments. Whoever holds one for so long is gone, on whatever machine it ran. */
const LONGEST_HOLD_MS = 30_000

export interface LockOptions {
  readonly deadlineMs?: number
}

const errorCode = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return errorCode(error) === 'EPERM'
  }
}

/** Who holds the lock, as it was written; undefined when it was released meanwhile. */
function readHolder(path: string): { readonly text: string; readonly isGone: boolean } | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    const ageMs = Date.now() - statSync(path).mtimeMs
    const [host, pid] = text.split(' ')
    const isDead = host === hostname() && /^\d+$/.test(pid ?? '') && !isAlive(Number(pid))
    return { text, isGone: isDead || ageMs > LONGEST_HOLD_MS }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Takes the lock of somebody who is gone out of the way. Of two who try, one moves it and the other finds nothing. */
function breakLock(path: string): void {
  const aside = `${path}.${process.pid}`
  try {
    renameSync(path, aside)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  rmSync(aside, { force: true })
}

function take(path: string): boolean {
  try {
    writeFileSync(path, `${hostname()} ${process.pid}`, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Waits for a lock that is a file; disposing releases it. Rejects with `overloaded` when somebody else keeps it. */
export async function lockFile(path: string, { deadlineMs = 5_000 }: LockOptions = {}): Promise<AsyncDisposable> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const giveUpAt = Date.now() + deadlineMs
  while (!take(path)) {
    const holder = readHolder(path)
    if (holder?.isGone === true) breakLock(path)
    else if (Date.now() > giveUpAt) {
      throw new GatewayError('overloaded', `The configuration is being changed by another process (${holder?.text ?? 'unknown'}).`, { retryAfterMs: 1_000 })
    } else await sleep(LOOK_EVERY_MS)
  }
  return {
    async [Symbol.asyncDispose]() {
      rmSync(path, { force: true })
    },
  }
}
