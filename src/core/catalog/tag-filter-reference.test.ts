import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseTagFilter } from '../../domain/parse-tag-filter.ts'
import { normalTag } from '../../domain/tag-expression.ts'
import { matchesTags } from './matches-tags.ts'
import { requestedTags } from './requested-tags.ts'

const TAGS = ['a', 'b', 'web', 'not-a', 'two words', 'AND', 'x.y', 'É']

/** Words of the grammar, each in every spelling. What a spelling means is told by its column alone. */
const SPELLINGS = { and: ['+', '&&', 'and', 'AND', 'And'], or: [',', '||', 'or', 'OR'], not: ['!', '-', 'not', 'NOT'] } as const

type Node =
  | { readonly kind: 'tag'; readonly tag: string; readonly isQuoted: boolean }
  | { readonly kind: 'not'; readonly spelling: string; readonly of: Node }
  | { readonly kind: 'and' | 'or'; readonly spelling: string; readonly left: Node; readonly right: Node }
  | { readonly kind: 'group'; readonly of: Node }

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.record({ kind: fc.constant('tag' as const), tag: fc.constantFrom(...TAGS), isQuoted: fc.boolean() }),
    fc.record({ kind: fc.constant('not' as const), spelling: fc.constantFrom(...SPELLINGS.not), of: tie('node') }),
    fc.record({ kind: fc.constant('and' as const), spelling: fc.constantFrom(...SPELLINGS.and), left: tie('node'), right: tie('node') }),
    fc.record({ kind: fc.constant('or' as const), spelling: fc.constantFrom(...SPELLINGS.or), left: tie('node'), right: tie('node') }),
    fc.record({ kind: fc.constant('group' as const), of: tie('node') }),
  ),
}))

const STRENGTH = { or: 1, and: 2, not: 3, tag: 4, group: 4 } as const

/** Parentheses where the tree needs them and nowhere else, so that precedence is put to the test. */
function print(part: Node, weakest = 1): string {
  const text = ((): string => {
    switch (part.kind) {
      case 'tag':
        return part.isQuoted || /^and$| /i.test(part.tag) ? `"${part.tag}"` : part.tag
      case 'group':
        return `( ${print(part.of)})`
      case 'not':
        return `${part.spelling}${/[a-z]/i.test(part.spelling) ? ' ' : ''}${print(part.of, STRENGTH.not)}`
      default:
        return `${print(part.left, STRENGTH[part.kind])} ${part.spelling} ${print(part.right, STRENGTH[part.kind])}`
    }
  })()
  return STRENGTH[part.kind] < weakest ? `(${text})` : text
}

/** The meaning, straight from the tree and with nothing of ours in it. */
function evaluate(part: Node, has: (tag: string) => boolean): boolean {
  switch (part.kind) {
    case 'tag':
      return has(part.tag)
    case 'group':
      return evaluate(part.of, has)
    case 'not':
      return !evaluate(part.of, has)
    case 'and':
      return evaluate(part.left, has) && evaluate(part.right, has)
    case 'or':
      return evaluate(part.left, has) || evaluate(part.right, has)
  }
}

function tagsIn(part: Node): readonly string[] {
  if (part.kind === 'tag') return [part.tag]
  return 'of' in part ? tagsIn(part.of) : [...tagsIn(part.left), ...tagsIn(part.right)]
}

const lower = (tags: readonly string[]): readonly string[] => [...new Set(tags.map((tag) => tag.toLowerCase()))].toSorted()

describe('tag filters', () => {
  it('mean what a reference evaluator says, in 12,000 expressions, and name the tags that are in them', () => {
    let count = 0
    fc.assert(
      fc.property(node, fc.subarray(TAGS), (tree, servers) => {
        const text = print(tree)
        const parsed = parseTagFilter(text)
        if (parsed.kind === 'invalid') throw new Error(`${text}: ${JSON.stringify(parsed.problem)}`)
        expect(matchesTags(parsed.expression, new Set(servers.map(normalTag))), text).toBe(evaluate(tree, (tag) => servers.includes(tag)))
        expect(requestedTags(parsed.expression).toSorted(), text).toEqual(lower(tagsIn(tree)))
        count++
      }),
      { numRuns: 12_000 },
    )
    expect(count).toBeGreaterThanOrEqual(10_000)
  })
})
