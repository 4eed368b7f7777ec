import { hasEnvironment, readProcessTable, type ProcessRow } from './process-table.ts'

export interface FamilyMark {
  /** The value of the owner variable that every child of one upstream is started with. */
  readonly owner: string
  readonly variable: string
  /** Pids that lead a process group of ours. Only those that are known not to have been reused. */
  readonly leaders: readonly number[]
}

/**
 * Every living process that descends from a child of ours: by group or session, by parent, or by the marked environment, since
 * a grandchild may have left its group, its session or its parent. One that left all three and cleared its environment is not found.
 */
export async function findFamily({ owner, variable, leaders }: FamilyMark): Promise<readonly ProcessRow[]> {
  const table = (await readProcessTable()).filter((row) => row.pid !== process.pid)
  const marked = await Promise.all(table.map((row) => hasEnvironment(row.pid, variable, owner)))
  const family = new Map<number, ProcessRow>()
  for (const [index, row] of table.entries()) {
    if (marked[index] || leaders.includes(row.pid) || leaders.includes(row.group) || leaders.includes(row.session)) family.set(row.pid, row)
  }
  let grew = family.size > 0
  while (grew) {
    const found = table.filter((row) => !family.has(row.pid) && family.has(row.parent))
    for (const row of found) family.set(row.pid, row)
    grew = found.length > 0
  }
  return [...family.values()]
}
