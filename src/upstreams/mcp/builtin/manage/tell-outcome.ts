import { z } from 'zod'
import type { ToolAnswer } from './define-tool.ts'
import type { ManageOutcome } from './manage-port.ts'
import type { JsonObject } from '../../../../lib/json.ts'

const names = z.array(z.string())

export const OUTCOME_OUTPUT = { outcome: z.enum(['applied', 'unchanged', 'rejected']), added: names, changed: names, removed: names, problems: names }

/** What became of a change, in words and as data. A rejected one is a failure that says why. */
export function tellOutcome(outcome: ManageOutcome, text: string, more: JsonObject = {}): ToolAnswer {
  const { added, changed, removed, problems } = outcome
  const structured: JsonObject = { ...more, outcome: outcome.outcome, added: [...added], changed: [...changed], removed: [...removed], problems: [...problems] }
  if (outcome.outcome === 'rejected') return { text: ['Nothing was changed:', ...problems].join('\n'), structured, isError: true }
  return { text: [text, ...problems].join('\n'), structured }
}
