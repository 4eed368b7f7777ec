import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitAlphanumeric, fitId } from './fit-id.ts'

describe('fitId', () => {
  it('LT-B02 leaves an id that fits as it is', () => {
    expect([fitId('call_abc-1', 40), fitId('a'.repeat(40), 40)]).toEqual(['call_abc-1', 'a'.repeat(40)])
  })

  it('LT-B04 makes any other one fit, the same each time and its own', () => {
    fc.assert(fc.property(fc.string({ maxLength: 90 }), fc.string({ maxLength: 90 }), (a, b) => {
      const [fitA, fitB] = [fitId(a, 40), fitId(b, 40)]
      expect(fitA).toMatch(/^[\w-]{1,40}$/)
      expect(fitId(a, 40)).toBe(fitA)
      expect(fitA === fitB).toBe(a === b)
      expect(fitId(fitA, 40)).toBe(fitA)
    }), { numRuns: 500 })
  })
})

describe('fitAlphanumeric', () => {
  it('LT-B05 makes nine letters and digits, the same each time and its own', () => {
    expect(fitAlphanumeric('D681PevKs', 9)).toBe('D681PevKs')
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => {
      expect(fitAlphanumeric(a, 9)).toMatch(/^[a-zA-Z0-9]{9}$/)
      if (a !== b) expect(fitAlphanumeric(a, 9)).not.toBe(fitAlphanumeric(b, 9))
    }), { numRuns: 500 })
  })
})
