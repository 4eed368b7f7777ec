import { describe, expect, it } from 'vitest'
import type { PrincipalId } from '../../domain/ids.ts'
import { LOCAL_PRINCIPAL, type Principal } from '../identity/index.ts'
import { createSessions } from './create-sessions.ts'

const other: Principal = { ...LOCAL_PRINCIPAL, id: 'other' as PrincipalId }
const facts = {
  principal: LOCAL_PRINCIPAL,
  filter: { servers: 'all', tags: undefined, naming: 'prefixed' },
  protocolVersion: '2025-11-25',
  clientCapabilities: {},
  clientInfo: undefined,
} as const

describe('createSessions', () => {
  it('makes ids of 128 bits in visible ASCII, never the same twice', async () => {
    await using sessions = createSessions({ idleMs: 1000, clock: Date })
    const ids = new Set(Array.from({ length: 100 }, () => sessions.create(facts).id))
    expect(ids.size).toBe(100)
    for (const id of ids) expect(id).toMatch(/^[\x21-\x7e]{22,}$/)
  })

  it('finds a session for its principal and for nobody else', async () => {
    await using sessions = createSessions({ idleMs: 1000, clock: Date })
    const { id } = sessions.create(facts)
    expect(sessions.find(id, LOCAL_PRINCIPAL)?.id).toBe(id)
    expect(sessions.find(id, other)).toBeUndefined()
    expect(sessions.find('nope', LOCAL_PRINCIPAL)).toBeUndefined()
  })

  it('forgets a deleted session and says so once', async () => {
    await using sessions = createSessions({ idleMs: 1000, clock: Date })
    const ended: string[] = []
    sessions.onEnd((session) => ended.push(session.id))
    const { id } = sessions.create(facts)
    sessions.delete(id)
    sessions.delete(id)
    expect(sessions.find(id, LOCAL_PRINCIPAL)).toBeUndefined()
    expect(ended).toEqual([id])
  })

  it('ends a session after its idle time, counted from its last use', async () => {
    let now = 0
    await using sessions = createSessions({ idleMs: 1000, clock: { now: () => now } })
    const used = sessions.create(facts)
    const streaming = sessions.create(facts)
    const idle = sessions.create(facts)
    now = 900
    sessions.find(used.id, LOCAL_PRINCIPAL)
    sessions.touch(streaming.id)
    now = 1500
    expect(sessions.find(used.id, LOCAL_PRINCIPAL)).toBeDefined()
    expect(sessions.find(streaming.id, LOCAL_PRINCIPAL)).toBeDefined()
    expect(sessions.find(idle.id, LOCAL_PRINCIPAL)).toBeUndefined()
  })

  it('sweeps idle sessions that nobody asks for', async () => {
    await using sessions = createSessions({ idleMs: 1, clock: Date })
    const ended = Promise.withResolvers<void>()
    sessions.onEnd(() => ended.resolve())
    sessions.create(facts)
    await ended.promise
    expect(sessions.size).toBe(0)
  })

  it('ends all sessions when it is disposed of', async () => {
    const sessions = createSessions({ idleMs: 1000, clock: Date })
    let ended = 0
    sessions.onEnd(() => ended++)
    sessions.create(facts)
    await sessions[Symbol.asyncDispose]()
    expect(ended).toBe(1)
  })
})
