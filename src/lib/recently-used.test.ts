import { describe, expect, it } from 'vitest'
import { createRecentlyUsed } from './recently-used.ts'

describe('createRecentlyUsed', () => {
  it('makes a value once and drops what was not used for longest', () => {
    const kept = createRecentlyUsed<{ key: string }>(2)
    const made: string[] = []
    const get = (key: string): { key: string } =>
      kept.get(key, () => {
        made.push(key)
        return { key }
      })
    const a = get('a')
    get('b')
    expect(get('a')).toBe(a)
    get('c')
    expect(get('a')).toBe(a)
    get('b')
    expect(made).toEqual(['a', 'b', 'c', 'b'])
  })
})
