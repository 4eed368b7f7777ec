import type { PresetDefinition } from '../../domain/preset.ts'
import { normalTag, type TagExpression } from '../../domain/tag-expression.ts'

function collect(expression: TagExpression, into: Set<string>): void {
  if ('tag' in expression) into.add(expression.tag)
  else if ('not' in expression) collect(expression.not, into)
  else for (const part of 'all' in expression ? expression.all : expression.any) collect(part, into)
}

/**
 * Every tag that an expression names, under `not` as well: whoever may ask about a tag only when it is granted learns from
 * `!secret`, too, which servers have it.
 */
export function requestedTags(expression: TagExpression): readonly string[] {
  const tags = new Set<string>()
  collect(expression, tags)
  return [...tags]
}

/** The same of a preset; none for one that names servers. */
export function presetTags({ selection }: PresetDefinition): readonly string[] {
  switch (selection.kind) {
    case 'filter':
      return requestedTags(selection.expression)
    case 'tags':
      return [...new Set(selection.tags.map(normalTag))]
    case 'servers':
      return []
  }
}
