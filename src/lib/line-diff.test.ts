import { describe, expect, it } from 'vitest'
import { lineDiff } from './line-diff.ts'

describe('lineDiff', () => {
  it('shows what differs with two lines around it', () => {
    expect(lineDiff('1\n2\n3\n4\n5\n6\n7', '1\n2\n3\n4\nfive\n6\n7\n8')).toEqual(['…', '  3', '  4', '- 5', '+ five', '  6', '  7', '+ 8'])
  })

  it('says nothing of equal texts but that there are lines', () => {
    expect(lineDiff('a\nb', 'a\nb')).toEqual(['…'])
  })

  it('keeps every line of texts that are too long to compare', () => {
    const long = Array.from({ length: 2_001 }, (_, index) => `old ${index}`).join('\n')
    expect(lineDiff(long, long.replaceAll('old', 'new'))).toHaveLength(4_002)
  })
})
