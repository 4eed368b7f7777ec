import { describe, expect, it } from 'vitest'
import { createCallNumbers, isMinted } from './call-numbers.ts'

describe('createCallNumbers', () => {
  it('LT-B07 pairs results without ids with the oldest open call of their name', () => {
    const numbers = createCallNumbers()
    const ids = ['f', 'g', 'f'].map((name) => numbers.open(name, undefined))
    expect(new Set(ids).size).toBe(3)
    expect(ids.every(isMinted)).toBe(true)
    expect([numbers.resolve('f', undefined), numbers.resolve('f', ''), numbers.resolve('g', undefined)]).toEqual([ids[0], ids[2], ids[1]])
  })

  it('keeps ids that there are, and finds a call without one by its name', () => {
    const numbers = createCallNumbers()
    expect(numbers.open('f', 'a')).toBe('a')
    const second = numbers.open('f', undefined)
    expect(numbers.resolve('f', 'client-made')).toBe(second)
    expect(numbers.resolve('other', 'a')).toBe('a')
  })

  it('gives a result without any call an id of its own', () => {
    const numbers = createCallNumbers()
    expect(numbers.resolve('f', 'gone')).toBe('gone')
    expect(isMinted(numbers.resolve('f', undefined))).toBe(true)
  })
})
