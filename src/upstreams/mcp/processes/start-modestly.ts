import { writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../telemetry/index.ts'

/**
 * What a start in vain may take from its neighbours: a seventieth of what each of them gets when all want the processor. A start
 * that is still under way after a while is less likely to be in vain, so it gets a tenth, and then what is usual.
 */
const STEPS = [{ afterMs: 0, niceness: 19 }, { afterMs: 3_000, niceness: 10 }, { afterMs: 10_000, niceness: 0 }] as const
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

/** The start of a program that is not to cost its neighbours much. */
export interface ModestStart {
  /** The first of its shares is set, or cannot be. */
  readonly begun: Promise<void>
  /** It is up: from now on it has the share of any other. */
  succeed(): Promise<void>
  /** It is gone, and its pid may soon be another's. */
  stop(): void
}

/** A program that is started again, and may well crash again, leaves the processor to those that work. */
export function startModestly(pid: number, logger: Logger): ModestStart {
  const [first, ...later] = STEPS
  const begun = setNiceness(pid, first.niceness, logger)
  const timers = later.map(({ afterMs, niceness }) => setTimeout(() => void setNiceness(pid, niceness, logger), afterMs).unref())
  const stop = (): void => timers.forEach((timer) => clearTimeout(timer))
  return {
    begun,
    async succeed() {
      stop()
      await begun
      await setNiceness(pid, USUAL, logger)
    },
    stop,
  }
}
