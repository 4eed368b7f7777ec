import type { Logger } from '../telemetry/index.ts'

/** What the signals of this process ask for, from the moment on in which it was made. Disposing gives them back their defaults. */
export interface StopSignals extends Disposable {
  /** Settles at the first SIGTERM or SIGINT. */
  readonly asked: Promise<void>
  /** Settles at the second. */
  readonly forced: Promise<void>
  /** Who is told of SIGHUP. One that came before is told at once. */
  setHangup(onHangup: () => void): void
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** How long a forced stop may take before the process ends by the signal itself. */
const FORCED_MS = 2000

/** Ends by the signal’s own default, so that whoever waits sees why; the process gets no say any more. */
function endBySignal(signal: NodeJS.Signals): void {
  for (const each of SIGNALS) process.removeAllListeners(each)
  process.kill(process.pid, signal)
}

/**
 * Takes the signals before anything is started, so that one that comes early stops what has begun as one that comes
 * later does. The first asks to drain, the second to stop at once, a third ends the process as it is.
 */
export function catchStopSignals(logger: Logger): StopSignals {
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
    setTimeout(() => endBySignal(signal), FORCED_MS).unref()
    forced.resolve()
  }
  let isHungUp = false
  let hangup = (): void => {
    isHungUp = true
  }
  const onHup = (): void => hangup()
  for (const signal of SIGNALS) process.on(signal, onSignal)
  process.on('SIGHUP', onHup)
  return {
    asked: asked.promise,
    forced: forced.promise,
    setHangup(onHangup) {
      hangup = onHangup
      if (isHungUp) onHangup()
    },
    [Symbol.dispose]() {
      for (const signal of SIGNALS) process.removeListener(signal, onSignal)
      process.removeListener('SIGHUP', onHup)
    },
  }
}
