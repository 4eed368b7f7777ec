import { hash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { GatewayError } from '../../domain/errors.ts'
import type { PrincipalId } from '../../domain/ids.ts'
import { openStorage, type McpSessionStore } from '../../storage/index.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { LOCAL_PRINCIPAL, type Principal } from '../identity/index.ts'
import { createSessions, type SessionsDeps } from './create-sessions.ts'

const other: Principal = { ...LOCAL_PRINCIPAL, id: 'other' as PrincipalId }
const filter = { servers: 'all', tags: undefined, naming: 'prefixed' } as const
const facts = { principal: LOCAL_PRINCIPAL, filter, protocolVersion: '2025-11-25', clientCapabilities: { roots: {} }, clientInfo: undefined } as const
const wanted = (id: string, more: { principal?: Principal; filter?: typeof filter | { servers: 'all'; tags: undefined; naming: 'bare' } } = {}) => ({ id, principal: LOCAL_PRINCIPAL, filter, ...more })

describe('createSessions', () => {
  it('makes ids of 128 bits in visible ASCII, never the same twice', async () => {
    await using sessions = createSessions({ idleMs: 600_000, clock: Date })
    const ids = new Set(Array.from({ length: 100 }, () => sessions.create(facts).id))
    expect(ids.size).toBe(100)
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{22,}$/)
  })

  it('finds a session for its principal at its address and for nobody else', async () => {
    await using sessions = createSessions({ idleMs: 600_000, clock: Date })
    const { id } = sessions.create(facts)
    expect(await sessions.find(wanted(id))).toMatchObject({ kind: 'found', session: { id } })
    expect(await sessions.find(wanted(id, { principal: other }))).toEqual({ kind: 'missing' })
    expect(await sessions.find(wanted(id, { filter: { ...filter, naming: 'bare' } }))).toEqual({ kind: 'missing' })
    expect(await sessions.find(wanted('nope'))).toEqual({ kind: 'missing' })
  })

  it('forgets a deleted session and says so once', async () => {
    await using sessions = createSessions({ idleMs: 600_000, clock: Date })
    const ended: string[] = []
    sessions.onEnd((session) => ended.push(session.id))
    const { id } = sessions.create(facts)
    await Promise.all([sessions.delete(id), sessions.delete(id)])
    expect(await sessions.find(wanted(id))).toEqual({ kind: 'missing' })
    expect(ended).toEqual([id])
  })

  it('ends a session after its idle time, counted from its last use', async () => {
    let now = 0
    await using sessions = createSessions({ idleMs: 1000, clock: { now: () => now } })
    const used = sessions.create(facts)
    const streaming = sessions.create(facts)
    const idle = sessions.create(facts)
    now = 900
    await sessions.find(wanted(used.id))
    sessions.touch(streaming.id)
    now = 1500
    const kinds = await Promise.all([used, streaming, idle].map(async ({ id }) => (await sessions.find(wanted(id))).kind))
    expect(kinds).toEqual(['found', 'found', 'missing'])
  })

  it('keeps a session that is held until its holder deletes it, finds it for nobody and writes nothing of it down', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'trunkline-held-'))
    try {
      await using storage = await openStorage({ directory })
      const before = createSessions({ idleMs: 600_000, clock: Date, kept: { store: storage.mcpSessions, logger: silentLogger } })
      const ended: string[] = []
      before.onEnd(({ id }) => ended.push(id))
      const held = [before.create(facts, { isHeld: true }), before.create(facts, { isHeld: true })] as const
      const plain = before.create(facts)
      before.changed(held[0].id)
      before.touch(held[0].id)
      expect(held.map(({ isHeld }) => isHeld).concat(plain.isHeld)).toEqual([true, true, false])
      expect(await before.find(wanted(held[0].id))).toEqual({ kind: 'missing' })
      await before.delete(held[1].id)
      expect([ended, before.size]).toEqual([[held[1].id], 2])
      await before[Symbol.asyncDispose]()
      expect(await storage.mcpSessions.find(hash('sha256', plain.id))).toBeDefined()
      for (const { id } of held) expect(await storage.mcpSessions.find(hash('sha256', id))).toBeUndefined()
    } finally {
      rmSync(directory, { recursive: true, force: true })
    }
  })

  it('sweeps only what is not held', async () => {
    await using sessions = createSessions({ idleMs: 1, clock: Date })
    const held = sessions.create(facts, { isHeld: true })
    for (const _life of [1, 2]) {
      const ended = Promise.withResolvers<void>()
      const stop = sessions.onEnd(() => ended.resolve())
      sessions.create(facts)
      await ended.promise
      stop()
    }
    expect([...sessions.all()]).toEqual([held])
  })

  it('sweeps idle sessions that nobody asks for', async () => {
    await using sessions = createSessions({ idleMs: 1, clock: Date })
    const ended = Promise.withResolvers<void>()
    sessions.onEnd(() => ended.resolve())
    sessions.create(facts)
    await ended.promise
    expect(sessions.size).toBe(0)
  })

  it('ends the session that was not used for longest when there are too many', async () => {
    await using sessions = createSessions({ idleMs: 600_000, clock: Date, maxSessions: 2 })
    const [first, second] = [sessions.create(facts), sessions.create(facts)]
    await sessions.find(wanted(first.id))
    const third = sessions.create(facts)
    expect([...sessions.all()].map(({ id }) => id)).toEqual([first.id, third.id])
    expect(await sessions.find(wanted(second.id))).toEqual({ kind: 'missing' })
  })

  it('ends all sessions when it is disposed of', async () => {
    const sessions = createSessions({ idleMs: 600_000, clock: Date })
    let ended = 0
    sessions.onEnd(() => ended++)
    sessions.create(facts)
    await sessions[Symbol.asyncDispose]()
    expect(ended).toBe(1)
  })
})

