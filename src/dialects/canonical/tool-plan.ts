import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { Loss } from '../loss.ts'
import type { CanonicalRequest } from './request.ts'

/** A request whose tools of one provider were written so that another can have them. */
export interface ToolPlan {
  readonly request: CanonicalRequest
  /** Tools in the provider's own dialect, beside those that its encoder writes. */
  readonly tools: readonly JsonObject[]
  /** Members of the body in the provider's own dialect. */
  readonly members: JsonObject
  /** Headers that the provider wants with them. */
  readonly headers: Readonly<Record<string, string>>
  readonly losses: readonly Loss[]
}

export const unplanned = (request: CanonicalRequest): ToolPlan => ({ request, tools: [], members: {}, headers: {}, losses: [] })

const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])

/** One plan after the other, for the request that the first left. */
export function extendPlan(plan: ToolPlan, more: ToolPlan): ToolPlan {
  return {
    request: more.request,
    tools: [...plan.tools, ...more.tools],
    members: { ...plan.members, ...more.members },
    headers: { ...plan.headers, ...more.headers },
    losses: [...plan.losses, ...more.losses],
  }
}

/** A choice among some of the tools names the added ones too. */
function addToChoice(choice: JsonValue | undefined, tools: readonly JsonObject[]): JsonObject {
  if (!isJsonObject(choice) || choice['type'] !== 'allowed_tools' || !Array.isArray(choice['tools'])) return {}
  const refer = ({ type, server_label: label }: JsonObject): JsonObject => ({ type: type ?? null, ...(label === undefined ? {} : { server_label: label }) })
  return { tool_choice: { ...choice, tools: [...listOf(choice['tools']), ...tools.map(refer)] } }
}

/** The encoded body with what the plan adds. */
export function addPlannedTools(body: JsonObject, { tools, members }: ToolPlan): JsonObject {
  if (tools.length === 0 && Object.keys(members).length === 0) return body
  const added = tools.length > 0 ? { tools: [...listOf(body['tools']), ...tools], ...addToChoice(body['tool_choice'], tools) } : {}
  return { ...body, ...added, ...members }
}
