import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StoredConversation } from '../../storage/index.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { keepNewest, planCleanUp } from './clean-up.ts'
import type { ConversationMessage } from './conversation.ts'

const NOW = 1_000_000
const conversation = fc.record({
  principal: fc.constantFrom('ada', 'bob'),
  isFavourite: fc.boolean(),
  age: fc.nat(1000),
  savedAge: fc.option(fc.nat(1000), { nil: undefined }),
  isOpen: fc.boolean(),
})
const conversations = fc.array(conversation, { maxLength: 40 }).map((all) =>
  all.map(({ age, savedAge, ...rest }, index) => ({
    ...rest,
    id: `c${index}`,
    title: '',
    settings: '{}' as JsonText,
    savedName: savedAge === undefined ? undefined : 's',
    savedAt: savedAge === undefined ? undefined : new Date(NOW - savedAge),
    createdAt: new Date(0),
    updatedAt: new Date(NOW - age),
  })),
)
const limits = fc.record({ maxAgeMs: fc.nat(800), maxSessions: fc.nat(12), retentionMs: fc.nat(800) })

describe('planCleanUp', () => {
  it('removes what is too old or too much, and nothing else', () => {
    fc.assert(
      fc.property(conversations, limits, (all, { maxAgeMs, maxSessions, retentionMs }) => {
        const open = new Set(all.filter(({ isOpen }) => isOpen).map(({ id }) => id))
        const gone = new Set(planCleanUp(all, (id) => open.has(id), { retention: { maxAgeMs, maxMessages: 0, maxSessions, cleanupIntervalMs: 1 }, saved: { enabled: true, retentionMs, maxSaved: 5 } }, NOW))
        const isLoose = ({ isFavourite, savedAt }: StoredConversation): boolean => !isFavourite && savedAt === undefined
        for (const one of all) {
          const isGone = gone.has(one.id)
          if (open.has(one.id) || one.isFavourite) expect(isGone).toBe(false)
          else if (one.savedAt) expect(isGone).toBe(retentionMs > 0 && NOW - one.savedAt.getTime() > retentionMs)
          else if (maxAgeMs > 0 && NOW - one.updatedAt.getTime() > maxAgeMs) expect(isGone).toBe(true)
        }
        for (const principal of ['ada', 'bob']) {
          const kept = all.filter((one) => one.principal === principal && isLoose(one) && !gone.has(one.id))
          const closed = kept.filter(({ id }) => !open.has(id))
          // More than the limit are left only while somebody has them open.
          if (maxSessions > 0) expect(kept.length <= maxSessions || closed.length === 0).toBe(true)
          const dropped = all.filter((one) => one.principal === principal && isLoose(one) && gone.has(one.id) && !(maxAgeMs > 0 && NOW - one.updatedAt.getTime() > maxAgeMs))
          // Nothing goes for its number that was used later than something that stays.
          for (const { updatedAt } of dropped) for (const other of closed) expect(updatedAt.getTime()).toBeLessThanOrEqual(other.updatedAt.getTime())
          if (dropped.length > 0) expect(kept.length).toBeGreaterThanOrEqual(maxSessions)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('keepNewest', () => {
  it('keeps the end of a conversation, from something that the user said', () => {
    const roles = fc.array(fc.constantFrom('user' as const, 'assistant' as const), { maxLength: 30 })
    fc.assert(
      fc.property(roles, fc.nat(20), (said, maxMessages) => {
        const messages = said.map((role, sequence) => ({ role, sequence }) as unknown as ConversationMessage)
        const kept = keepNewest(messages, maxMessages)
        expect(messages.slice(messages.length - kept.length)).toEqual(kept)
        if (maxMessages > 0) expect(kept.length).toBeLessThanOrEqual(maxMessages)
        else expect(kept).toEqual(messages)
        if (kept.length < messages.length && kept.some(({ role }) => role === 'user')) expect(kept[0]?.role).toBe('user')
        if (messages.length > 0) expect(kept.length).toBeGreaterThan(0)
      }),
    )
  })
})
