import { describe, expect, it } from 'vitest'
import type { SamplingPolicy } from '../../domain/sampling-policy.ts'
import { createSamplingBudget } from './budget.ts'

const POLICY: SamplingPolicy = { model: undefined, maxTokens: 100, requestsPerMinute: 3, tokensPerHour: 250, consent: 'always' }

describe('createSamplingBudget', () => {
  it('counts requests in a minute and tokens in an hour', () => {
    let now = 0
    const budget = createSamplingBudget(() => now)
    const take = (): string => {
      const taken = budget.take(POLICY)
      if (taken.kind === 'refused') return taken.limit
      taken.settle(50)
      return 'taken'
    }
    expect([take(), take(), take(), take()]).toEqual(['taken', 'taken', 'taken', 'requestsPerMinute'])
    now = 60_000
    expect([take(), take()]).toEqual(['taken', 'tokensPerHour'])
    now = 3_600_000
    expect(take()).toBe('taken')
  })

  it('counts what is under way as all that it may take', () => {
    const budget = createSamplingBudget(() => 0)
    expect([budget.take(POLICY).kind, budget.take(POLICY).kind, budget.take(POLICY).kind]).toEqual(['taken', 'taken', 'refused'])
  })

  it('lets no loop through', () => {
    const budget = createSamplingBudget(() => 0)
    const taken = Array.from({ length: 10_000 }, () => budget.take({ ...POLICY, tokensPerHour: 1_000_000 }).kind).filter((kind) => kind === 'taken')
    expect(taken).toHaveLength(3)
  })
})
