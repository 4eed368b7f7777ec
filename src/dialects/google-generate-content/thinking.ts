import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { ReasoningWish } from '../canonical/request.ts'
import { generationOf } from './model-generation.ts'

/** The first generation that thinks, and the first that is asked by level. */
const THINKS = 2.5
const HAS_LEVELS = 3

const EFFORTS = ['minimal', 'low', 'medium', 'high'] as const

const BUDGETS: ReadonlyMap<string, number> = new Map(Object.entries({ minimal: 512, low: 1_024, medium: 2_048, high: 4_096, xhigh: 8_192, max: 16_384 }))

/** `-1` lets the model think as long as it likes. */
const AS_LONG_AS_IT_LIKES = -1

/** A Pro model cannot be kept from thinking. */
const LEAST_OF_PRO = 128

/** @see https://ai.google.dev/gemini-api/docs/thinking */
function levelsOf(model: string, { efforts }: DialectQuirks): readonly string[] {
  if (efforts) return efforts
  if (/gemini-3-pro/.test(model)) return ['low', 'high']
  return /-pro/.test(model) ? ['low', 'medium', 'high'] : EFFORTS
}

const effortFor = (budget: number): string => (budget < 4_096 ? 'low' : budget < 16_384 ? 'medium' : 'high')

/** The level that is wanted, or the next higher that there is, or the highest. */
function levelFor(effort: string, levels: readonly string[]): string {
  const order = ['none', ...EFFORTS]
  const wanted = order.indexOf(effort)
  const fitting = wanted < 0 ? undefined : levels.find((level) => order.indexOf(level) >= wanted)
  return fitting ?? levels.at(-1) ?? effort
}

const amountOf = ({ path, amountPath = path }: ReasoningWish): string => amountPath

/** Clients of dialects that show thoughts expect to see them. */
const shows = ({ isShown = true }: ReasoningWish): JsonObject => (isShown ? { includeThoughts: true } : {})

function planLevel(wish: ReasoningWish, levels: readonly string[], losses: LossList): JsonObject {
  const { isOff, effort, budgetTokens } = wish
  const wanted = isOff === true ? 'none' : (effort ?? (budgetTokens === undefined ? undefined : effortFor(budgetTokens)))
  if (wanted === undefined) return shows(wish)
  const level = levelFor(wanted, levels)
  if (level !== effort) losses.approximated(amountOf(wish), `asked for as level ${level.toUpperCase()}`)
  return { thinkingLevel: level.toUpperCase(), ...(isOff === true ? {} : shows(wish)) }
}

function planBudget(wish: ReasoningWish, model: string, losses: LossList): JsonObject {
  const { path, isOff, effort, budgetTokens } = wish
  if (isOff === true) {
    const isPro = /-pro/.test(model)
    if (isPro) losses.approximated(path, `the model thinks at least ${LEAST_OF_PRO} tokens`)
    return { thinkingBudget: isPro ? LEAST_OF_PRO : 0 }
  }
  if (budgetTokens !== undefined) return { thinkingBudget: budgetTokens, ...shows(wish) }
  const budget = effort === undefined ? AS_LONG_AS_IT_LIKES : (BUDGETS.get(effort) ?? AS_LONG_AS_IT_LIKES)
  if (effort !== undefined) losses.approximated(amountOf(wish), `asked for as a budget of ${budget} tokens`)
  return { thinkingBudget: budget, ...shows(wish) }
}

/** How this model is asked to think as much as the client wished. */
export function encodeThinking(wish: ReasoningWish | undefined, model: string, quirks: DialectQuirks, losses: LossList): JsonObject {
  if (!wish) return {}
  const extras = losses.extras(wish)
  const generation = generationOf(model)
  if (generation < THINKS) {
    if (wish.isOff !== true) losses.dropped(wish.path, 'the model does not think')
    return {}
  }
  const config = generation >= HAS_LEVELS ? planLevel(wish, levelsOf(model, quirks), losses) : planBudget(wish, model, losses)
  return { thinkingConfig: { ...config, ...extras } }
}
