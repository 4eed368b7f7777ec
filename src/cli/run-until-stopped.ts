import type { Logger } from '../telemetry/index.ts'

/** What must be done to stop, in the order in which it is tried. */
export interface Stoppable extends AsyncDisposable {
  /** Refuses new work and settles when the running work is done or its time is over. */
  drain(): Promise<void>
}

export interface RunOptions {
  readonly gateway: Stoppable
  readonly logger: Logger
  readonly onHangup: () => void
  /** Settles when there is nothing left to serve, as when a client closes stdin. */
  readonly ended?: Promise<unknown>
  /** How long a forced stop may take before the process ends by the signal itself. */
  readonly forcedMs?: number
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** Ends by the signal’s own default, so that whoever waits sees why; the process gets no say any more. */
function endBySignal(signal: NodeJS.Signals): void {
  for (const each of SIGNALS) process.removeAllListeners(each)
  process.kill(process.pid, signal)
}

/**
 * Serves until SIGTERM or SIGINT. The first signal drains, the second stops at once, a third ends the process as it
 * is. SIGHUP reloads.
 */
export async function runUntilStopped({ gateway, logger, onHangup, ended, forcedMs = 2000 }: RunOptions): Promise<void> {
  const asked = Promise.withResolvers<void>()
  const forced = Promise.withResolvers<void>()
  let count = 0
  const onSignal = (signal: NodeJS.Signals): void => {
    count++
    if (count === 1) {
      logger.info({ event: 'stop', signal }, 'draining; the same signal again stops at once')
      asked.resolve()
      return
    }
    if (count > 2) return endBySignal(signal)
    logger.warn({ event: 'stop', signal }, 'stopping at once')
    setTimeout(() => endBySignal(signal), forcedMs).unref()
    forced.resolve()
  }
  const onHup = (): void => onHangup()
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('SIGHUP', onHup)
  try {
    await Promise.race([asked.promise, ...(ended ? [ended] : [])])
    await Promise.race([gateway.drain(), forced.promise])
    await gateway[Symbol.asyncDispose]()
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal)
    process.removeListener('SIGHUP', onHup)
  }
}
