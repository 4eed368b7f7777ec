import { describe, expect, it } from 'vitest'
import type { CatalogFilter } from './catalog.ts'
import { narrowFilter, readSelection, SELECTORS, type Selector, type SelectorName } from './read-selection.ts'
import { SelectionError, type SelectionProblem } from './selection-error.ts'

const one = (name: SelectorName, text: string, formText?: string): Selector[] => [{ name, text, ...(formText === undefined ? {} : { formText }) }]

function refusalOf(selectors: readonly Selector[]): { readonly message: string; readonly problem: SelectionProblem } {
  try {
    readSelection(selectors)
  } catch (error) {
    if (error instanceof SelectionError) return { message: error.message, problem: error.problem }
    throw error
  }
  throw new Error('It was not refused.')
}

const tags = (expression: object): object => ({ kind: 'tags', expression })

describe('readSelection', () => {
  it('is nothing for no selector', () => {
    expect(readSelection([])).toBeUndefined()
  })

  it.each<[string, Selector[], object]>([
    ['a preset', one('preset', ' Coding '), { kind: 'preset', preset: 'Coding' }],
    ['a tag filter', one('tag-filter', 'a+!b'), tags({ all: [{ tag: 'a' }, { not: { tag: 'b' } }] })],
    ['a tag list', one('tags', 'Web, two words,,web'), tags({ any: [{ tag: 'web' }, { tag: 'two words' }] })],
    ['one tag', one('tags', 'a+b', 'a b'), tags({ tag: 'a b' })],
    ['operators in a tag list as texts', one('tags', '!a'), tags({ tag: '!a' })],
    ['an older filter in the grammar', one('filter', 'a+b,c'), tags({ any: [{ all: [{ tag: 'a' }, { tag: 'b' }] }, { tag: 'c' }] })],
    ['an older filter as a list', one('filter', 'two words, db'), tags({ any: [{ tag: 'two words' }, { tag: 'db' }] })],
    ['an older filter with characters of no tag', one('filter', 'a=b, c'), tags({ any: [{ tag: 'a=b' }, { tag: 'c' }] })],
    ['words of a form', one('tag-filter', 'a+and+not+b', 'a and not b'), tags({ all: [{ tag: 'a' }, { not: { tag: 'b' } }] })],
    ['operators of a person', one('tag-filter', 'a+!b', 'a !b'), tags({ all: [{ tag: 'a' }, { not: { tag: 'b' } }] })],
    ['words of a form in an older filter', one('filter', 'a+or+b', 'a or b'), tags({ any: [{ tag: 'a' }, { tag: 'b' }] })],
  ])('reads %s', (_what, selectors, expected) => {
    expect(readSelection(selectors)).toEqual(expected)
  })

  const pairs = SELECTORS.flatMap((left, index) => SELECTORS.slice(index + 1).map((right) => [left, right] as const))
  it.each(pairs)('refuses %s with %s, naming both', (left, right) => {
    const { message, problem } = refusalOf([...one(left, 'a'), ...one(right, 'b')])
    expect(problem).toEqual({ reason: 'exclusive', parameters: [left, right] })
    expect(message).toBe(`Expected one of \`preset\`, \`tag-filter\`, \`filter\` and \`tags\`, found \`${left}\` and \`${right}\`.`)
  })

  it('refuses more than two by all their names', () => {
    expect(refusalOf(SELECTORS.flatMap((name) => one(name, 'a'))).problem).toEqual({ reason: 'exclusive', parameters: [...SELECTORS] })
  })

  it.each(SELECTORS)('refuses %s twice, and %s of nothing', (name) => {
    expect(refusalOf([...one(name, 'a'), ...one(name, 'a')]).problem).toEqual({ reason: 'repeated', parameter: name })
    expect(refusalOf(one(name, '  ')).problem).toEqual({ reason: 'empty', parameter: name })
  })

  it.each<[string, Selector[], SelectionProblem]>([
    ['a tag filter', one('tag-filter', 'a+'), { reason: 'syntax', parameter: 'tag-filter', position: 3, expected: 'a tag, `not` or `(`', found: 'the end' }],
    ['an older filter that means the grammar', one('filter', 'a, (b'), { reason: 'syntax', parameter: 'filter', position: 6, expected: '`and`, `or` or the `)` of the `(` at 4', found: 'the end' }],
    ['an older filter that ends in a word of it', one('filter', 'a and'), { reason: 'syntax', parameter: 'filter', position: 6, expected: 'a tag, `not` or `(`', found: 'the end' }],
    ['a list without tags', one('tags', ',,'), { reason: 'empty', parameter: 'tags' }],
    ['a long list', one('tags', 'a,'.repeat(2000)), { reason: 'too-long', parameter: 'tags', limit: 2000 }],
    ['many tags', one('tags', Array.from({ length: 101 }, (_, n) => n).join(',')), { reason: 'too-long', parameter: 'tags', limit: 100 }],
    ['a long tag', one('tags', 'x'.repeat(101)), { reason: 'too-long', parameter: 'tags', limit: 100 }],
  ])('refuses %s with the place', (_what, selectors, problem) => {
    expect(refusalOf(selectors).problem).toEqual(problem)
  })
})

describe('narrowFilter', () => {
  const base: CatalogFilter = { servers: 'all', tags: undefined, naming: 'bare' }
  it('keeps the filter where nothing is selected, and adds the preset by its name', () => {
    expect(narrowFilter(base, undefined)).toBe(base)
    expect(narrowFilter(base, { kind: 'preset', preset: 'x' })).toEqual({ ...base, preset: 'x' })
    expect(narrowFilter(base, { kind: 'tags', expression: { tag: 'a' } })).toEqual({ ...base, tags: { tag: 'a' } })
  })
})
