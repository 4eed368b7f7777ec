import type { Logger } from '../../../telemetry/index.ts'
import { endFamily } from './end-family.ts'
import { readBootId, readOrphanRecords, removeOrphanRecord, type OrphanRecord } from './orphan-records.ts'
import { readProcess } from './process-table.ts'

const GRACE_MS = 2_000

async function isAlive(process: { readonly pid: number; readonly startedAt: number }): Promise<boolean> {
  const now = await readProcess(process.pid)
  return now?.startedAt === process.startedAt && !now.isZombie
}

async function endOrphan(record: OrphanRecord, logger: Logger): Promise<void> {
  // The group is only ours while the recorded process leads it; a reused pid leads somebody else's. The mark is ours in any case.
  const leaders = (await isAlive(record.leader)) ? [record.leader.pid] : []
  const facts = { server: record.server, pid: record.leader.pid }
  const survivors = await endFamily({ owner: record.owner, variable: record.variable, leaders }, GRACE_MS)
  if (survivors.length > 0) logger.error({ ...facts, survivors: survivors.map((row) => row.pid) }, 'processes of a dead gateway could not be ended')
  else logger.info(facts, 'cleaned up after a gateway that died')
}

/**
 * Ends what a dead gateway with the same state directory left running. Children of a living gateway are not touched. It throws only
 * when the directory cannot be read.
 */
export async function sweepOrphans(stateDirectory: string, logger: Logger): Promise<void> {
  const records = await readOrphanRecords(stateDirectory)
  if (records.length === 0) return
  const bootId = await readBootId()
  await Promise.all(
    records.map(async ({ file, record }) => {
      if (!record) logger.warn({ file }, 'removed an unreadable record of a child process')
      else if (record.bootId === bootId) {
        if (await isAlive(record.gateway)) return
        await endOrphan(record, logger)
      }
      await removeOrphanRecord(file)
    }),
  )
}
