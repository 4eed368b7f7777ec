import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonText } from '../lib/json-text.ts'
import { createAutoConversations } from './auto-conversations.ts'
import type { ConversationStore, StoredConversation, StoredMessage } from './conversations.ts'
import { createMemoryConversations } from './memory-conversations.ts'
import { openStorage, type Storage } from './storage.ts'

let directory = ''
let storage: Storage
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-conversations-'))
  storage = await openStorage({ directory })
})
afterEach(async () => {
  await storage[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const conversation = (changes: Partial<StoredConversation> = {}): StoredConversation => ({
  id: 'c1', principal: 'ada', title: 'T', settings: '{"model":"m"}' as JsonText, isFavourite: false, savedName: undefined, savedAt: undefined,
  createdAt: new Date('2026-11-21T10:00:00.000Z'), updatedAt: new Date('2026-11-21T10:00:00.000Z'), ...changes,
})
const message = (changes: Partial<StoredMessage> = {}): StoredMessage => ({
  conversation: 'c1', sequence: 1, role: 'user', state: 'complete', content: 'Hi', thinking: '', facts: '{}' as JsonText, createdAt: new Date('2026-11-21T10:00:00.000Z'), ...changes,
})
const SAVED = { savedName: 'S', savedAt: new Date('2026-11-21T11:00:00.000Z') }

describe.each([
  ['createConversationStore', () => storage.conversations],
  ['createMemoryConversations', () => createMemoryConversations()],
  ['createAutoConversations', () => createAutoConversations(createMemoryConversations(), storage.conversations)],
] as readonly (readonly [string, () => ConversationStore])[])('%s', (_name, make) => {
  it('gives back what was put, replaced and added', async () => {
    const store = make()
    await store.put(conversation())
    await store.put(conversation({ title: 'New', isFavourite: true, ...SAVED }))
    expect(await store.find('c1')).toEqual(conversation({ title: 'New', isFavourite: true, ...SAVED }))
    const streaming = message({ sequence: 2, role: 'assistant', state: 'streaming', content: 'Hel', thinking: 'a' })
    await store.putMessage(streaming)
    await store.putMessage(message())
    await store.appendText('c1', 2, 'lo’', 'b')
    expect(await store.messages('c1')).toEqual([message(), { ...streaming, content: 'Hello’', thinking: 'ab' }])
    await store.interruptStreaming()
    expect((await store.messages('c1')).map(({ state }) => state)).toEqual(['complete', 'interrupted'])
    await store.removeMessages('c1', 2)
    expect((await store.messages('c1')).map(({ sequence }) => sequence)).toEqual([2])
    await store.remove('c1')
    expect([await store.find('c1'), await store.messages('c1')]).toEqual([undefined, []])
  })

  it('lists those of one principal or of all, the newest first', async () => {
    const store = make()
    const at = (minute: number): Date => new Date(`2026-11-21T10:0${minute}:00.000Z`)
    await store.put(conversation({ id: 'a', updatedAt: at(1), ...SAVED }))
    await store.put(conversation({ id: 'b', updatedAt: at(3) }))
    await store.put(conversation({ id: 'c', updatedAt: at(2), principal: 'bob' }))
    expect((await store.list('ada')).map(({ id }) => id)).toEqual(['b', 'a'])
    expect((await store.list()).map(({ id }) => id)).toEqual(['b', 'c', 'a'])
  })
})

describe('createAutoConversations', () => {
  it('keeps nothing before a conversation is saved, and everything from then on', async () => {
    const store = createAutoConversations(createMemoryConversations(), storage.conversations)
    await store.put(conversation())
    await store.putMessage(message())
    expect(await storage.conversations.list()).toEqual([])
    await store.put(conversation(SAVED))
    await store.putMessage(message({ sequence: 2 }))
    expect((await storage.conversations.messages('c1')).map(({ sequence }) => sequence)).toEqual([1, 2])
    expect((await store.list('ada')).map(({ id }) => id)).toEqual(['c1'])
    await store.put(conversation({ title: 'No longer saved' }))
    expect(await storage.conversations.find('c1')).toMatchObject({ title: 'No longer saved', savedName: undefined })
  })
})
