import type { ServerResponse } from 'node:http'
import { GatewayError } from '../../domain/errors.ts'
import { PassingSet } from '../../lib/passing-set.ts'

/** A drain's grace after its deadline: aborted work tells its clients why. */
const LAST_WORDS_MS = 2000

/** The requests in flight, and the end of admitting them. */
export interface RunningRequests {
  readonly count: number
  readonly isDraining: boolean
  /** Counts a request until its response closes. Throws `gateway_draining` once a drain has begun. */
  admit(response: ServerResponse, controller: AbortController): void
  /** Settles when nothing runs any more; at the deadline it aborts what does. */
  drain(deadlineMs: number): Promise<void>
}

export function createRunningRequests(): RunningRequests {
  const running = new PassingSet<AbortController>()
  let draining = false
  let idle = Promise.withResolvers<void>()
  return {
    get count() {
      return running.size
    },
    get isDraining() {
      return draining
    },
    admit(response, controller) {
      if (draining) {
        response.setHeader('connection', 'close')
        throw new GatewayError('gateway_draining', 'The gateway is shutting down.', { retryAfterMs: 1000 })
      }
      const leave = running.add(controller)
      response.once('close', () => {
        leave()
        if (running.size === 0) idle.resolve()
      })
    },
    async drain(deadlineMs) {
      draining = true
      if (running.size === 0) return
      idle = Promise.withResolvers()
      const deadline = setTimeout(() => {
        const reason = new GatewayError('gateway_draining', 'The gateway shut down before this answer was complete.')
        for (const controller of running) controller.abort(reason)
      }, deadlineMs)
      const giveUp = setTimeout(() => idle.resolve(), deadlineMs + LAST_WORDS_MS)
      await idle.promise
      clearTimeout(deadline)
      clearTimeout(giveUp)
    },
  }
}
