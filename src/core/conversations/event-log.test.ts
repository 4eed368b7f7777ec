import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createEventLog } from './event-log.ts'

describe('createEventLog', () => {
  it('gives every event behind a place, or says that it cannot', () => {
    fc.assert(
      fc.property(fc.nat(9000), fc.integer({ min: -5, max: 9005 }), (count, offset) => {
        const log = createEventLog(1)
        const start = log.place
        for (let n = 0; n < count; n++) log.add({ kind: 'delta', message: 1, content: String(n) })
        const after = log.after(start + offset)
        const isKnown = offset >= 0 && offset <= count
        if (after === undefined) expect(!isKnown || count - offset > 3000).toBe(true)
        else expect(after.map(({ place }) => place)).toEqual(Array.from({ length: count - offset }, (_, n) => start + offset + n + 1))
      }),
      { numRuns: 60 },
    )
  })

  it('does not know the places of an earlier process', () => {
    const earlier = createEventLog(1000)
    for (let n = 0; n < 500; n++) earlier.add({ kind: 'cleared' })
    expect(createEventLog(2000).after(earlier.place)).toBeUndefined()
  })

  it('forgets the oldest when there is too much', () => {
    const log = createEventLog(1)
    for (let n = 0; n < 20; n++) log.add({ kind: 'delta', message: 1, content: 'x'.repeat(1024 * 1024) })
    expect(log.after(1000)).toBeUndefined()
    expect(log.after(log.place - 1)).toHaveLength(1)
  })
})
