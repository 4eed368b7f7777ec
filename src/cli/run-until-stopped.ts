import type { StopSignals } from './catch-stop-signals.ts'

/** What must be done to stop, in the order in which it is tried. */
export interface Stoppable extends AsyncDisposable {
  /** Refuses new work and settles when the running work is done or its time is over. */
  drain(): Promise<void>
}

export interface RunOptions {
  readonly gateway: Stoppable
  readonly signals: StopSignals
  readonly onHangup: () => void
  /** Settles when there is nothing left to serve, as when a client closes stdin. */
  readonly ended?: Promise<unknown>
}

/** Serves until SIGTERM or SIGINT: the first drains, the second stops at once. SIGHUP reloads. */
export async function runUntilStopped({ gateway, signals, onHangup, ended }: RunOptions): Promise<void> {
  signals.setHangup(onHangup)
  await Promise.race([signals.asked, ...(ended ? [ended] : [])])
  await Promise.race([gateway.drain(), signals.forced])
  await gateway[Symbol.asyncDispose]()
}
