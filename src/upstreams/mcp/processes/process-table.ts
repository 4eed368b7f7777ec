import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { mapLimited } from '../../../lib/map-limited.ts'

/** Files that are open at once. */
const OPEN_FILES = 32

/** One row of the process table. `startedAt` is in clock ticks since boot: with the pid it names a process for good. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly session: number
  readonly startedAt: number
  readonly isZombie: boolean
}

/**
 * The name in parentheses may hold anything, parentheses too: `7 (a) b) S 1 7 7 …`.
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
export function parseStat(text: string): ProcessRow | undefined {
  const close = text.lastIndexOf(')')
  const fields = text.slice(close + 2).split(' ')
  const [state, parent, group, session] = fields
  const startedAt = fields[19]
  if (close < 0 || startedAt === undefined) return undefined
  return {
    pid: Number.parseInt(text, 10),
    parent: Number(parent),
    group: Number(group),
    session: Number(session),
    startedAt: Number(startedAt),
    isZombie: state === 'Z' || state === 'X',
  }
}

/** The gateway has no descriptor left for the moment, which says nothing about the process. */
const SCARCE = new Set(['EMFILE', 'ENFILE'])
const RETRY = { times: 20, afterMs: 50 }

/** A process may end between two reads; then there is nothing to say about it. */
async function readGone(path: string): Promise<string | undefined> {
  for (let round = 0; ; round++) {
    try {
      return await readFile(path, 'latin1')
    } catch (error) {
      if (round >= RETRY.times || !SCARCE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
      await sleep(RETRY.afterMs)
    }
  }
}

/** `undefined` when there is no such process, or no `/proc` here. */
export async function readProcess(pid: number): Promise<ProcessRow | undefined> {
  const text = await readGone(`/proc/${pid}/stat`)
  return text === undefined ? undefined : parseStat(text)
}

/** All living processes; empty where there is no `/proc`. */
export async function readProcessTable(): Promise<readonly ProcessRow[]> {
  let names: readonly string[]
  try {
    names = await readdir('/proc')
  } catch {
    return []
  }
  const rows = await mapLimited(names.filter((name) => /^\d+$/.test(name)), OPEN_FILES, (name) => readProcess(Number(name)))
  return rows.filter((row) => row !== undefined && !row.isZombie) as ProcessRow[]
}

/** The values of a variable in a process's environment. None also when another user's process may not be looked into: then it is not ours. */
export async function readMarks(pid: number, variable: string): Promise<readonly string[]> {
  const text = await readGone(`/proc/${pid}/environ`)
  if (text?.includes(`${variable}=`) !== true) return []
  return text.split('\0').filter((entry) => entry.startsWith(`${variable}=`)).map((entry) => entry.slice(variable.length + 1))
}
