import { describe, expect, it } from 'vitest'
import { mergeRankings } from './merge-rankings.ts'

const order = (byWords: readonly number[], byMeaning: readonly number[]): readonly number[] => {
  const scores = mergeRankings(byWords, byMeaning)
  return [...scores.keys()].toSorted((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
}

describe('mergeRankings', () => {
  it('goes by meaning where no word fits, and by words where everything is as near', () => {
    expect(order([0, 0, 0], [0.1, 0.3, 0.2])).toEqual([1, 2, 0])
    expect(order([1, 3, 2], [0.5, 0.5, 0.5])).toEqual([1, 2, 0])
  })

  it('puts first what is best by one and good by the other', () => {
    expect(order([9, 10, 0, 0], [0.8, 0.2, 0.9, 0.1])[0]).toBe(0)
  })

  it('does not mind the scales of the two', () => {
    const plain = order([4, 7, 0, 1], [0.2, 0.1, 0.5, 0.4])
    expect(order([40, 70, 0, 10], [0.2, 0.1, 0.5, 0.4])).toEqual(plain)
    expect(order([4, 7, 0, 1], [0.82, 0.81, 0.85, 0.84])).toEqual(plain)
  })

  it('scores one tool, and none', () => {
    expect(mergeRankings([3], [0.2])).toEqual([1])
    expect(mergeRankings([], [])).toEqual([])
  })
})
