import { hash, randomBytes } from 'node:crypto'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { SessionId } from '../../domain/ids.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { McpSessionStore } from '../../storage/index.ts'
import type { Logger } from '../../telemetry/index.ts'
import { createSessionJournal, NO_ENTRIES } from './session-journal.ts'
import type { SessionLookup, WantedSession } from './session-lookup.ts'
import { createSessionStreams, type KeptEntry, type StreamBudget, type StreamLimits } from './session-streams.ts'
import type { McpSession, SessionFacts } from './session.ts'
import { readFacts, writeFacts, type StoredFacts } from './stored-facts.ts'

export interface Clock {
  now(): number
}

export interface SessionsDeps {
  /** A session nobody used for so long is deleted. */
  readonly idleMs: number
  readonly clock: Clock
  /** Where sessions survive a restart. Without it they end with the process. */
  readonly kept?: { readonly store: McpSessionStore; readonly logger: Logger }
  readonly limits?: StreamLimits
  /** Beyond it the session that was not used for longest ends. */
  readonly maxSessions?: number
}

/** The MCP sessions of legacy clients, with their streams. It knows nothing of messages: who serves a session listens for its end. */
export interface Sessions extends AsyncDisposable {
  /** Those that are in use, without those that a restart left behind. */
  readonly size: number
  /** Whether they survive a restart. */
  readonly isKept: boolean
  /** Held: see `McpSession.isHeld`. */
  create(facts: SessionFacts, options?: { readonly isHeld: boolean }): McpSession
  /** Begins anew under the id of a session that a restart left behind; undefined when there is none for this client and address. */
  recover(id: string, facts: SessionFacts): Promise<McpSession | undefined>
  /** Counts as using the session. */
  find(wanted: WantedSession): Promise<SessionLookup>
  /** Keeps a session that is in use without requests, as by an open stream. */
  touch(id: SessionId): void
  /** Says that the level or the subscriptions of a session are others now. */
  changed(id: SessionId): void
  /** Settles once the session cannot come back. Rejects with `storage_unavailable`. */
  delete(id: SessionId): Promise<void>
  all(): Iterable<McpSession>
  /** Called once per session that was deleted, expired, or stays behind when the gateway closes. Returns a function that stops listening. */
  onEnd(listener: (session: McpSession) => void): () => void
}

interface Entry {
  readonly session: McpSession
  readonly digest: string
  readonly filter: JsonText
  usedAt: number
  /** When the store would forget it. */
  keptUntil: number
}

/** Sweeps, and writes expiries down, often enough that a session outlives its idle time by a tenth at most. */
const TENTHS = 10
const SWEEP_MS = { least: 50, most: 30_000 }
const MAX_SESSIONS = 10_000
const LIMITS: StreamLimits = { maxEvents: 1_000, maxBytes: 4 * 1024 * 1024 }
/** Of all sessions together. */
const ALL_BYTES = 256 * 1024 * 1024
const TRIM_MS = 600_000
const ID = /^[\w-]{22}$/

const digestOf = (id: string): string => hash('sha256', id)
const filterText = (filter: SessionFacts['filter']): JsonText => JSON.stringify(filter) as JsonText

class LiveSessions implements Sessions {
  readonly #deps: SessionsDeps
  readonly #journal
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>()
  readonly #restoring = new Map<string, Promise<unknown>>()
  readonly #listeners = new Set<(session: McpSession) => void>()
  readonly #timer: NodeJS.Timeout
  readonly #budget: StreamBudget = { bytes: 0, maxBytes: ALL_BYTES }
  #trimAt = 0
  #isClosed = false

  constructor(deps: SessionsDeps) {
    this.#deps = deps
    this.#journal = deps.kept && createSessionJournal(deps.kept)
    const period = Math.min(Math.max(deps.idleMs / TENTHS, SWEEP_MS.least), SWEEP_MS.most)
    this.#timer = setInterval(() => this.#sweep(), period)
    this.#timer.unref()
    this.#sweep()
  }

  get isKept(): boolean {
    return this.#journal !== undefined
  }

  get size(): number {
    return this.#entries.size
  }

