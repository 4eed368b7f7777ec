import type { PendingRequest } from './pending-request.ts'

/** Requests during which no server asks anything back. */
const PASSIVE = new Set(['ping', 'server/discover', 'initialize', 'logging/setLevel', 'subscriptions/listen', 'resources/subscribe', 'resources/unsubscribe'])

/** How long a cancelled call may still speak at a server that was told of the cancel. */
const LINGER_MS = 60_000

function mayAsk(request: PendingRequest): boolean {
  return request.call !== undefined && !request.method.endsWith('/list') && !PASSIVE.has(request.method)
}

/** Who may be behind a server's request on a connection that carries all calls in one stream. */
export interface OpenCalls {
  opened(request: PendingRequest): void
  answered(request: PendingRequest): void
  /** Given up by us, perhaps still worked on there: it keeps the attribution of others uncertain until it is answered. */
  abandoned(request: PendingRequest): void
  /** A late answer to an abandoned request; false when the id means nothing to us. */
  settledLate(id: number): boolean
  /** The one call that can be meant, and `undefined` when there is none or more than one: guessing would show one caller's question to another. */
  sole(): PendingRequest | undefined
}

export function createOpenCalls(now: () => number = Date.now): OpenCalls {
  const open = new Set<PendingRequest>()
  const lingering = new Map<number, number>()
  return {
    opened(request) {
      if (mayAsk(request)) open.add(request)
    },
    answered(request) {
      open.delete(request)
    },
    abandoned(request) {
      if (open.delete(request) && request.sent) lingering.set(request.id, now() + LINGER_MS)
    },
    settledLate: (id) => lingering.delete(id),
    sole() {
      for (const [id, until] of lingering) if (until <= now()) lingering.delete(id)
      if (open.size !== 1 || lingering.size > 0) return undefined
      const [only] = open
      return only
    },
  }
}
