import { globExpression } from './glob-expression.ts'

interface Rule {
  readonly expression: RegExp
  readonly isNegated: boolean
  readonly onlyFolders: boolean
}

/** The rules of one folder’s `.gitignore`, the last that matches deciding. @see https://git-scm.com/docs/gitignore#_pattern_format */
export interface IgnoreRules {
  /** `path` is relative to the folder of the rules, with `/`. Undefined when no rule says anything. */
  decide(path: string, isFolder: boolean): boolean | undefined
}

function readRule(line: string): Rule | undefined {
  const text = line.replace(/\r$/, '').replace(/(?<!\\)\s+$/, '')
  if (text === '' || text.startsWith('#')) return undefined
  const isNegated = text.startsWith('!')
  const pattern = isNegated ? text.slice(1) : text
  const onlyFolders = pattern.endsWith('/')
  const body = onlyFolders ? pattern.slice(0, -1) : pattern
  const isAnchored = body.includes('/')
  try {
    return { expression: globExpression(isAnchored ? body.replace(/^\//, '') : `**/${body}`), isNegated, onlyFolders }
  } catch {
    // A line that is no pattern ignores nothing.
    return undefined
  }
}

export function readIgnoreRules(text: string): IgnoreRules {
  const rules = text.split('\n').flatMap((line) => readRule(line) ?? []).toReversed()
  return {
    decide(path, isFolder) {
      const rule = rules.find(({ expression, onlyFolders }) => (isFolder || !onlyFolders) && expression.test(path))
      return rule && !rule.isNegated
    },
  }
}
