import type { TagExpression } from '../../domain/tag-expression.ts'

/** Whether a server with these tags is selected; tags are in their normal form on both sides. An empty `all` selects everything, an empty `any` nothing. */
export function matchesTags(expression: TagExpression, tags: ReadonlySet<string>): boolean {
  if ('tag' in expression) return tags.has(expression.tag)
  if ('not' in expression) return !matchesTags(expression.not, tags)
  if ('all' in expression) return expression.all.every((part) => matchesTags(part, tags))
  return expression.any.some((part) => matchesTags(part, tags))
}