describe('createSessions with a store', () => {
  let directory = ''
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trunkline-sessions-'))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  /** One life of a gateway on the data directory. */
  async function live<T>(use: (sessions: ReturnType<typeof createSessions>, store: McpSessionStore) => T | Promise<T>, more: Partial<SessionsDeps> = {}): Promise<T> {
    await using storage = await openStorage({ directory })
    await using sessions = createSessions({ idleMs: 60_000, clock: Date, kept: { store: storage.mcpSessions, logger: silentLogger }, ...more })
    return await use(sessions, storage.mcpSessions)
  }

  const open = (more: Partial<SessionsDeps> = {}): Promise<string> =>
    live((sessions) => {
      const session = sessions.create({ ...facts, clientInfo: { name: 'x' } })
      session.logLevel = 'warning'
      session.subscriptions.add('x://1')
      sessions.changed(session.id)
      return session.id
    }, more)

  it('brings a session back with all that the client asked for, once', async () => {
    const id = await open()
    await live(async (sessions) => {
      const lookups = await Promise.all([1, 2, 3].map(() => sessions.find(wanted(id))))
      expect(lookups.map(({ kind }) => kind)).toEqual(['restored', 'found', 'found'])
      expect(lookups[0]).toMatchObject({ session: { ...facts, id, clientInfo: { name: 'x' }, logLevel: 'warning', subscriptions: new Set(['x://1']) } })
      expect(sessions.size).toBe(1)
    })
  })

  it('brings it back for its principal at its address only, and tells others nothing', async () => {
    const id = await open()
    await live(async (sessions) => {
      expect(await sessions.find(wanted(id, { principal: other }))).toEqual({ kind: 'missing' })
      expect(await sessions.find(wanted(id, { filter: { ...filter, naming: 'bare' } }))).toEqual({ kind: 'missing' })
      expect(await sessions.recover(id, { ...facts, principal: other })).toBeUndefined()
      expect((await sessions.find(wanted(id))).kind).toBe('restored')
    })
  })

  it('keeps no id on disk', async () => {
    const id = await open()
    await live(async (_sessions, store) => {
      expect(await store.find(id)).toBeUndefined()
    })
  })

  it('never brings back what was deleted or has expired', async () => {
    const [deleted, expired] = [await open(), await open()]
    await live(async (sessions) => {
      const found = await sessions.find(wanted(deleted))
      if (found.kind === 'restored') await sessions.delete(found.session.id)
      expect(await sessions.find(wanted(deleted))).toEqual({ kind: 'missing' })
    })
    await live(async (sessions) => expect(await sessions.find(wanted(deleted))).toEqual({ kind: 'missing' }))
    const later = Date.now() + 120_000
    await live(async (sessions) => expect(await sessions.find(wanted(expired))).toEqual({ kind: 'missing' }), { clock: { now: () => later } })
  })

  it('counts idle time from the last use before the restart', async () => {
    const start = Date.now()
    let now = start
    const id = await live(async (sessions) => {
      const session = sessions.create(facts)
      now = start + 50_000
      await sessions.find(wanted(session.id))
      return session.id
    }, { clock: { now: () => now } })
    now = start + 100_000
    await live(async (sessions) => expect((await sessions.find(wanted(id))).kind).toBe('restored'), { clock: { now: () => now } })
  })

  it('begins anew under the old id when the client initializes again with it', async () => {
    const id = await open()
    await live(async (sessions) => {
      const session = await sessions.recover(id, { ...facts, protocolVersion: '2025-06-18' })
      expect(session).toMatchObject({ id, protocolVersion: '2025-06-18', logLevel: undefined, subscriptions: new Set() })
      expect(await sessions.recover(id, facts)).toBeUndefined()
      expect(await sessions.recover('A'.repeat(22), facts)).toBeUndefined()
    })
    await live(async (sessions) => expect(await sessions.find(wanted(id))).toMatchObject({ kind: 'restored', session: { protocolVersion: '2025-06-18' } }))
  })

  it('calls a record that cannot be read invalid and forgets it', async () => {
    const id = await open()
    await live(async (sessions, store) => {
      const record = await store.find(hash('sha256', id))
      if (!record) throw new Error('no record')
      await store.save({ ...record, facts: '{"protocolVersion":1}' as typeof record.facts })
      expect(await sessions.find(wanted(id))).toEqual({ kind: 'invalid' })
      expect(await sessions.find(wanted(id))).toEqual({ kind: 'missing' })
    })
  })

  it('says that a session could not be read instead of that it is missing', async () => {
    const id = await open()
    await using storage = await openStorage({ directory })
    const error = new GatewayError('storage_unavailable', 'no disk')
    const store: McpSessionStore = { ...storage.mcpSessions, find: () => Promise.reject(error) }
    await using sessions = createSessions({ idleMs: 600_000, clock: Date, kept: { store, logger: silentLogger } })
    expect(await sessions.find(wanted(id))).toEqual({ kind: 'failed', error })
  })

  it('has written a session down a moment after it was made, without being told to stop', async () => {
    await live(async (sessions, store) => {
      const { id } = sessions.create(facts)
      await expect.poll(() => store.find(hash('sha256', id))).toBeDefined()
    })
  })

  it('gives a stream that was opened before the restart its kept events, and the answers that came too late nowhere', async () => {
    const { id, seen } = await live(async (sessions) => {
      const session = sessions.create(facts)
      const stream = session.streams.open({ kind: 'request', id: 7 })
      await stream.known
      const events: string[] = []
      const carrier = { send: (event: { id: string }) => events.push(event.id) > 0, end: () => undefined }
      stream.prime(carrier)
      stream.send('answer', 'answer')
      stream.finish()
      const gone = sessions.create(facts)
      const late = gone.streams.open({ kind: 'request', id: 8 })
      await sessions.delete(gone.id)
      late.send('late', 'answer')
      await sleep(250)
      return { id: session.id, seen: events[0] ?? '' }
    })
    await live(async (sessions) => {
      const found = await sessions.find(wanted(id))
      if (found.kind !== 'restored') throw new Error(found.kind)
      const resumed = found.session.streams.resume(seen)
      if (resumed.kind !== 'resumed') throw new Error(resumed.kind)
      const messages: string[] = []
      expect(resumed.stream.owes(resumed.from)).toBeUndefined()
      resumed.stream.attach({ send: ({ message }) => messages.push(message) > 0, end: () => messages.push('end') }, resumed.from)
      expect(messages).toEqual(['answer', 'end'])
    })
  })
})
