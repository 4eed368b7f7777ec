import { describe, expect, it } from 'vitest'
import type { TagExpression } from '../../domain/tag-expression.ts'
import { matchesTags } from './matches-tags.ts'

const web: TagExpression = { tag: 'web' }
const slow: TagExpression = { tag: 'slow' }

describe('matchesTags', () => {
  it.each<[TagExpression, readonly string[], boolean]>([
    [web, ['web'], true],
    [web, [], false],
    [{ not: slow }, ['web'], true],
    [{ all: [web, { not: slow }] }, ['web', 'slow'], false],
    [{ any: [web, slow] }, ['slow'], true],
    [{ all: [] }, [], true],
    [{ any: [] }, ['web'], false],
  ])('%j on %j is %s', (expression, tags, expected) => {
    expect(matchesTags(expression, new Set(tags))).toBe(expected)
  })
})
