import { z } from 'zod'
import { describeTagFilterProblem, parseTagFilter } from '../domain/parse-tag-filter.ts'
import { EXPECTED, text, textList } from './schema-terms.ts'

const notEmpty = textList.refine((list) => list.length > 0, { error: `${EXPECTED}a list that is not empty` })

const fields = z.strictObject({
  description: text().optional(),
  filter: text('a filter such as `repo+!slow`').optional().describe('Servers whose tags fit, such as `repo+!slow`.'),
  tags: notEmpty.optional().describe('Servers with any of these tags.'),
  servers: notEmpty.optional().describe('These servers.'),
})

export type PresetEntry = z.output<typeof fields>

const WAYS = ['filter', 'tags', 'servers'] as const

function checkSelection(entry: PresetEntry, context: z.RefinementCtx): void {
  const report = (message: string, path: readonly string[] = []): void => context.addIssue({ code: 'custom', message, path: [...path] })
  const [way, second] = WAYS.filter((key) => entry[key] !== undefined)
  if (way === undefined) return report('Expected one of `filter`, `tags` and `servers`, found none.')
  if (second !== undefined) return report(`Expected one of \`filter\`, \`tags\` and \`servers\`, found \`${way}\` and \`${second}\`.`, [second])
  const parsed = entry.filter === undefined ? undefined : parseTagFilter(entry.filter)
  if (parsed?.kind === 'invalid') report(describeTagFilterProblem(parsed.problem), ['filter'])
}

/** One member of `presets`. */
export const presetEntrySchema = fields.superRefine(checkSelection)
