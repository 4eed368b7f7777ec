import type { ModelFacts } from '../../../domain/model-facts.ts'
import type { ProviderKind } from '../../../domain/provider.ts'
import table from './models.json' with { type: 'json' }

interface Row {
  readonly price: readonly number[]
  readonly context: number
  readonly output: number
  readonly reasons?: boolean
  readonly sees?: boolean
}

/** Which kinds of provider sell at their own prices; a compatible server's prices are not known by its dialect. */
const ROWS: Readonly<Record<string, Readonly<Record<string, Row>>>> = table.models

/**
 * Facts of a provider's model by its exact name, from a vendored table; undefined for a name that is not in it. An
 * operator's own facts are merged over these by the provider.
 */
export function findModelFacts(kind: ProviderKind, model: string): ModelFacts | undefined {
  const rows = Object.hasOwn(ROWS, kind) ? ROWS[kind] : undefined
  const row = rows && Object.hasOwn(rows, model) ? rows[model] : undefined
  if (!row) return undefined
  const [input = 0, output = 0, cacheRead = 0, cacheWrite = 0] = row.price
  return { price: { input, output, cacheRead, cacheWrite }, contextTokens: row.context, outputTokens: row.output, canReason: row.reasons === true, canSee: row.sees === true }
}
