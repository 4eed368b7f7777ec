import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fillWildcards, literalLength, matchWildcard } from './match-wildcard.ts'

const letters = fc.string({ unit: fc.constantFrom('a', 'b', '-', '/'), maxLength: 12 })
const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '-', '*'), maxLength: 12 })

describe('matchWildcard', () => {
  it.each([
    ['claude-*-haiku*', 'claude-3-5-haiku-latest', ['3-5', '-latest']],
    ['claude-*-haiku*', 'claude-haiku-4', undefined],
    ['claude-*haiku*', 'claude-haiku-4', ['', '-4']],
    ['*', '', ['']],
    ['**', 'ab', ['', 'ab']],
    ['a*a', 'a', undefined],
    ['a*a', 'aa', ['']],
    ['*ab', 'abab', ['ab']],
    ['*a*b', 'xabyb', ['x', 'by']],
    ['plain', 'plain', []],
    ['plain', 'plainer', undefined],
    ['a.c*', 'abc', undefined],
    ['Claude*', 'claude', undefined],
  ])('%s on %s', (given, text, expected) => {
    expect(matchWildcard(given, text)).toEqual(expected)
  })

  it('agrees with what a regular expression says', () => {
    fc.assert(
      fc.property(pattern, letters, (given, text) => {
        const expected = new RegExp(`^${given.replaceAll('*', '.*')}$`, 's').test(text)
        expect(matchWildcard(given, text) !== undefined).toBe(expected)
      }),
      { numRuns: 2_000 },
    )
  })

  it('matches what is filled in, and its captures fill the pattern to the text', () => {
    fc.assert(
      fc.property(pattern, fc.array(letters, { minLength: 12, maxLength: 12 }), (given, texts) => {
        const text = fillWildcards(given, texts)
        const captures = matchWildcard(given, text)
        expect(captures).toHaveLength(given.split('*').length - 1)
        expect(fillWildcards(given, captures ?? [])).toBe(text)
        expect(text.length).toBeGreaterThanOrEqual(literalLength(given))
      }),
      { numRuns: 2_000 },
    )
  })

  it('ends for patterns that make a backtracking matcher hang', () => {
    expect(matchWildcard(`${'a*'.repeat(200)}b`, 'a'.repeat(100_000))).toBeUndefined()
  })
})
