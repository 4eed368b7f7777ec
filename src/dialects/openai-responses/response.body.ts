import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { encodeUsage } from './usage.ts'

/** What an answer repeats of its request, with what OpenAI writes there when the request has none: readers may count on each. */
const ECHOED: JsonObject = {
  background: false,
  conversation: null,
  frequency_penalty: 0,
  instructions: null,
  max_output_tokens: null,
  max_tool_calls: null,
  metadata: {},
  parallel_tool_calls: true,
  presence_penalty: 0,
  previous_response_id: null,
  prompt_cache_key: null,
  reasoning: { effort: null, summary: null },
  safety_identifier: null,
  service_tier: 'default',
  store: true,
  temperature: 1,
  text: { format: { type: 'text' } },
  tool_choice: 'auto',
  tools: [],
  top_logprobs: 0,
  top_p: 1,
  truncation: 'disabled',
  user: null,
}

/** The members of a request that its answer repeats, as the client wrote them. */
export function echoRequest(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(ECHOED).flatMap((key) => (body[key] === undefined || body[key] === null ? [] : [[key, body[key]]])))
}

const FUNCTION: JsonObject = { description: null, parameters: null, strict: null }
const SCHEMA: JsonObject = { description: null, strict: false }

/** What was written, and behind it the members that readers look for and that it leaves out. */
const complete = (written: JsonObject, usual: JsonObject): JsonObject => ({ ...written, ...Object.fromEntries(Object.entries(usual).filter(([key]) => written[key] === undefined)) })

const completeTool = (tool: JsonValue): JsonValue => (isJsonObject(tool) && tool['type'] === 'function' ? complete(tool, FUNCTION) : tool)

function completeText(text: JsonObject): JsonObject {
  const { format } = text
  return isJsonObject(format) && format['type'] === 'json_schema' ? { ...text, format: complete(format, SCHEMA) } : text
}

/** A member as the client wrote it, with every part that its type has. */
function repeat(key: string, written: JsonValue | undefined, usual: JsonValue): JsonValue {
  if (written === undefined || written === null) return usual
  if (key === 'tools' && Array.isArray(written)) return written.map(completeTool)
  if (!isJsonObject(written) || !isJsonObject(usual)) return written
  const whole = complete(written, usual)
  return key === 'text' ? completeText(whole) : whole
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
  const repeated: readonly (readonly [string, JsonValue])[] = Object.entries(ECHOED).map(([key, usual]) => [key, repeat(key, echo[key], usual ?? null)])
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
