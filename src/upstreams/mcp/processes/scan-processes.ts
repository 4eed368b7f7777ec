import { mapLimited } from '../../../lib/map-limited.ts'
import { readMarks, readProcessTable, type ProcessRow } from './process-table.ts'

/** The process table at one moment, with the values that a variable has in each environment. */
export interface ProcessScan {
  readonly rows: readonly ProcessRow[]
  readonly marks: ReadonlyMap<number, readonly string[]>
}

/** Files that are open at once. A scan that ran out of descriptors would overlook processes. */
const OPEN_FILES = 32

async function scan(variable: string): Promise<ProcessScan> {
  const rows = (await readProcessTable()).filter((row) => row.pid !== process.pid)
  const marks = await mapLimited(rows, OPEN_FILES, async ({ pid }) => [pid, await readMarks(pid, variable)] as const)
  return { rows, marks: new Map(marks) }
}

interface Scans {
  running: Promise<ProcessScan>
  /** Begins when the running one has ended, for all who asked meanwhile. */
  next: Promise<ProcessScan> | undefined
}

/** There is one process table, however many servers end at a time: a hundred scans at once would read it a hundred times. */
const scans = new Map<string, Scans>()

/** A scan that began after it was asked for, shared with whoever else asks in the same moment. */
export function scanProcesses(variable: string): Promise<ProcessScan> {
  const known = scans.get(variable)
  const again = (): Promise<ProcessScan> => begin(variable)
  if (known) return (known.next ??= known.running.then(again, again))
  return begin(variable)
}

function begin(variable: string): Promise<ProcessScan> {
  const running = scan(variable)
  const current: Scans = { running, next: undefined }
  scans.set(variable, current)
  const settle = (): void => {
    // The next one takes the place of this one by itself.
    if (scans.get(variable) === current && !current.next) scans.delete(variable)
  }
  running.then(settle, settle)
  return running
}
