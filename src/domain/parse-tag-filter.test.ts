import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTagFilter, TAG_FILTER_LIMITS, type TagFilterProblem } from './parse-tag-filter.ts'
import type { TagExpression } from './tag-expression.ts'

function expressionOf(text: string): TagExpression {
  const parsed = parseTagFilter(text)
  if (parsed.kind === 'valid') return parsed.expression
  throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`)
}

function problemOf(text: string): TagFilterProblem {
  const parsed = parseTagFilter(text)
  if (parsed.kind === 'invalid') return parsed.problem
  throw new Error(`${text} is valid`)
}

/** `and(or(a,b),not(c))`, to compare shapes at a glance. */
function shape(expression: TagExpression): string {
  if ('tag' in expression) return expression.tag
  if ('not' in expression) return `not(${shape(expression.not)})`
  return 'all' in expression ? `and(${expression.all.map(shape).join(' ')})` : `or(${expression.any.map(shape).join(' ')})`
}

describe('parseTagFilter', () => {
  it.each([
    ['web', 'web'],
    ['  web\t\n', 'web'],
    ['WEB', 'web'],
    ['a+b', 'and(a b)'],
    ['a,b', 'or(a b)'],
    ['a && b || c', 'or(and(a b) c)'],
    ['a AND b Or NOT c', 'or(and(a b) not(c))'],
    ['a or b and c', 'or(a and(b c))'],
    ['a,b+c', 'or(a and(b c))'],
    ['not a and b', 'and(not(a) b)'],
    ['!a+b', 'and(not(a) b)'],
    ['!(a+b)', 'not(and(a b))'],
    ['-a', 'not(a)'],
    ['a+-b', 'and(a not(b))'],
    ['a + - b', 'and(a not(b))'],
    ['(-a)', 'not(a)'],
    ['!!a', 'not(not(a))'],
    ['not-a', 'not-a'],
    ['a-b', 'a-b'],
    ['web-', 'web-'],
    ['android,organ,nothing', 'or(android organ nothing)'],
    ['(a or b) and (c or d)', 'and(or(a b) or(c d))'],
    ['((a))', 'a'],
    ['"and"', 'and'],
    ["'two words'+x", 'and(two words x)'],
    ['"say \\"hi\\""', 'say "hi"'],
    ['"back\\\\slash"', 'back\\slash'],
    ['team:infra/eu.west_1@v2#x', 'team:infra/eu.west_1@v2#x'],
    ['straße,ТЕГ,日本', 'or(straße тег 日本)'],
    ['e\u0301', '\u00e9'],
  ])('reads %j as %s', (text, expected) => {
    expect(shape(expressionOf(text))).toBe(expected)
  })

  it.each<[string, number, string, string]>([
    ['', 1, 'a tag, `not` or `(`', 'the end'],
    ['   ', 4, 'a tag, `not` or `(`', 'the end'],
    ['a +', 4, 'a tag, `not` or `(`', 'the end'],
    ['+a', 1, 'a tag, `not` or `(`', '`+`'],
    ['a b', 3, '`and`, `or` or the end', '`b`'],
    ['a -b', 3, '`and`, `or` or the end', '`-`'],
    ['a and or b', 7, 'a tag, `not` or `(`', '`or`'],
    ['a,,b', 3, 'a tag, `not` or `(`', '`,`'],
    ['()', 2, 'a tag, `not` or `(`', '`)`'],
    ['(a', 3, '`and`, `or` or the `)` of the `(` at 1', 'the end'],
    ['x+((a,b)', 9, '`and`, `or` or the `)` of the `(` at 3', 'the end'],
    ['a)', 2, '`and`, `or` or the end', '`)`'],
    ['not', 4, 'a tag, `not` or `(`', 'the end'],
    ['a & b', 3, '`&&`', '`&`'],
    ['a | b', 3, '`||`', '`|`'],
    ['a=b', 2, 'a tag or an operator', '`=`'],
    ['a + 💥', 5, 'a tag or an operator', '`💥`'],
    ['"open', 6, '`"` at the end of the tag that begins at 1', 'the end'],
    ['a+""', 3, 'a tag between the quotes', 'nothing'],
  ])('refuses %j at %i', (text, position, expected, found) => {
    expect(problemOf(text)).toEqual({ position, expected, found })
  })

  it('has limits on length, tags, nesting', () => {
    const { characters, tags, tagCharacters, depth } = TAG_FILTER_LIMITS
    expect(expressionOf('a'.repeat(tagCharacters))).toEqual({ tag: 'a'.repeat(tagCharacters) })
    expect(problemOf('a'.repeat(tagCharacters + 1))).toMatchObject({ position: 1, expected: `a tag of at most ${tagCharacters} characters` })
    expect(problemOf(`a${' '.repeat(characters)}`)).toMatchObject({ position: characters + 1, expected: `at most ${characters} characters` })
    const list = (count: number): string => Array.from({ length: count }, (_, index) => `t${index}`).join(',')
    expect(shape(expressionOf(list(tags)))).toContain(`t${tags - 1}`)
    expect(problemOf(list(tags + 1))).toMatchObject({ expected: `at most ${tags} tags`, found: `\`t${tags}\`` })
    const nested = (levels: number): string => `${'('.repeat(levels)}a${')'.repeat(levels)}`
    expect(expressionOf(nested(depth))).toEqual({ tag: 'a' })
    expect(problemOf(nested(depth + 1)).position).toBe(depth + 2)
    expect(problemOf(`${'!'.repeat(depth + 1)}a`).expected).toContain('levels')
    expect(problemOf('('.repeat(characters)).expected).toContain('levels')
  })

  it('takes or refuses whatever comes, with a place inside the text, and never throws', () => {
    const words = fc.constantFrom('a', 'b', 'and', 'or', 'not', '+', ',', '!', '-', '(', ')', '"', "'", '\\', ' ', '&&', '|', '\0', 'é', '💥')
    const text = fc.oneof(fc.array(words, { maxLength: 20 }).map((parts) => parts.join('')), fc.string({ unit: 'binary', maxLength: 40 }))
    fc.assert(
      fc.property(text, (written) => {
        const parsed = parseTagFilter(written)
        if (parsed.kind === 'valid') return
        expect(parsed.problem.position).toBeGreaterThanOrEqual(1)
        expect(parsed.problem.position).toBeLessThanOrEqual(written.length + 1)
        expect(parsed.problem.expected).not.toBe('')
      }),
      { numRuns: 5_000 },
    )
  })
})
