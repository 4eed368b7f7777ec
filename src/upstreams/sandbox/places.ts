/** A number of places; who comes when all are taken waits in line. */
export interface Places {
  readonly waiting: number
  /** Rejects with the signal's reason. */
  enter(signal: AbortSignal): Promise<Disposable>
}

export function createPlaces(most: number): Places {
  let taken = 0
  const line: (() => void)[] = []

  function leave(): Disposable {
    let isInside = true
    return {
      [Symbol.dispose]() {
        if (!isInside) return
        isInside = false
        const next = line.shift()
        if (next) next()
        else taken--
      },
    }
  }

  return {
    get waiting() {
      return line.length
    },
    async enter(signal) {
      signal.throwIfAborted()
      if (taken < most) {
        taken++
        return leave()
      }
      const turn = Promise.withResolvers<void>()
      const next = (): void => turn.resolve()
      const onAbort = (): void => {
        const at = line.indexOf(next)
        if (at < 0) return
        line.splice(at, 1)
        turn.reject(signal.reason)
      }
      line.push(next)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await turn.promise
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
      return leave()
    },
  }
}
