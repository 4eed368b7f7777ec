import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonText } from '../lib/json-text.ts'
import { createMemoryResponses } from './memory-responses.ts'
import type { ResponseStore, StoredResponse } from './responses.ts'
import { openStorage } from './storage.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-responses-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const stored = (id: string, changes: Partial<StoredResponse> = {}): StoredResponse => ({
  id,
  principal: 'ann',
  createdAt: new Date('2026-11-21T10:00:00.000Z'),
  expiresAt: new Date('2026-12-21T10:00:00.000Z'),
  publicModel: 'sim/m',
  provider: 'sim',
  model: 'm',
  place: 'gateway',
  status: 'completed',
  isBackground: false,
  previousId: undefined,
  input: '[{"a":1.0}]' as JsonText,
  body: '{"big":1e400}' as JsonText,
  ...changes,
})

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 21, 10, minute))

describe.each(['disk', 'memory'])('ResponseStore on %s', (kind) => {
  async function withStore(use: (store: ResponseStore) => Promise<void>): Promise<void> {
    if (kind === 'memory') return use(createMemoryResponses())
    await using storage = await openStorage({ directory })
    await use(storage.responses)
  }

  it('gives back what was saved, replaced by what was saved later', () =>
    withStore(async (store) => {
      await store.save(stored('resp_1'))
      expect(await store.find('resp_1')).toEqual(stored('resp_1'))
      const later = stored('resp_1', { status: 'failed', isBackground: true, previousId: 'resp_0', input: undefined, body: undefined, place: 'provider' })
      await store.save(later)
      expect(await store.find('resp_1')).toEqual(later)
      await store.remove('resp_1')
      expect(await store.find('resp_1')).toBeUndefined()
    }))

  it('lists what had not ended, of the gateway’s own', () =>
    withStore(async (store) => {
      await Promise.all([stored('a', { status: 'queued' }), stored('b', { status: 'in_progress' }), stored('c'), stored('d', { status: 'queued', place: 'provider' })].map((one) => store.save(one)))
      expect((await store.listUnfinished()).map(({ id }) => id).toSorted()).toEqual(['a', 'b'])
    }))

  it('forgets what has expired, and the oldest of one principal', () =>
    withStore(async (store) => {
      const made = [1, 2, 3, 4].map((minute) => stored(`a${minute}`, { createdAt: at(minute) }))
      await Promise.all([...made, stored('b1', { principal: 'bob', createdAt: at(0) }), stored('old', { principal: 'bob', expiresAt: at(5) })].map((one) => store.save(one)))
      await store.keepNewest('ann', 2)
      await store.keepNewest('ann', 10)
      await store.removeExpired(at(6))
      const left = await Promise.all(['a1', 'a2', 'a3', 'a4', 'b1', 'old'].map(async (id) => ((await store.find(id)) ? id : undefined)))
      expect(left.filter((id) => id !== undefined)).toEqual(['a3', 'a4', 'b1'])
    }))
})

it('stored responses are there after a reopen', async () => {
  {
    await using storage = await openStorage({ directory })
    await storage.responses.save(stored('resp_1'))
  }
  await using storage = await openStorage({ directory })
  expect(await storage.responses.find('resp_1')).toEqual(stored('resp_1'))
})
