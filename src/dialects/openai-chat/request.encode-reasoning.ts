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

/** The understood effort that is nearest from below, else the lowest. */
function fitEffort(effort: string, known: readonly string[] | undefined): string {
  if (!known || known.includes(effort)) return effort
  const wanted = LADDER.indexOf(effort as (typeof LADDER)[number])
  return known.findLast((word) => LADDER.indexOf(word as (typeof LADDER)[number]) <= wanted) ?? known[0] ?? effort
}

/** Undefined when the client asked for thinking without saying how much. */
function effortOf(wish: ReasoningWish, { efforts }: DialectQuirks, losses: LossList): string | undefined {
  const { path, effort, budgetTokens } = wish
  const asked = effort ?? (budgetTokens === undefined ? undefined : budgetTokens < 4_096 ? 'low' : budgetTokens < 16_384 ? 'medium' : 'high')
  if (asked === undefined) return undefined
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
      losses.dropped(path, 'the model cannot be told how to think')
      return {}
  }
}

/** How the model is asked to think as the client wished, in its server's own words. */
export function encodeWish({ reasoning: wish }: CanonicalRequest, quirks: DialectQuirks, losses: LossList): JsonObject {
  if (!wish) return {}
  losses.extras(wish)
  if (wish.isOff === true) return encodeOff(wish, quirks, losses)
  const { budgetTokens } = wish
  switch (quirks.reasoningRequest ?? 'effort') {
    case 'thinking-switch': {
      const effort = quirks.efforts ? effortOf(wish, quirks, losses) : undefined
      if (!quirks.efforts && (wish.effort !== undefined || budgetTokens !== undefined)) losses.approximated(wish.path, 'the model thinks or does not; how much cannot be said')
      return { thinking: { type: 'enabled' }, ...(effort === undefined ? {} : { reasoning_effort: effort }) }
    }
    case 'openrouter': {
      const effort = wish.effort === undefined ? undefined : fitEffort(wish.effort, quirks.efforts)
      return { reasoning: budgetTokens !== undefined ? { max_tokens: budgetTokens } : effort !== undefined ? { effort } : { enabled: true } }
    }
    case 'enable-thinking': {
      const budget = budgetTokens ?? (wish.effort === undefined ? undefined : BUDGETS[wish.effort])
      if (budgetTokens === undefined && budget !== undefined) losses.approximated(wish.path, `asked for as a budget of ${budget} tokens`)
      return { enable_thinking: true, ...(budget === undefined ? {} : { thinking_budget: budget }) }
    }
    case 'enabled-object':
      if (wish.effort !== undefined || budgetTokens !== undefined) losses.approximated(wish.path, 'the model thinks or does not; how much cannot be said')
      return { reasoning: { enabled: true } }
    case 'none':
      losses.dropped(wish.path, 'the model cannot be told how to think')
      return {}
    case 'effort': {
      const effort = effortOf(wish, quirks, losses)
      return effort === undefined ? {} : { reasoning_effort: effort }
    }
  }
}
