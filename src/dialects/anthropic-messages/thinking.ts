import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { isJsonObject } from '../../lib/json.ts'
import type { LossList } from '../canonical/loss-list.ts'
import type { CanonicalRequest, ReasoningWish } from '../canonical/request.ts'

export interface ThinkingPlan {
  readonly isThinking: boolean
  /** `{"thinking":{…}}`, or nothing. */
  readonly thinking: JsonObject
  readonly effort: string | undefined
}

const NONE: ThinkingPlan = { isThinking: false, thinking: {}, effort: undefined }

/** These know a budget and no efforts; those since 4.6 know efforts, and from 4.7 on refuse a budget. */
const WITH_BUDGET = /claude-(?:3|instant|2|(?:opus|sonnet|haiku)-4(?![-.][6-9]))/

const BUDGETS: Readonly<Record<string, number>> = { minimal: 1_024, low: 2_048, medium: 8_192, high: 16_384, xhigh: 32_768, max: 32_768 }
const EFFORTS = new Set(['low', 'medium', 'high', 'xhigh', 'max'])
const MIN_BUDGET = 1_024

/** A turn that calls tools must show the thought it began with; without it the provider refuses to think on. */
function hasLostThought(messages: readonly JsonObject[]): boolean {
  const last = messages.at(-1)
  const before = messages.at(-2)
  const types = (message: JsonObject | undefined): readonly JsonValue[] =>
    Array.isArray(message?.['content']) ? message['content'].map((block: JsonValue) => (isJsonObject(block) ? (block['type'] ?? '') : '')) : []
  return types(last)[0] === 'tool_result' && types(before).includes('tool_use') && !['thinking', 'redacted_thinking'].some((type) => type === types(before)[0])
}

function effortFor(budget: number): string {
  return budget < 4_096 ? 'low' : budget < 16_384 ? 'medium' : 'high'
}

/** What is asked for besides how much: whether what is thought shall be shown, and what this dialect's own clients said. */
function besides(wish: ReasoningWish, losses: LossList): JsonObject {
  return { ...(wish.isShown === undefined ? {} : { display: wish.isShown ? 'summarized' : 'omitted' }), ...losses.extras(wish) }
}

const amountOf = ({ path, amountPath = path }: ReasoningWish): string => amountPath

/** Later models are asked by effort. */
function planAdaptive(wish: ReasoningWish, losses: LossList): ThinkingPlan {
  const { effort, budgetTokens } = wish
  const wanted = effort ?? (budgetTokens === undefined ? undefined : effortFor(budgetTokens))
  const known = wanted === undefined || EFFORTS.has(wanted) ? wanted : 'low'
  if (known !== wanted || (effort === undefined && budgetTokens !== undefined)) losses.approximated(amountOf(wish), `asked for as effort \`${known ?? 'none'}\``)
  return { isThinking: true, thinking: { thinking: { type: 'adaptive', ...besides(wish, losses) } }, effort: known }
}

/** Earlier models are asked by a budget, which is a part of the answer's limit. */
function planBudget(wish: ReasoningWish, maxTokens: number, losses: LossList): ThinkingPlan {
  const { effort, budgetTokens } = wish
  const wanted = budgetTokens ?? BUDGETS[effort ?? 'medium'] ?? MIN_BUDGET
  const budget = Math.min(wanted, maxTokens - 1)
  if (budget < MIN_BUDGET) {
    losses.dropped(wish.path, `the limit of the answer leaves no room for thinking, which takes at least ${MIN_BUDGET} tokens`)
    return NONE
  }
  if (budgetTokens === undefined || budget !== wanted) losses.approximated(amountOf(wish), `asked for as a budget of ${budget} tokens`)
  return { isThinking: true, thinking: { thinking: { type: 'enabled', budget_tokens: budget, ...besides(wish, losses) } }, effort: undefined }
}

/**
 * How this model is asked to think as much as the client wished. Only with a budget the provider insists on the thought of a turn that
 * calls tools; models that are asked by effort go on without it.
 * @see https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking
 */
export function planThinking(request: CanonicalRequest, messages: readonly JsonObject[], model: string, maxTokens: number, losses: LossList): ThinkingPlan {
  const wish = request.reasoning
  if (!wish) return NONE
  if (wish.isOff === true) return { ...NONE, thinking: { thinking: { type: 'disabled', ...losses.extras(wish) } } }
  if (!WITH_BUDGET.test(model)) return planAdaptive(wish, losses)
  if (!hasLostThought(messages)) return planBudget(wish, maxTokens, losses)
  losses.dropped(wish.path, 'the model thinks on after a tool call only with the thought before it, which did not come back')
  return NONE
}
