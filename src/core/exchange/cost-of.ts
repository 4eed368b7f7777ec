import type { ModelPrice } from '../../domain/model-facts.ts'
import type { Usage } from '../../domain/usage.ts'

const MICROS_PER_DOLLAR = 1_000_000

/** What is written to a cache for an hour costs twice the input. @see https://docs.anthropic.com/en/docs/build-with-claude/prompt-caching#pricing */
const HOUR_FACTOR = 2

/** A table without a price of its own for cached tokens means that of the input. */
const orInput = (price: number, { input }: ModelPrice): number => (price > 0 ? price : input)

/** Millionths of a US dollar that a token of a question costs at least: what is read from a cache costs less, where it has a price. */
export function leastPrice(price: ModelPrice): number {
  return Math.min(price.input, orInput(price.cacheRead, price))
}

/**
 * Millionths of a US dollar. A price per million tokens is that many millionths for each. OpenRouter tells what it charged, in
 * `usage.cost`; otherwise the price decides, and without one the cost is not known.
 */
export function costOf({ input, output, raw }: Usage, price: ModelPrice | undefined): number | undefined {
  const charged = raw?.['cost']
  if (typeof charged === 'number' && Number.isFinite(charged) && charged >= 0) return charged * MICROS_PER_DOLLAR
  if (!price) return undefined
  const { cacheRead, cacheWrite, cacheWriteHour = 0 } = input
  const plain = Math.max(0, input.total - cacheRead - cacheWrite)
  const written = Math.max(0, cacheWrite - cacheWriteHour) * orInput(price.cacheWrite, price) + cacheWriteHour * price.input * HOUR_FACTOR
  return plain * price.input + cacheRead * orInput(price.cacheRead, price) + written + output.total * price.output
}
