import type { ListedModel } from '../upstream.ts'

export interface ModelListOptions {
  /** Asks the provider; it must settle by itself, with a deadline. */
  fetch(): Promise<readonly ListedModel[]>
  readonly freshMs: number
  /** How long after a failure the provider is left alone. */
  readonly coolMs: number
}

/** A list that is fetched once for all who ask, kept, and served stale while a new one cannot be had. */
export interface ModelList {
  /** Rejects with the last failure when there has never been a list, and when `signal` aborts. */
  read(signal: AbortSignal): Promise<readonly ListedModel[]>
}

function withSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

export function createModelList({ fetch, freshMs, coolMs }: ModelListOptions): ModelList {
  let known: readonly ListedModel[] | undefined
  let renewAt = 0
  let failure: unknown
  let running: Promise<readonly ListedModel[]> | undefined
  const renew = (): Promise<readonly ListedModel[]> => {
    running ??= fetch()
      .then(
        (models) => {
          known = models
          failure = undefined
          renewAt = Date.now() + freshMs
          return models
        },
        (error: unknown) => {
          failure = error
          renewAt = Date.now() + coolMs
          throw error
        },
      )
      .finally(() => {
        running = undefined
      })
    // Nobody may be waiting: a failure is kept in `failure` and told to the next who asks.
    running.catch(() => undefined)
    return running
  }
  return {
    async read(signal) {
      if (Date.now() < renewAt) {
        if (known) return known
        if (failure !== undefined) throw failure
      }
      const renewed = renew()
      return known ?? withSignal(renewed, signal)
    },
  }
}
