import { readFileSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'

/** Rows that are read in one turn of the event loop: about a millisecond. */
const ROWS_AT_ONCE = 32

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
async function readGone(path: string, read: (path: string) => string | Promise<string>): Promise<string | undefined> {
  for (let round = 0; ; round++) {
    try {
      return await read(path)
    } catch (error) {
      if (round >= RETRY.times || !SCARCE.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
      await sleep(RETRY.afterMs)
    }
  }
}

/** The kernel answers from its own tables: to hand this to a thread would cost ten times what it does. */
const readHere = (path: string): string => readFileSync(path, 'latin1')

/** It may wait for the memory of a process that is stuck. */
const readElsewhere = (path: string): Promise<string> => readFile(path, 'latin1')

/** `undefined` when there is no such process, or no `/proc` here. */
export async function readProcess(pid: number): Promise<ProcessRow | undefined> {
  const text = await readGone(`/proc/${pid}/stat`, readHere)
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
  const rows: ProcessRow[] = []
  for (const [index, name] of names.filter((candidate) => /^\d+$/.test(candidate)).entries()) {
    if (index > 0 && index % ROWS_AT_ONCE === 0) await nextTurn()
    const row = await readProcess(Number(name))
    if (row && !row.isZombie) rows.push(row)
  }
  return rows
}

/** The values of a variable in a process's environment. None also when another user's process may not be looked into: then it is not ours. */
export async function readMarks(pid: number, variable: string): Promise<readonly string[]> {
  const text = await readGone(`/proc/${pid}/environ`, readElsewhere)
  if (text?.includes(`${variable}=`) !== true) return []
  return text.split('\0').filter((entry) => entry.startsWith(`${variable}=`)).map((entry) => entry.slice(variable.length + 1))
}
