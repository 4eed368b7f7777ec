import { mapLimited } from '../../../lib/map-limited.ts'
import { readMarks, readProcessTable, type ProcessRow } from './process-table.ts'

/** The process table at one moment, with the values that a variable has in the environment of each that is young enough. */
export interface ProcessScan {
  readonly rows: readonly ProcessRow[]
  readonly marks: ReadonlyMap<number, readonly string[]>
}

export interface ScanRequest {
  readonly variable: string
  /** The marks of processes that started before this, in clock ticks since boot, are not asked for. */
  readonly since?: number | undefined
}

/** Files that are open at once. A scan that ran out of descriptors would overlook processes. */
const OPEN_FILES = 32

async function scan(variable: string, since: number): Promise<ProcessScan> {
  const rows = (await readProcessTable()).filter((row) => row.pid !== process.pid)
  const young = rows.filter((row) => row.startedAt >= since)
  const marks = await mapLimited(young, OPEN_FILES, async ({ pid }) => [pid, await readMarks(pid, variable)] as const)
  return { rows, marks: new Map(marks) }
}

/** Begins when the running one has ended, for all who asked meanwhile. */
interface NextScan {
  since: number
  readonly result: Promise<ProcessScan>
}

interface Scans {
  readonly running: Promise<ProcessScan>
  next: NextScan | undefined
}

/** There is one process table, however many servers end at a time: a hundred scans at once would read it a hundred times. */
const scans = new Map<string, Scans>()

/** A scan that began after it was asked for, shared with whoever else asks in the same moment. */
export function scanProcesses({ variable, since = 0 }: ScanRequest): Promise<ProcessScan> {
  const known = scans.get(variable)
  if (!known) return begin(variable, since)
  if (known.next) known.next.since = Math.min(known.next.since, since)
  else {
    const again = (): Promise<ProcessScan> => begin(variable, known.next?.since ?? 0)
    known.next = { since, result: known.running.then(again, again) }
  }
  return known.next.result
}

function begin(variable: string, since: number): Promise<ProcessScan> {
  const running = scan(variable, since)
  const current: Scans = { running, next: undefined }
  scans.set(variable, current)
  const settle = (): void => {
    // The next one takes the place of this one by itself.
    if (scans.get(variable) === current && !current.next) scans.delete(variable)
  }
  running.then(settle, settle)
  return running
}
