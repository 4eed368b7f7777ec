import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { AnswerContext } from '../canonical/translation.ts'

/**
 * What a message of version 2026-10-21 always has, null where there is nothing to say. Clients of that version read it without a look
 * whether it is there.
 */
export const VERSION_MEMBERS: JsonObject = {
  container: null,
  diagnostics: null,
  stop_details: null,
  usage: {
    cache_creation: null,
    cache_creation_input_tokens: null,
    cache_read_input_tokens: null,
    inference_geo: null,
    output_tokens_details: null,
    server_tool_use: null,
    service_tier: null,
    speed: null,
  },
}

type Echo = Pick<AnswerContext, 'echo'>

/** The whole message, or the one that begins a stream. */
export const completeMessage = ({ echo }: Echo, message: JsonObject): JsonObject => (echo ? mergeMembers(echo, message) : message)

/** `{"type":"tool_use","caller":{"type":"direct"},…}` */
export const completeCall = ({ echo }: Echo, call: JsonObject): JsonObject => (echo ? { ...call, caller: { type: 'direct' } } : call)

const DELTA_USAGE = ['cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens_details', 'server_tool_use'] as const

/** The event before the last: `{"delta":{…},"usage":{…}}`. */
export function completeDelta({ echo }: Echo, { delta, usage }: { readonly delta: JsonObject; readonly usage: JsonObject }): JsonObject {
  if (!echo) return { delta, usage }
  const { container = null, stop_details: stopDetails = null, usage: nulls } = echo
  const known = isJsonObject(nulls) ? nulls : {}
  const missing = Object.fromEntries(DELTA_USAGE.map((key) => [key, known[key] ?? null]))
  return { delta: { container, stop_details: stopDetails, ...delta }, usage: { input_tokens: null, ...missing, ...usage } }
}
