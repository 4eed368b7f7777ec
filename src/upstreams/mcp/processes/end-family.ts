import { setTimeout as sleep } from 'node:timers/promises'
import { findFamily, type FamilyMark } from './find-family.ts'
import { readProcess, type ProcessRow } from './process-table.ts'

const POLL_MS = 50

/** A process that is gone, or another user's by now, needs no signal. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
}

async function stillThere(rows: readonly ProcessRow[]): Promise<readonly ProcessRow[]> {
  const now = await Promise.all(rows.map((row) => readProcess(row.pid)))
  return rows.filter((row, index) => now[index]?.startedAt === row.startedAt && !now[index].isZombie)
}

/** Signals each, looking again first: a pid that was reused in between is not hit. */
async function signalAll(rows: readonly ProcessRow[], signal: NodeJS.Signals): Promise<void> {
  for (const row of await stillThere(rows)) signalProcess(row.pid, signal)
}

async function untilGone(rows: readonly ProcessRow[], deadlineMs: number): Promise<boolean> {
  const until = Date.now() + deadlineMs
  let left = rows
  for (;;) {
    left = await stillThere(left)
    if (left.length === 0) return true
    if (Date.now() >= until) return false
    await sleep(POLL_MS)
  }
}

/**
 * Asks a family to end, and ends it: SIGTERM, after the grace SIGKILL, until nobody is found. `known` are members seen earlier, whose
 * parent may be gone by now. Returns who survived, which is nobody unless the kernel holds them.
 */
export async function endFamily(mark: FamilyMark, graceMs: number, known: readonly ProcessRow[] = []): Promise<readonly ProcessRow[]> {
  const first = [...(await findFamily(mark)), ...known]
  if (first.length === 0) return []
  if (graceMs > 0) {
    await signalAll(first, 'SIGTERM')
    await untilGone(first, graceMs)
  }
  for (let round = 0; round < 10; round++) {
    const left = await stillThere([...(await findFamily(mark)), ...first])
    if (left.length === 0) return []
    await signalAll(left, 'SIGKILL')
    await untilGone(left, 500)
  }
  return stillThere([...(await findFamily(mark)), ...first])
}
