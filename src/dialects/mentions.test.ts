import { describe, expect, it } from 'vitest'
import { mentions } from './mentions.ts'

const MARK = Buffer.from('tl1.')

describe('mentions', () => {
  it.each([1, 2, 3, 4, 5, 50])('finds bytes over borders of pieces of %d', (size) => {
    const text = Buffer.from('{"a":"tl1.x","b":1}')
    const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, index) => text.subarray(index * size, (index + 1) * size))
    expect(mentions(pieces, MARK)).toBe(true)
  })

  it('finds nothing that is only begun', () => {
    expect(mentions([Buffer.from('tl1'), Buffer.from('x.')], MARK)).toBe(false)
  })
})
