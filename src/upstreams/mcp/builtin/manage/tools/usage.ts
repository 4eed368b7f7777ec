import { z } from 'zod'
import type { UsageSum } from '../../../../../domain/usage-sum.ts'
import type { JsonObject } from '../../../../../lib/json.ts'
import { defineTool, LOOKS } from '../define-tool.ts'

const COUNTS = ['attempts', 'estimated', 'unpriced', 'inputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'outputTokens', 'reasoningTokens', 'costMicros'] as const

const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })])

function sum(items: readonly UsageSum[]): Record<(typeof COUNTS)[number], number> {
  const total = Object.fromEntries(COUNTS.map((count) => [count, 0])) as Record<(typeof COUNTS)[number], number>
  for (const item of items) for (const count of COUNTS) total[count] += item[count]
  return total
}

/** Millionths of a US dollar, as people read them. */
const dollars = (micros: number): string => `$${(micros / 1_000_000).toFixed(4)}`

export const usage = defineTool(
  {
    name: 'usage',
    title: 'Usage and cost',
    description: 'What models were used for and what it cost, by day, provider and model, of everybody.',
    input: { since: moment.optional().describe('A day or a moment; that included.'), until: moment.optional().describe('That excluded.') },
    output: { items: z.array(z.looseObject({ day: z.string(), provider: z.string(), model: z.string() })), total: z.looseObject({ attempts: z.int(), costMicros: z.int() }) },
    annotations: LOOKS,
  },
  async ({ since, until }, { port }) => {
    const items = await port.usage({ ...(since === undefined ? {} : { since: new Date(since) }), ...(until === undefined ? {} : { until: new Date(until) }) })
    const total = sum(items)
    const lines = items.map((item) => `- ${item.day} ${item.provider}/${item.model}: ${item.attempts} attempts, ${item.inputTokens} tokens in, ${item.outputTokens} out, ${dollars(item.costMicros)}`)
    const text = [`${total.attempts} attempts, ${total.inputTokens} tokens in, ${total.outputTokens} out, ${dollars(total.costMicros)}${total.unpriced > 0 ? ` and ${total.unpriced} without a known price` : ''}.`, ...lines].join('\n')
    return { text, structured: { items: items.map((item): JsonObject => ({ ...item })), total } }
  },
)
