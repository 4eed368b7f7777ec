import { GatewayError } from '../../../domain/errors.ts'
import type { Connection } from '../connection.ts'
import type { Timing } from './timing.ts'

/** Asks a silent server for a sign of life. */
export interface HealthWatch extends Disposable {
  /** Something is odd: ask now instead of at the next tick. */
  checkSoon(): void
}

/**
 * Two unanswered probes in a row mean hung. A server that is busy with calls still within their own time is given that time: one
 * that works on a single thread cannot answer a probe meanwhile.
 */
export function watchHealth(connection: Connection, timing: Timing, onHung: (reason: string) => void): HealthWatch {
  let failures = 0
  let isProbing = false
  let isDisposed = false
  let timer: NodeJS.Timeout

  function schedule(ms: number): void {
    clearTimeout(timer)
    timer = setTimeout(() => void check(), ms)
    timer.unref()
  }

  function isWorking(): boolean {
    return connection.pending > 0 && connection.lastTimeoutAt < connection.lastHeardAt
  }

  /** It spoke lately, and not before the last call that it failed to answer in time. */
  function isLively(): boolean {
    return Date.now() - connection.lastHeardAt < timing.healthIntervalMs && connection.lastTimeoutAt <= connection.lastHeardAt
  }

  async function check(): Promise<void> {
    if (isProbing || isDisposed) return
    if (failures === 0 && isLively()) return schedule(timing.healthIntervalMs)
    isProbing = true
    try {
      await connection.probe(timing.healthTimeoutMs)
      failures = 0
    } catch (error) {
      if (error instanceof GatewayError && error.code === 'upstream_timeout') failures++
    }
    isProbing = false
    if (isDisposed) return
    if (failures >= 2 && !isWorking()) return onHung(`did not answer ${failures} health checks of ${timing.healthTimeoutMs} ms`)
    schedule(failures > 0 ? Math.min(1_000, timing.healthIntervalMs) : timing.healthIntervalMs)
  }

  schedule(timing.healthIntervalMs)
  return {
    checkSoon: () => {
      if (!isProbing && !isDisposed) schedule(0)
    },
    [Symbol.dispose]() {
      isDisposed = true
      clearTimeout(timer)
    },
  }
}
