import { GatewayError } from '../../domain/errors.ts'

/** What ends a run from outside: its client, or its time. */
export interface RunStop extends Disposable {
  readonly signal: AbortSignal
}

/** One signal of its own and not a composite one: those are followed through weak references, which every run would pay for. */
export function createRunStop(asked: AbortSignal, maxDurationMs: number): RunStop {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(new GatewayError('upstream_timeout', `The run took longer than ${maxDurationMs} ms.`)), maxDurationMs)
  const follow = (): void => stop.abort(asked.reason)
  if (asked.aborted) follow()
  else asked.addEventListener('abort', follow, { once: true })
  return {
    signal: stop.signal,
    [Symbol.dispose]() {
      clearTimeout(timer)
      asked.removeEventListener('abort', follow)
    },
  }
}
