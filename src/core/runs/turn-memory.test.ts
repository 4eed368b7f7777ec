import { describe, expect, it } from 'vitest'
import type { ToolCallBlock } from '../../dialects/index.ts'
import type { PrincipalId } from '../../domain/ids.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { createMemoryRuns, type RunStore } from '../../storage/index.ts'
import { silentLogger, type Logger } from '../../telemetry/index.ts'
import type { Principal } from '../identity/index.ts'
import { runDialect } from './fragments.ts'
import { createTurnMemory, type Handing } from './turn-memory.ts'

const DAY_MS = 24 * 60 * 60 * 1000
const principalOf = (id: string): Principal => ({ id: id as PrincipalId, via: { kind: 'local' }, scopes: new Set() })
const one = principalOf('one')
const call = (callId: string): ToolCallBlock => ({ type: 'tool-call', callId, name: 'weather', argumentsText: '{}', path: '' })
const elements = ['{"role":"assistant"}' as JsonText]

function handing(callId: string, more: Partial<Handing> = {}): Handing {
  const turn = { dialect: runDialect('openai-chat'), model: 'some', elements, theirs: [call(callId)], own: [], asked: new Map([['q', call('ours')]]) }
  return { principal: one, callIds: [callId], turn, durableId: undefined, logger: silentLogger, ...more }
}

/** By the memory of a process that begins now. */
async function recallAnew(store: RunStore, callId: string, now: Date, principal = one): Promise<readonly JsonText[] | undefined> {
  return (await createTurnMemory(store, () => now).recall(principal, [callId])).get(callId)?.elements
}

describe('createTurnMemory', () => {
  it('gives another process what was kept, to its principal, for thirty days', async () => {
    const store = createMemoryRuns()
    const at = new Date('2026-11-21T10:00:00.000Z')
    await createTurnMemory(store, () => at).keep(handing('call_1'))
    expect(await recallAnew(store, 'call_1', new Date(at.getTime() + 29 * DAY_MS))).toEqual(elements)
    expect(await recallAnew(store, 'call_1', new Date(at.getTime() + 31 * DAY_MS))).toBeUndefined()
    expect(await recallAnew(store, 'call_1', at, principalOf('two'))).toBeUndefined()
    expect(await recallAnew(store, 'call_2', at)).toBeUndefined()
  })

  it('has one of each turn, whoever asks for it by which of its ids', async () => {
    const store = createMemoryRuns()
    await createTurnMemory(store).keep(handing('call_1', { callIds: ['call_1', 'call_2'] }))
    const memory = createTurnMemory(store)
    const [first, second] = await Promise.all([memory.recall(one, ['call_1']), memory.recall(one, ['call_2', 'call_1'])])
    expect(first.get('call_1')).toBeDefined()
    expect(second.get('call_2')).toBe(first.get('call_1'))
    expect(second.get('call_1')).toBe(first.get('call_1'))
  })

  it('finds what was kept after it was looked for in vain, and takes the newer of two turns with one id', async () => {
    const store = createMemoryRuns()
    const memory = createTurnMemory(store)
    expect(await memory.recall(one, ['call_1'])).toEqual(new Map())
    await memory.keep(handing('call_1'))
    const newer = handing('call_1')
    const kept = await memory.keep({ ...newer, turn: { ...newer.turn, elements: ['{"role":"assistant","content":"newer"}' as JsonText] } })
    expect((await memory.recall(one, ['call_1'])).get('call_1')).toBe(kept)
    expect(await recallAnew(store, 'call_1', new Date())).toEqual(kept.elements)
  })

  it('remembers in this process what cannot be written down, and says so', async () => {
    const runs = createMemoryRuns()
    const store: RunStore = { ...runs, turns: { ...runs.turns, save: () => Promise.reject(new Error('the disk is full')) } }
    const said: unknown[] = []
    const logger = { ...silentLogger, error: (...[, message]: readonly unknown[]) => void said.push(message) } as Logger
    const memory = createTurnMemory(store)
    await memory.keep(handing('call_1', { logger }))
    expect((await memory.recall(one, ['call_1'])).get('call_1')?.elements).toEqual(elements)
    expect(said).toEqual(['a turn that was handed over could not be recorded'])
    expect(await recallAnew(runs, 'call_1', new Date())).toBeUndefined()
  })
})
