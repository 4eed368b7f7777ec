import { describe, expect, it } from 'vitest'
import { backOffMs } from './back-off.ts'

describe('backOffMs', () => {
  it('doubles from the first wait to the last', () => {
    const waits = [1, 2, 3, 4, 8, 9, 1000].map((attempt) => backOffMs(attempt, 500, 60_000, () => 1))
    expect(waits).toEqual([500, 1000, 2000, 4000, 60_000, 60_000, 60_000])
  })

  it('spreads each over its upper half', () => {
    expect(backOffMs(3, 500, 60_000, () => 0)).toBe(1000)
    expect(backOffMs(3, 500, 60_000, () => 0.5)).toBe(1500)
  })
})
