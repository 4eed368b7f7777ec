import { describe, expect, it } from 'vitest'
import { readSelection, SelectionError } from '../../core/catalog/index.ts'
import { readQuerySelectors } from './query-selectors.ts'

const read = (query: string): unknown => readSelection(readQuerySelectors(`/mcp?${query}`))
const problemOf = (query: string): unknown => {
  try {
    return read(query)
  } catch (error) {
    if (error instanceof SelectionError) return error.problem
    throw error
  }
}
const both = { all: [{ tag: 'web' }, { not: { tag: 'slow' } }] }

describe('readQuerySelectors', () => {
  it('finds nothing where nothing is', () => {
    expect(readQuerySelectors('/mcp')).toEqual([])
    expect(readQuerySelectors('/mcp?')).toEqual([])
    expect(readQuerySelectors('/mcp?pagination=true&app=x&%zz=1')).toEqual([])
    expect(readQuerySelectors('/api/tools?tag=web', ['tag'])).toEqual([])
  })

  it.each(['tag-filter=web+!slow', 'tag-filter=web%2B!slow', 'tag-filter=web%20%2B%20!slow', 'tag-filter=web+and+not+slow', 'tag-filter=web%20and%20not%20slow', 'tag-filter=web+%2B+%21slow', 'tag-filter=web+%26%26+-slow', 'x=1&%74ag-filter=web+!slow'])(
    'reads %s alike',
    (query) => {
      expect(read(query)).toEqual({ kind: 'tags', expression: both })
    },
  )

  it.each([
    ['tag-filter=%22two+words%22', { tag: 'two words' }],
    ['tag-filter="two+words"+x', { all: [{ tag: 'two words' }, { tag: 'x' }] }],
    ['tag-filter=%22a%2Bb%22', { tag: 'a+b' }],
    ['tags=two+words', { tag: 'two words' }],
    ['tags=a%2Bb', { tag: 'a+b' }],
    ['filter=a=b', { tag: 'a=b' }],
  ])('reads %s', (query, expression) => {
    expect(read(query)).toEqual({ kind: 'tags', expression })
  })

  it.each([
    ['preset=a&tags=b', { reason: 'exclusive', parameters: ['preset', 'tags'] }],
    ['preset=a&preset=b', { reason: 'repeated', parameter: 'preset' }],
    ['preset=', { reason: 'empty', parameter: 'preset' }],
    ['tags', { reason: 'empty', parameter: 'tags' }],
    ['tags=%zz', { reason: 'encoding', parameter: 'tags' }],
    ['tags=%c3', { reason: 'encoding', parameter: 'tags' }],
    ['tag=a', { reason: 'misspelt', parameter: 'tag', expected: 'tags' }],
    ['tagFilter=a', { reason: 'misspelt', parameter: 'tagFilter', expected: 'tag-filter' }],
    ['tag_filter=a', { reason: 'misspelt', parameter: 'tag_filter', expected: 'tag-filter' }],
    ['Preset=a', { reason: 'misspelt', parameter: 'Preset', expected: 'preset' }],
    ['tag-filter=a+', { reason: 'syntax', parameter: 'tag-filter', position: 3, expected: 'a tag, `not` or `(`', found: 'the end' }],
  ])('refuses %s rather than showing more than was asked for', (query, problem) => {
    expect(problemOf(query)).toEqual(problem)
  })
})
