import { setTimeout as sleep } from 'node:timers/promises'
import type { Events } from '../../../telemetry/index.ts'
import type { UpstreamChange, UpstreamStatus } from '../upstream.ts'

/** The current status, who is told of changes, and who waits for one. */
export interface StatusHolder {
  readonly current: UpstreamStatus
  set(status: UpstreamStatus): void
  emit(change: UpstreamChange): void
  onChange(listener: (change: UpstreamChange) => void): () => void
  /** Resolves when the predicate holds, or with whatever is at the deadline or the abort. */
  until(predicate: (status: UpstreamStatus) => boolean, deadlineMs: number, signal?: AbortSignal): Promise<UpstreamStatus>
}

export function createStatusHolder(server: string, events: Events, onListenerError: (error: unknown) => void): StatusHolder {
  const listeners = new Set<(change: UpstreamChange) => void>()
  let current: UpstreamStatus = { state: 'stopped', reason: 'It has not been started.' }

  function emit(change: UpstreamChange): void {
    for (const listener of listeners) {
      try {
        listener(change)
      } catch (error) {
        onListenerError(error)
      }
    }
  }

  function onChange(listener: (change: UpstreamChange) => void): () => void {
    listeners.add(listener)
    return () => void listeners.delete(listener)
  }

  return {
    get current() {
      return current
    },
    set(status) {
      current = status
      events.serverStateChanged({ server, state: status.state, reason: 'reason' in status ? status.reason : undefined })
      emit({ kind: 'status' })
    },
    emit,
    onChange,
    async until(predicate, deadlineMs, signal) {
      if (predicate(current)) return current
      const stop = new AbortController()
      const { promise, resolve } = Promise.withResolvers<void>()
      const off = onChange(() => {
        if (predicate(current)) resolve()
      })
      const leave = (): void => resolve()
      signal?.addEventListener('abort', leave, { once: true })
      if (signal?.aborted) leave()
      await Promise.race([promise, sleep(deadlineMs, undefined, { signal: stop.signal }).catch(() => {})])
      stop.abort()
      off()
      signal?.removeEventListener('abort', leave)
      return current
    },
  }
}
