import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import type { ChatSettings, Conversations } from '../../src/core/conversations/index.ts'
import type { Principal } from '../../src/core/identity/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import type { PrincipalId } from '../../src/domain/ids.ts'
import { createMemoryConversations } from '../../src/storage/index.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { startChatGateway } from './support/chat-gateway.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator()
})
afterAll(() => sim.close())
beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-01-01T00:00:00Z') }))
afterEach(() => void vi.useRealTimers())

const principalOf = (name: string): Principal => ({ id: name as PrincipalId, via: { kind: 'local' }, scopes: new Set(['models:use']) })

interface Limits {
  readonly maxAgeHours: number
  readonly maxMessages: number
  readonly maxSessions: number
  readonly retentionDays: number
  readonly maxSaved: number
}

const settingsOf = (limits: Limits): Partial<ChatSettings> => ({
  model: 'sim/echo',
  retention: { maxAgeMs: limits.maxAgeHours * HOUR_MS, maxMessages: limits.maxMessages, maxSessions: limits.maxSessions, cleanupIntervalMs: DAY_MS },
  saved: { enabled: true, retentionMs: limits.retentionDays * DAY_MS, maxSaved: limits.maxSaved },
})

/** What the documentation says, written down once more and as plainly as can be. */
class Expected {
  readonly chats: { id: string; owner: string; said: number; usedAt: number; savedAt: number | undefined; isFavourite: boolean; isGone: boolean }[] = []
  readonly limits: Limits

  constructor(limits: Limits) {
    this.limits = limits
  }

  get left(): Expected['chats'] {
    return this.chats.filter(({ isGone }) => !isGone)
  }

  mayBeSaved(owner: string): boolean {
    return this.left.filter((chat) => chat.owner === owner && chat.savedAt !== undefined).length < this.limits.maxSaved
  }

  cleanUp(now: number): void {
    const { maxAgeHours, maxSessions, retentionDays } = this.limits
    for (const chat of this.left) {
      if (chat.isFavourite) continue
      if (chat.savedAt === undefined) chat.isGone = maxAgeHours > 0 && now > chat.usedAt + maxAgeHours * HOUR_MS
      else chat.isGone = retentionDays > 0 && now > chat.savedAt + retentionDays * DAY_MS
    }
    for (const owner of ['ada', 'bob']) {
      const loose = this.left.filter((chat) => chat.owner === owner && !chat.isFavourite && chat.savedAt === undefined)
      while (maxSessions > 0 && loose.length > maxSessions) {
        const oldest = loose.reduce((a, b) => (a.usedAt < b.usedAt ? a : b))
        oldest.isGone = true
        loose.splice(loose.indexOf(oldest), 1)
      }
    }
  }

  /** Each thing that was said has an answer; one is kept only with the other, unless there is room for one alone. */
  messagesOf({ said }: Expected['chats'][number]): number {
    const { maxMessages } = this.limits
    if (maxMessages === 0 || said * 2 <= maxMessages) return said * 2
    return maxMessages === 1 ? 1 : maxMessages - (maxMessages % 2)
  }
}

type Step =
  | { readonly kind: 'begin'; readonly owner: string }
  | { readonly kind: 'say' | 'save' | 'unsave' | 'favour' | 'rename' | 'remove'; readonly which: number }
  | { readonly kind: 'wait'; readonly hours: number }
  | { readonly kind: 'clean-up' }

const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('begin' as const), owner: fc.constantFrom('ada', 'bob') }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('say' as const, 'say' as const, 'save' as const, 'save' as const, 'unsave' as const, 'favour' as const, 'rename' as const, 'remove' as const), which: fc.nat(20) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: fc.integer({ min: 1, max: 60 }) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('clean-up' as const) }) },
  ),
  { minLength: 5, maxLength: 30 },
)
const limitsOf = fc.record({ maxAgeHours: fc.constantFrom(0, 1, 24, 100), maxMessages: fc.nat(7), maxSessions: fc.nat(4), retentionDays: fc.nat(3), maxSaved: fc.nat(3) })

