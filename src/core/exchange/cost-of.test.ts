import { describe, expect, it } from 'vitest'
import type { Usage } from '../../domain/usage.ts'
import { costOf } from './cost-of.ts'

const usage = (input: Partial<Usage['input']>, raw?: Usage['raw']): Usage => ({ input: { total: 100, cacheRead: 0, cacheWrite: 0, ...input }, output: { total: 10, reasoning: 4 }, raw })
const price = { input: 3, output: 15, cacheRead: 0.3, cacheWrite: 3.75 }

describe('costOf', () => {
  it('LT-H01 LT-H03 counts each token once, reasoning as output', () => {
    expect(costOf(usage({}), price)).toBe(300 + 150)
    expect(costOf(usage({ cacheRead: 50, cacheWrite: 20 }), price)).toBeCloseTo(30 * 3 + 50 * 0.3 + 20 * 3.75 + 150, 9)
  })

  it('LT-H11 takes the price of an hour for what is written for an hour', () => {
    expect(costOf(usage({ cacheWrite: 20, cacheWriteHour: 15 }), price)).toBeCloseTo(80 * 3 + 5 * 3.75 + 15 * 6 + 150, 9)
  })

  it('takes cached tokens for input where they have no price of their own', () => {
    expect(costOf(usage({ cacheRead: 50, cacheWrite: 20 }), { ...price, cacheRead: 0, cacheWrite: 0 })).toBe(450)
  })

  it('believes a provider that tells what it charged, and knows nothing without a price', () => {
    expect(costOf(usage({}, { cost: 0.000_25 }), undefined)).toBe(250)
    expect(costOf(usage({}), undefined)).toBeUndefined()
  })

  it('is nothing for a model that costs nothing', () => {
    expect(costOf(usage({ cacheRead: 50 }), { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 })).toBe(0)
  })
})
