import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonText } from '../lib/json-text.ts'
import type { McpSessionStore, StoredMcpSession, StoredStreamEntry } from './mcp-sessions.ts'
import { openStorage } from './storage.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-mcp-store-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 21, 10, minute))
const session = (digest: string, changes: Partial<StoredMcpSession> = {}): StoredMcpSession => ({
  digest,
  principal: 'ann',
  filter: '{"servers":"all"}' as JsonText,
  facts: '{}' as JsonText,
  expiresAt: at(30),
  ...changes,
})
const entry = (of: string, sequence: number, changes: Partial<StoredStreamEntry> = {}): StoredStreamEntry => ({ session: of, sequence, stream: 's', kind: 'message', message: `m${sequence}`, ...changes })

async function withStore(use: (store: McpSessionStore) => Promise<void>): Promise<void> {
  await using storage = await openStorage({ directory })
  await use(storage.mcpSessions)
}

describe('createMcpSessionStore', () => {
  it('gives back what was saved last, after a reopen too', async () => {
    await withStore(async (store) => {
      await store.save(session('a'))
      await store.save(session('a', { facts: '{"logLevel":"info"}' as JsonText, expiresAt: at(40) }))
    })
    await withStore(async (store) => {
      expect(await store.find('a')).toEqual(session('a', { facts: '{"logLevel":"info"}' as JsonText, expiresAt: at(40) }))
      expect(await store.find('b')).toBeUndefined()
    })
  })

  it('keeps entries in order, a repeated one once, and sequences of microseconds exactly', () =>
    withStore(async (store) => {
      const sequence = Date.UTC(2100, 0) * 1000 + 1
      const entries = [entry('a', sequence, { kind: 'answer' }), entry('a', 1, { kind: 'open' }), entry('a', 2), entry('b', 1)]
      for (const one of [...entries, entry('a', 2, { message: 'again' })]) await store.append(one)
      expect(await store.entries('a')).toEqual([entry('a', 1, { kind: 'open' }), entry('a', 2), entry('a', sequence, { kind: 'answer' })])
    }))

  it('removes entries, streams and sessions, and no other’s', () =>
    withStore(async (store) => {
      await Promise.all([session('a'), session('b')].map((one) => store.save(one)))
      await Promise.all([entry('a', 1), entry('a', 2), entry('a', 3, { stream: 't' }), entry('b', 1)].map((one) => store.append(one)))
      await store.removeEntry('a', 1)
      expect((await store.entries('a')).map(({ sequence }) => sequence)).toEqual([2, 3])
      await store.removeStream('a', 's')
      expect((await store.entries('a')).map(({ sequence }) => sequence)).toEqual([3])
      await store.remove('a')
      expect([await store.find('a'), await store.entries('a')]).toEqual([undefined, []])
      expect([await store.find('b'), await store.entries('b')]).toEqual([session('b'), [entry('b', 1)]])
    }))

  it('forgets what has expired, what is too many, and what belongs to neither', () =>
    withStore(async (store) => {
      await Promise.all([1, 2, 3, 4].map((minute) => store.save(session(`s${minute}`, { expiresAt: at(minute) }))))
      await Promise.all([1, 2, 3, 4].map((minute) => store.append(entry(`s${minute}`, 1))))
      await store.trim(at(1), 2)
      const left = await Promise.all([1, 2, 3, 4].map(async (minute) => [(await store.find(`s${minute}`)) !== undefined, (await store.entries(`s${minute}`)).length]))
      expect(left).toEqual([[false, 0], [false, 0], [true, 1], [true, 1]])
    }))
})
