import { z } from 'zod'
import { byteSize, duration, EXPECTED, oneOf, text, wholeNumber } from './schema-terms.ts'

const selections = z.record(z.string().min(1), text('presets or MCP servers with commas between them'), { error: `${EXPECTED}a map` })

/** How models use the gateway's own tools. */
export const runsSchema = z.strictObject({
  maxHops: wholeNumber(1, 1000, 'a whole number of 1 or more').default(10).describe('Rounds of calls; then the model has to answer with what it has.'),
  toolTimeout: duration(10).default(30_000).describe('Longest that one call may take without a sign of progress.'),
  parallelCalls: wholeNumber(1, 256, 'a whole number from 1 to 256').default(8).describe('Calls of one turn that run side by side.'),
  resultBytes: byteSize(256).default(100 * 1024).describe('Longest result that a model is given; more is cut, with a note.'),
  identicalCalls: wholeNumber(1, 1000, 'a whole number of 1 or more').default(3).describe('How often the same call with the same arguments is made in one run.'),
  maxDuration: duration(100).default(600_000).describe('Longest that a run may take.'),
  maxCostUsd: z.number(`${EXPECTED}a number of US dollars above 0`).positive(`${EXPECTED}a number of US dollars above 0`).optional().describe('What the turns of a run may cost together, in US dollars; then it makes no more calls. Turns whose price is not known count as nothing. No limit without it.'),
  approval: oneOf(['never', 'destructive', 'always']).default('never').describe('Which calls need somebody’s word: none, those of tools that may destroy something, or all. Where nobody can be asked, they are not made.'),
  models: selections.default({}).describe('Tools that a public model always has: `{ smart: coding }`.'),
  keys: selections.default({}).describe('Tools that every model has for the key of this name.'),
})
