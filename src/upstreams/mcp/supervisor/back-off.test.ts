import { describe, expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

const DOUBLING = { firstMs: 500, lastMs: 60_000, growth: 2 }

describe('backOffMs', () => {
  it('grows from the first wait to the last', () => {
    const waits = [1, 2, 3, 4, 8, 9, 1000].map((attempt) => backOffMs(attempt, DOUBLING, () => 1))
    expect(waits).toEqual([500, 1000, 2000, 4000, 60_000, 60_000, 60_000])
    expect([1, 2, 3, 4, 5, 1000].map((attempt) => backOffMs(attempt, { ...DOUBLING, growth: 8 }, () => 1))).toEqual([500, 4000, 32_000, 60_000, 60_000, 60_000])
  })

  it('spreads each over its upper half', () => {
    expect(backOffMs(3, DOUBLING, () => 0)).toBe(1000)
    expect(backOffMs(3, DOUBLING, () => 0.5)).toBe(1500)
  })
})