  #now(): number {
    return this.#deps.clock.now()
  }

  create(facts: SessionFacts, { isHeld } = { isHeld: false }): McpSession {
    return this.#enter(randomBytes(16).toString('base64url'), facts, { logLevel: undefined, subscriptions: [] }, [], isHeld)
  }

  #enter(id: string, facts: SessionFacts, state: Pick<StoredFacts, 'logLevel' | 'subscriptions'>, kept: readonly KeptEntry[], isHeld = false): McpSession {
    const { limits = LIMITS, maxSessions = MAX_SESSIONS } = this.#deps
    const digest = digestOf(id)
    const journal = (isHeld ? undefined : this.#journal?.entriesOf(digest)) ?? NO_ENTRIES
    const streams = createSessionStreams({ limits, budget: this.#budget, now: () => this.#now(), journal }, kept)
    const session: McpSession = { ...facts, id: id as SessionId, isHeld, logLevel: state.logLevel, subscriptions: new Set(state.subscriptions), streams }
    const entry = { session, digest, filter: filterText(facts.filter), usedAt: this.#now(), keptUntil: 0 }
    this.#entries.set(id, entry)
    this.#save(entry)
    for (const [oldest] of this.#entries) {
      if (this.#entries.size <= maxSessions) break
      this.#forget(oldest)
    }
    return session
  }

  #save(entry: Entry): void {
    const { idleMs } = this.#deps
    if (entry.session.isHeld) return
    entry.keptUntil = entry.usedAt + idleMs + idleMs / TENTHS
    this.#journal?.save(entry.digest, () => {
      const { session, digest, filter, keptUntil } = entry
      const facts = writeFacts({ ...session, subscriptions: [...session.subscriptions] })
      return { digest, principal: session.principal.id, filter, facts, expiresAt: new Date(keptUntil) }
    })
  }

  #use(id: string, entry: Entry): void {
    this.#entries.delete(id)
    this.#entries.set(id, entry)
    entry.usedAt = this.#now()
    if (entry.keptUntil < entry.usedAt + this.#deps.idleMs) this.#save(entry)
  }

  async find(wanted: WantedSession): Promise<SessionLookup> {
    const { id, principal, filter } = wanted
    while (this.#restoring.has(id)) await this.#restoring.get(id)
    const entry = this.#entries.get(id)
    if (!entry) return this.#exclusively(id, () => this.#restore(wanted))
    if (entry.session.isHeld) return { kind: 'missing' }
    if (entry.session.principal.id !== principal.id || entry.filter !== filterText(filter)) return { kind: 'missing' }
    if (entry.usedAt <= this.#now() - this.#deps.idleMs) {
      this.#forget(id)
      return { kind: 'missing' }
    }
    this.#use(id, entry)
    return { kind: 'found', session: entry.session }
  }

  /** Runs at once, so that whoever asks next finds it running. */
  async #exclusively<T>(id: string, act: () => Promise<T>): Promise<T> {
    const running = act().finally(() => this.#restoring.delete(id))
    this.#restoring.set(id, running.catch(() => undefined))
    return running
  }

  /** What was left behind of a session, if the client and the address are those that it was opened with. */
  async #leftBehind({ id, principal, filter }: WantedSession): Promise<StoredFacts | 'invalid' | undefined> {
    const { kept, clock } = this.#deps
    if (!kept || !ID.test(id)) return undefined
    const stored = await kept.store.find(digestOf(id))
    if (!stored || stored.principal !== principal.id || stored.filter !== filterText(filter)) return undefined
    return stored.expiresAt.getTime() <= clock.now() ? undefined : (readFacts(stored.facts) ?? 'invalid')
  }

  async #restore(wanted: WantedSession): Promise<SessionLookup> {
    const { id, principal, filter } = wanted
    try {
      const facts = await this.#leftBehind(wanted)
      if (facts === 'invalid') {
        this.#deps.kept?.logger.warn({ sessionId: id.slice(0, 6) }, 'what was kept of an MCP session cannot be read; it is forgotten')
        await this.#deps.kept?.store.remove(digestOf(id))
        return { kind: 'invalid' }
      }
      const entries = facts && (await this.#deps.kept?.store.entries(digestOf(id)))
      if (!facts || !entries) return { kind: 'missing' }
      if (this.#isClosed) throw new GatewayError('gateway_draining', 'The gateway is shutting down.')
      return { kind: 'restored', session: this.#enter(id, { ...facts, principal, filter }, facts, entries) }
    } catch (thrown) {
      return { kind: 'failed', error: asGatewayError(thrown) }
    }
  }

  async recover(id: string, facts: SessionFacts): Promise<McpSession | undefined> {
    while (this.#restoring.has(id)) await this.#restoring.get(id)
    if (this.#entries.has(id)) return undefined
    return this.#exclusively(id, async () => {
      if ((await this.#leftBehind({ id, ...facts })) === undefined) return undefined
      await this.#deps.kept?.store.remove(digestOf(id))
      return this.#isClosed ? undefined : this.#enter(id, facts, { logLevel: undefined, subscriptions: [] }, [])
    })
  }

  touch(id: SessionId): void {
    const entry = this.#entries.get(id)
    if (entry) this.#use(id, entry)
  }

  changed(id: SessionId): void {
    const entry = this.#entries.get(id)
    if (entry) this.#save(entry)
  }

  delete(id: SessionId): Promise<void> {
    return this.#end(id)
  }

  async #end(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (!entry) return
    this.#entries.delete(id)
    this.#tell(entry.session)
    if (entry.session.isHeld) return
    this.#journal?.forget(entry.digest)
    await this.#deps.kept?.store.remove(entry.digest)
  }

  /** Nobody waits for it: a record that stays behind expires. */
  #forget(id: string): void {
    this.#end(id).catch((error: unknown) => this.#deps.kept?.logger.warn({ err: error }, 'an MCP session that ended could not be forgotten'))
  }

  #tell(session: McpSession): void {
    for (const listener of this.#listeners) listener(session)
    session.streams[Symbol.dispose]()
  }

  #sweep(): void {
    const now = this.#now()
    const limit = now - this.#deps.idleMs
    for (const [id, { session, usedAt }] of this.#entries) {
      if (usedAt <= limit && !session.isHeld) this.#forget(id)
      else session.streams.sweep()
    }
    const { kept, maxSessions = MAX_SESSIONS } = this.#deps
    if (!kept || now < this.#trimAt) return
    this.#trimAt = now + TRIM_MS
    kept.store.trim(new Date(now), maxSessions).catch((error: unknown) => kept.logger.warn({ err: error }, 'expired MCP sessions could not be forgotten'))
  }

  *all(): Iterable<McpSession> {
    for (const { session } of this.#entries.values()) yield session
  }

  onEnd(listener: (session: McpSession) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#timer)
    for (const { session } of this.#entries.values()) this.#tell(session)
    this.#listeners.clear()
    await this.#journal?.[Symbol.asyncDispose]()
    this.#entries.clear()
  }
}

export function createSessions(deps: SessionsDeps): Sessions {
  return new LiveSessions(deps)
}
