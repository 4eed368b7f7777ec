import { GatewayError } from '../../domain/errors.ts'

/** Calls that are made while nobody waits for them. Disposing it ends them and settles when they have ended; what had begun is not said to have a result. */
export interface CallsApart extends AsyncDisposable {
  run<Value>(work: (signal: AbortSignal) => Promise<Value>, longestMs: number): Promise<Value>
}

export function createCallsApart(): CallsApart {
  const stop = new AbortController()
  const running = new Set<Promise<unknown>>()
  return {
    async run(work, longestMs) {
      const begun = work(AbortSignal.any([stop.signal, AbortSignal.timeout(longestMs)]))
      running.add(begun)
      try {
        return await begun
      } finally {
        running.delete(begun)
      }
    },
    async [Symbol.asyncDispose]() {
      stop.abort(new GatewayError('gateway_draining', 'The gateway stopped before this call had ended.'))
      await Promise.allSettled(running)
    },
  }
}