const tick = (ms: number): void => void vi.setSystemTime(Date.now() + ms)

async function say(conversations: Conversations, chat: Expected['chats'][number]): Promise<void> {
  const principal = principalOf(chat.owner)
  const live = await conversations.open(principal, chat.id)
  const { answered } = await live.say({ content: `Hello ${chat.said}`, attachments: [] }, { principal, surface: 'chat-ws', requestId: 'req_1', logger: silentLogger })
  expect((await answered).error).toBeUndefined()
  Object.assign(chat, { said: chat.said + 1, usedAt: Date.now() })
}

async function change(conversations: Conversations, expected: Expected, kind: Extract<Step, { readonly which: number }>['kind'], chat: Expected['chats'][number]): Promise<void> {
  const principal = principalOf(chat.owner)
  if (kind === 'say') return say(conversations, chat)
  if (kind === 'remove') {
    await conversations.remove(principal, chat.id)
    chat.isGone = true
  } else if (kind === 'favour') {
    const live = await conversations.open(principal, chat.id)
    await live.change({ isFavourite: !chat.isFavourite })
    Object.assign(chat, { isFavourite: !chat.isFavourite, usedAt: Date.now() })
  } else if (kind === 'rename') await conversations.rename(principal, chat.id, 'another')
  else if (kind === 'unsave') {
    await conversations.save(principal, chat.id, undefined)
    chat.savedAt = undefined
  } else if (chat.savedAt === undefined && !expected.mayBeSaved(chat.owner)) {
    const refused = await conversations.save(principal, chat.id, 'kept').catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(GatewayError)
    expect(refused).toMatchObject({ code: 'storage_unavailable' })
  } else {
    await conversations.save(principal, chat.id, 'kept')
    chat.savedAt ??= Date.now()
  }
}

describe('limits of what is kept', () => {
  it('hold as they are documented: maxAgeHours, maxMessages, maxSessions, retentionDays, maxSaved', async () => {
    const store = createMemoryConversations()
    let limits: Limits = { maxAgeHours: 0, maxMessages: 0, maxSessions: 0, retentionDays: 0, maxSaved: 0 }
    const chat: Partial<ChatSettings> = Object.defineProperties({}, Object.fromEntries(['model', 'retention', 'saved'].map((key) => [key, { enumerable: true, get: () => settingsOf(limits)[key as 'model'] }])))
    await using gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], store, chat })
    const { conversations } = gateway
    let gone = 0
    await fc.assert(
      fc.asyncProperty(limitsOf, steps, async (drawn, script) => {
        limits = drawn
        for (const { id } of await store.list()) await store.remove(id)
        const expected = new Expected(drawn)
        for (const step of [...script, { kind: 'clean-up' } as const]) {
          tick(1000)
          if (step.kind === 'wait') tick(step.hours * HOUR_MS)
          else if (step.kind === 'begin') {
            const { id } = conversations.begin(principalOf(step.owner)).conversation
            const begun = { id, owner: step.owner, said: 0, usedAt: 0, savedAt: undefined, isFavourite: false, isGone: false }
            await say(conversations, begun)
            expected.chats.push(begun)
          } else if (step.kind === 'clean-up') {
            const before = expected.left.length
            expected.cleanUp(Date.now())
            expect(await conversations.cleanUp()).toBe(before - expected.left.length)
            gone += before - expected.left.length
          } else {
            const chosen = expected.left[step.which % Math.max(1, expected.left.length)]
            if (chosen) await change(conversations, expected, step.kind, chosen)
          }
          for (const owner of ['ada', 'bob']) {
            const listed = (await conversations.list(principalOf(owner))).map(({ id }) => id)
            expect(listed.toSorted()).toEqual(expected.left.filter((one) => one.owner === owner).map(({ id }) => id).toSorted())
          }
        }
        for (const one of expected.left) expect(await store.messages(one.id)).toHaveLength(expected.messagesOf(one))
      }),
      { numRuns: 60 },
    )
    expect(gone).toBeGreaterThan(10)
  })
})
