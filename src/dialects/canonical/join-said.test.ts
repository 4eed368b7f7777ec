import { describe, expect, it } from 'vitest'
import { joinSaid } from './join-said.ts'

describe('joinSaid', () => {
  it('makes one text of its pieces, and a paragraph of what stood in another block', () => {
    expect(joinSaid([{ text: 'a' }, { text: 'b' }, { text: 'found', isApart: true }, { text: 'c' }, { text: 'd' }])).toBe('ab\n\nfound\n\ncd')
  })

  it('puts no second gap where there is one', () => {
    expect(joinSaid([{ text: 'found\n\n', isApart: true }, { text: 'c' }])).toBe('found\n\nc')
    expect(joinSaid([{ text: 'only', isApart: true }])).toBe('only')
  })
})
