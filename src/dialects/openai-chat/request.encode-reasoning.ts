import type { JsonObject } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { CanonicalRequest, ReasoningWish } from '../canonical/request.ts'
import type { DialectQuirks } from '../../domain/dialect-quirks.ts'

const LADDER = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const
const BUDGETS: Readonly<Record<string, number>> = { minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384, xhigh: 32_768, max: 32_768 }

/** Whether the client wants the model to think. */
export function thinks({ reasoning }: CanonicalRequest): boolean {
  return reasoning !== undefined && reasoning.isOff !== true
}

/** Where the client says how much the model shall think. */
const amountOf = ({ path, amountPath = path }: ReasoningWish): string => amountPath

/** The understood effort that is nearest from below, else the lowest. */
function fitEffort(effort: string, known: readonly string[] | undefined): string {
  if (!known || known.includes(effort)) return effort
  const wanted = LADDER.indexOf(effort as (typeof LADDER)[number])
  return known.findLast((word) => LADDER.indexOf(word as (typeof LADDER)[number]) <= wanted) ?? known[0] ?? effort
}

/** Undefined when the client asked for thinking without saying how much. */
function effortOf(wish: ReasoningWish, { efforts }: DialectQuirks, losses: LossList): string | undefined {
  const { effort, budgetTokens } = wish
  const path = amountOf(wish)
  const asked = effort ?? (budgetTokens === undefined ? undefined : budgetTokens < 4_096 ? 'low' : budgetTokens < 16_384 ? 'medium' : 'high')
  if (asked === undefined) {
    if (wish.amountPath !== undefined) losses.dropped(path, 'the model thinks as much as it does by itself')
    return undefined
  }
  if (effort === undefined) losses.approximated(path, 'a budget of thinking tokens became an effort')
  const fitting = fitEffort(asked, efforts)
  if (fitting !== asked) losses.approximated(path, `the model knows no effort \`${asked}\`, asked for as \`${fitting}\``)
  return fitting
}

function encodeOff({ path, effort }: ReasoningWish, { reasoningRequest = 'effort', efforts }: DialectQuirks, losses: LossList): JsonObject {
  switch (reasoningRequest) {
    case 'thinking-switch':
      return { thinking: { type: 'disabled' } }
    case 'openrouter':
    case 'enabled-object':
      return { reasoning: { enabled: false } }
    case 'enable-thinking':
      return { enable_thinking: false }
    case 'effort':
      // Only who said `none` in this dialect's own word is sure to be understood.
      if (efforts?.includes('none') === true || (effort === 'none' && efforts === undefined)) return { reasoning_effort: 'none' }
      losses.approximated(path, 'the model thinks as it does by itself')
      return {}
    case 'none':
      losses.dropped(path, 'this provider cannot be told how to think')
      return {}
  }
}

function nameAmount(wish: ReasoningWish, losses: LossList): void {
  if (wish.effort !== undefined || wish.budgetTokens !== undefined) losses.approximated(amountOf(wish), 'the model thinks or does not; how much cannot be said')
}

const asSwitch = (effort: string | undefined): JsonObject => ({ thinking: { type: 'enabled' }, ...(effort === undefined ? {} : { reasoning_effort: effort }) })

function encodeSwitch(wish: ReasoningWish, quirks: DialectQuirks, losses: LossList): JsonObject {
  if (quirks.efforts) return asSwitch(effortOf(wish, quirks, losses))
  nameAmount(wish, losses)
  return asSwitch(undefined)
}

function encodeOpenrouter({ effort, budgetTokens }: ReasoningWish, { efforts }: DialectQuirks): JsonObject {
  if (budgetTokens !== undefined) return { reasoning: { max_tokens: budgetTokens } }
  return { reasoning: effort === undefined ? { enabled: true } : { effort: fitEffort(effort, efforts) } }
}

function encodeBudget(wish: ReasoningWish, losses: LossList): JsonObject {
  const { effort, budgetTokens } = wish
  const budget = budgetTokens ?? (effort === undefined ? undefined : BUDGETS[effort])
  if (budgetTokens === undefined && budget !== undefined) losses.approximated(amountOf(wish), `asked for as a budget of ${budget} tokens`)
  return { enable_thinking: true, ...(budget === undefined ? {} : { thinking_budget: budget }) }
}

/** How the model is asked to think as the client wished, in its server's own words. */
export function encodeWish({ reasoning: wish }: CanonicalRequest, quirks: DialectQuirks, losses: LossList): JsonObject {
  if (!wish) return {}
  losses.extras(wish)
  if (wish.shownPath !== undefined) losses.dropped(wish.shownPath, 'the provider decides itself whether it shows what is thought')
  if (wish.isOff === true) return encodeOff(wish, quirks, losses)
  switch (quirks.reasoningRequest ?? 'effort') {
    case 'thinking-switch':
      return encodeSwitch(wish, quirks, losses)
    case 'openrouter':
      return encodeOpenrouter(wish, quirks)
    case 'enable-thinking':
      return encodeBudget(wish, losses)
    case 'enabled-object':
      nameAmount(wish, losses)
      return { reasoning: { enabled: true } }
    case 'none':
      losses.dropped(wish.path, 'this provider cannot be told how to think')
      return {}
    case 'effort': {
      const effort = effortOf(wish, quirks, losses)
      return effort === undefined ? {} : { reasoning_effort: effort }
    }
  }
}
