import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../telemetry/index.ts'

/** What a start in vain may take from its neighbours: a tenth of what each of them gets when all want the processor. */
const RESTARTING = 10
const USUAL = 0

/** Who is not root may change one share in 100 ms, of whatever process. */
const BUSY = 'EAGAIN'
const RETRY = { times: 20, afterMs: 150 }

/**
 * The share of the processor that the session of a process gets, as a niceness. Unlike the niceness of a process it can be
 * raised again without privileges. Where the kernel has no such groups nothing changes.
 * @see https://man7.org/linux/man-pages/man7/sched.7.html (the autogroup feature)
 */
async function setNiceness(pid: number, niceness: number, logger: Logger): Promise<void> {
  if (process.platform !== 'linux') return
  for (let round = 1; ; round++) {
    try {
      return await writeFile(`/proc/${pid}/autogroup`, String(niceness))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== BUSY || round > RETRY.times) return logger.debug({ pid, err: error }, 'the processor share of a process could not be set')
    }
    await sleep(RETRY.afterMs * (1 + Math.random()), undefined, { ref: false })
  }
}

/** A program that is started again, and may well crash again, leaves the processor to those that work. */
export const takeLessProcessor = (pid: number, logger: Logger): Promise<void> => setNiceness(pid, RESTARTING, logger)

/** From now on it has the share of any other. */
export const takeUsualProcessor = (pid: number, logger: Logger): Promise<void> => setNiceness(pid, USUAL, logger)
