import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonText } from '../lib/json-text.ts'
import type { StoredTurn } from './handed-turns.ts'
import { createMemoryRuns } from './memory-runs.ts'
import type { RunStore } from './runs.ts'
import { openStorage, type Storage } from './storage.ts'

let directory: string
let storage: Storage

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-turns-'))
  storage = await openStorage({ directory })
})
afterEach(async () => {
  await storage[Symbol.asyncDispose]()
  rmSync(directory, { recursive: true, force: true })
})

const STORES: Readonly<Record<string, () => RunStore>> = { SQLite: () => storage.runs, memory: () => createMemoryRuns() }

const at = (minute: number): Date => new Date(Date.UTC(2026, 10, 21, 10, minute))
const turn = (number: number, more: Partial<StoredTurn> = {}): StoredTurn => ({
  id: `turn_${number}`,
  principal: 'one',
  createdAt: at(number),
  expiresAt: at(number + 30),
  callIds: [`call_${number}`, `told_${number}`],
  bytes: 10,
  content: `{"number":${number}}` as JsonText,
  ...more,
})

async function save(store: RunStore, ...turns: readonly StoredTurn[]): Promise<void> {
  for (const one of turns) {
    await store.turns.save(one)
    await store.add({ run: one.id, sequence: 0, kind: 'turn', content: '{}' as JsonText })
  }
}

/** The turns that are there, by an id that each of them has, and those that have steps. */
async function left(store: RunStore, count: number, now = at(0)): Promise<{ readonly found: readonly string[]; readonly withSteps: readonly string[] }> {
  const numbers = Array.from({ length: count }, (_, index) => index + 1)
  const found = await store.turns.find('one', numbers.map((number) => `call_${number}`), now)
  const steps = await Promise.all(numbers.map((number) => store.steps(`turn_${number}`)))
  return { found: [...found.values()].map(({ id }) => id).toSorted(), withSteps: numbers.flatMap((number, index) => (steps[index]?.length ? [`turn_${number}`] : [])) }
}

describe.each(Object.keys(STORES))('createHandedTurnStore in %s', (name) => {
  const open = (): RunStore => (STORES[name] ?? createMemoryRuns)()

  it('finds turns by their ids, those of one principal, the newest of an id', async () => {
    const store = open()
    await save(store, turn(1), turn(2, { callIds: ['call_2', 'told_1'] }), turn(3, { principal: 'two', callIds: ['call_1'] }))
    const found = await store.turns.find('one', ['call_1', 'told_1', 'call_3', ...Array.from({ length: 1_200 }, (_, index) => `none_${index}`), 'call_2'], at(0))
    expect(Object.fromEntries([...found].map(([callId, { id, content }]) => [callId, [id, content]]))).toEqual({
      call_1: ['turn_1', '{"number":1}'],
      call_2: ['turn_2', '{"number":2}'],
      told_1: ['turn_2', '{"number":2}'],
    })
    expect((await store.turns.find('two', ['call_1'], at(0))).get('call_1')?.id).toBe('turn_3')
  })

  it('forgets with their steps what has expired', async () => {
    const store = open()
    await save(store, turn(1), turn(2), turn(3))
    expect((await left(store, 3, at(32))).found).toEqual(['turn_2', 'turn_3'])
    await store.turns.removeExpired(at(32))
    expect(await left(store, 3)).toEqual({ found: ['turn_2', 'turn_3'], withSteps: ['turn_2', 'turn_3'] })
  })

  it.each([
    ['number', { count: 2, bytes: 1_000 }, ['turn_3', 'turn_4']],
    ['size', { count: 10, bytes: 35 }, ['turn_2', 'turn_3', 'turn_4']],
  ])('keeps the newest of a principal: %s', async (_, limits, kept) => {
    const store = open()
    await save(store, turn(4), turn(1), turn(2), turn(3), turn(5, { principal: 'two' }))
    await store.turns.keepNewest('one', limits)
    expect(await left(store, 5)).toEqual({ found: kept, withSteps: [...kept, 'turn_5'] })
  })
})
