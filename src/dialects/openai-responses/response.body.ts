import type { Usage } from '../../domain/usage.ts'
import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { encodeUsage } from './usage.ts'

/** What an answer repeats of its request, with what stands there when the request has none. */
const ECHOED: JsonObject = {
  background: false,
  conversation: null,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: true,
  temperature: null,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: null,
  truncation: 'disabled',
  user: null,
}

/** The members of a request that its answer repeats, as the client wrote them. */
export function echoRequest(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(ECHOED).flatMap((key) => (body[key] === undefined || body[key] === null ? [] : [[key, body[key]]])))
}

export interface ResponseFacts {
  readonly id: string
  readonly model: string
  readonly createdAt: number
  readonly status: 'queued' | 'in_progress' | 'completed' | 'incomplete'
  /** Why it is incomplete. */
  readonly reason?: string | undefined
  readonly output: readonly JsonObject[]
  readonly usage: Usage | undefined
  readonly echo: JsonObject
}

/** The whole `Response` object, in one of its states. */
export function writeResponse({ id, model, createdAt, status, reason, output, usage, echo }: ResponseFacts): JsonObject {
  const repeated: readonly (readonly [string, JsonValue])[] = Object.entries(ECHOED).map(([key, usual]) => [key, echo[key] ?? usual ?? null])
  return {
    id,
    object: 'response',
    created_at: createdAt,
    status,
    completed_at: status === 'completed' ? createdAt : null,
    error: null,
    incomplete_details: reason === undefined ? null : { reason },
    ...Object.fromEntries(repeated),
    model,
    output,
    usage: usage ? encodeUsage(usage) : null,
  }
}
