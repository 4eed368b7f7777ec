import type { ProcessRow } from './process-table.ts'
import { scanProcesses } from './scan-processes.ts'

export interface FamilyMark {
  /** The value of the owner variable that every child of one upstream is started with. */
  readonly owner: string
  readonly variable: string
  /** Pids that lead a process group of ours. Only those that are known not to have been reused. */
  readonly leaders: readonly number[]
  /** When the oldest of the family started, in clock ticks since boot, where that is known: no older process is looked into. */
  readonly since?: number | undefined
}

/**
 * Every living process that descends from a child of ours: by group or session, by parent, or by the marked environment, since
 * a grandchild may have left its group, its session or its parent. One that left all three and cleared its environment is not found.
 */
export async function findFamily({ owner, variable, leaders, since }: FamilyMark): Promise<readonly ProcessRow[]> {
  const { rows: table, marks } = await scanProcesses({ variable, since })
  const family = new Map<number, ProcessRow>()
  for (const row of table) {
    if (marks.get(row.pid)?.includes(owner) === true || leaders.includes(row.pid) || leaders.includes(row.group) || leaders.includes(row.session)) family.set(row.pid, row)
  }
  let grew = family.size > 0
  while (grew) {
    const found = table.filter((row) => !family.has(row.pid) && family.has(row.parent))
    for (const row of found) family.set(row.pid, row)
    grew = found.length > 0
  }
  return [...family.values()]
}
