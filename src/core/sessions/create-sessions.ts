import { randomBytes } from 'node:crypto'
import type { SessionId } from '../../domain/ids.ts'
import type { Principal } from '../identity/index.ts'
import type { McpSession, SessionFacts } from './session.ts'

export interface Clock {
  now(): number
}

export interface SessionsDeps {
  /** A session nobody used for so long is deleted. */
  readonly idleMs: number
  readonly clock: Clock
}

/** The MCP sessions of legacy clients. It knows nothing of streams and messages: who serves a session listens for its end. */
export interface Sessions extends AsyncDisposable {
  readonly size: number
  create(facts: SessionFacts): McpSession
  /** Undefined for an unknown, ended or foreign id alike. Finding a session counts as using it. */
  find(id: string, principal: Principal): McpSession | undefined
  /** Keeps a session that is in use without requests, as by an open stream. */
  touch(id: SessionId): void
  delete(id: SessionId): void
  all(): Iterable<McpSession>
  /** Called once per session that was deleted or expired. Returns a function that stops listening. */
  onEnd(listener: (session: McpSession) => void): () => void
}

interface Entry {
  readonly session: McpSession
  usedAt: number
}

/** Sweeps often enough that a session outlives its idle time by a tenth at most. */
const SWEEPS_PER_IDLE = 10
const SWEEP_MS = { least: 50, most: 30_000 }

export function createSessions({ idleMs, clock }: SessionsDeps): Sessions {
  const entries = new Map<string, Entry>()
  const listeners = new Set<(session: McpSession) => void>()

  function end(id: string): void {
    const entry = entries.get(id)
    if (!entry) return
    entries.delete(id)
    for (const listener of listeners) listener(entry.session)
  }

  function sweep(): void {
    const limit = clock.now() - idleMs
    for (const [id, { usedAt }] of entries) if (usedAt <= limit) end(id)
  }

  const period = Math.min(Math.max(idleMs / SWEEPS_PER_IDLE, SWEEP_MS.least), SWEEP_MS.most)
  const timer = setInterval(sweep, period)
  timer.unref()

  return {
    get size() {
      return entries.size
    },
    create(facts) {
      const id = randomBytes(16).toString('base64url') as SessionId
      const session: McpSession = { ...facts, id, logLevel: undefined, subscriptions: new Set() }
      entries.set(id, { session, usedAt: clock.now() })
      return session
    },
    find(id, principal) {
      const entry = entries.get(id)
      if (!entry || entry.session.principal.id !== principal.id) return undefined
      if (entry.usedAt <= clock.now() - idleMs) {
        end(id)
        return undefined
      }
      entry.usedAt = clock.now()
      return entry.session
    },
    touch(id) {
      const entry = entries.get(id)
      if (entry) entry.usedAt = clock.now()
    },
    delete: end,
    *all() {
      for (const { session } of entries.values()) yield session
    },
    onEnd(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      for (const id of entries.keys()) end(id)
      listeners.clear()
    },
  }
}
