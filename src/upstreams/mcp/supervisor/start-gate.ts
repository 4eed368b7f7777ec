import { availableParallelism } from 'node:os'

/**
 * Lets so many servers start at one time: fifty processes that start at once keep everything else from the processor. It is closed at
 * first, so that nothing starts before the gateway listens. A server that takes long does not keep its place.
 */
export interface StartGate {
  /** From now on servers may start. */
  open(): void
  /** Settles when it is this one's turn, or its start was called off; `leave` gives the place to the next. */
  enter(signal: AbortSignal): Promise<() => void>
}

const MOST_AT_ONCE = Math.max(8, availableParallelism() * 4)
const HOLD_MS = 1_000

export function createStartGate(mostAtOnce = MOST_AT_ONCE, holdMs = HOLD_MS): StartGate {
  const waiting: (() => void)[] = []
  let isOpen = false
  let isAdmitting = false
  let inside = 0

  /** One in a turn: starting a process keeps the event loop for milliseconds, and others wait for it too. */
  function admitOne(): void {
    isAdmitting = false
    if (inside >= mostAtOnce) return
    const next = waiting.shift()
    if (!next) return
    inside++
    next()
    admit()
  }

  function admit(): void {
    if (!isOpen || isAdmitting || inside >= mostAtOnce || waiting.length === 0) return
    isAdmitting = true
    setImmediate(admitOne)
  }

  function takePlace(): () => void {
    let isInside = true
    const leave = (): void => {
      clearTimeout(timer)
      if (!isInside) return
      isInside = false
      inside--
      admit()
    }
    const timer = setTimeout(leave, holdMs)
    return leave
  }

  return {
    open() {
      isOpen = true
      admit()
    },
    enter(signal) {
      return new Promise((resolve) => {
        const go = (): void => {
          signal.removeEventListener('abort', giveUp)
          resolve(takePlace())
        }
        const giveUp = (): void => {
          const at = waiting.indexOf(go)
          if (at >= 0) waiting.splice(at, 1)
          resolve(() => {})
        }
        if (signal.aborted) return giveUp()
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.push(go)
        admit()
      })
    },
  }
}
