import { readdir, readFile } from 'node:fs/promises'

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

/** A process may end between two reads; then there is nothing to say about it. */
async function readGone(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'latin1')
  } catch {
    return undefined
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
  const rows = await Promise.all(names.filter((name) => /^\d+$/.test(name)).map((name) => readProcess(Number(name))))
  return rows.filter((row) => row !== undefined && !row.isZombie) as ProcessRow[]
}

/** False also when another user's process may not be looked into: then it is not ours. */
export async function hasEnvironment(pid: number, name: string, value: string): Promise<boolean> {
  const text = await readGone(`/proc/${pid}/environ`)
  return text?.split('\0').includes(`${name}=${value}`) ?? false
}
