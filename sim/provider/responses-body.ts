import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { errorTerms, toldToFail } from './error-terms.ts'
import type { Reply, RepliedTool } from './reply.ts'
import type { Writing } from './wire.ts'
import { writeCount } from './write-count.ts'

export type ResponseState = 'queued' | 'in_progress' | 'completed' | 'incomplete' | 'failed' | 'cancelled'

const CREATED = 1_760_000_000

/** What a request may set and a response repeats, with what OpenAI fills in. */
const ECHOED: JsonObject = {
  background: false,
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
}

/** A function as OpenAI repeats it: with every member that it has. */
const repeatTool = (tool: JsonValue): JsonValue => (isJsonObject(tool) && tool['type'] === 'function' ? { description: null, parameters: null, strict: true, ...tool } : tool)

function repeat(key: string, written: JsonValue | undefined, usual: JsonValue): JsonValue {
  if (written === undefined) return usual
  if (key === 'tools' && Array.isArray(written)) return written.map(repeatTool)
  return key === 'reasoning' && isJsonObject(written) && isJsonObject(usual) ? { ...usual, ...written } : written
}

/** How the whole answer ends. */
export function finalState({ finish }: Reply): ResponseState {
  if (finish === undefined || finish === 'completed') return 'completed'
  return finish === 'failed' ? 'failed' : 'incomplete'
}

function usageOf({ reply: { usage }, script }: Writing): JsonValue {
  if (script.usage === 'none') return null
  return {
    input_tokens: writeCount(usage.input, script.usage),
    input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: 0 },
    output_tokens: writeCount(usage.output, script.usage),
    output_tokens_details: { reasoning_tokens: usage.reasoning },
    total_tokens: writeCount(usage.input + usage.output, script.usage),
  }
}

export const failure = (status: number): JsonObject => ({ code: errorTerms(status).code, message: toldToFail(status) })

/** The `Response` object in one of its states; only an ended one has output and usage. */
export function responseBody(writing: Writing, state: ResponseState, error: JsonObject = failure(500)): JsonObject {
  const { reply, request } = writing
  const hasEnded = state === 'completed' || state === 'incomplete' || (state === 'failed' && reply.finish === 'failed')
  return {
    id: reply.id,
    object: 'response',
    created_at: CREATED,
    status: state,
    completed_at: state === 'completed' ? CREATED + 1 : null,
    error: state === 'failed' ? error : null,
    incomplete_details: state === 'incomplete' ? { reason: reply.finish ?? null } : null,
    ...Object.fromEntries(Object.entries(ECHOED).map(([key, usual]) => [key, repeat(key, request[key], usual ?? null)])),
    model: reply.model,
    output: hasEnded ? outputItems(writing) : [],
    usage: hasEnded ? usageOf(writing) : null,
  }
}

const numberOf = ({ id }: Reply): string => id.replace(/^resp_/, '')

/** The seal is given to whoever asks for it. */
function sealMember({ reply, request: { include } }: Writing): JsonObject {
  const isAsked = Array.isArray(include) && include.includes('reasoning.encrypted_content')
  return isAsked && reply.seal !== undefined ? { encrypted_content: reply.seal } : {}
}

function callItem({ reply }: Writing, { id, call, name, argumentsText, isCustom, namespace }: RepliedTool): JsonObject {
  const common = { call_id: `call_sim${call === 0 ? '' : call}`, name, ...(namespace === undefined ? {} : { namespace }), status: 'completed' }
  return isCustom
    ? { id: `ctc_${numberOf(reply)}_${id}`, type: 'custom_tool_call', ...common, input: argumentsText }
    : { id: `fc_${numberOf(reply)}_${id}`, type: 'function_call', ...common, arguments: argumentsText }
}

function messageItem({ reply }: Writing): JsonObject {
  const part: JsonObject =
    reply.refusal === undefined
      ? { type: 'output_text', text: reply.pieces.join(''), annotations: [], logprobs: [] }
      : { type: 'refusal', refusal: reply.refusal }
  const status = finalState(reply) === 'completed' ? 'completed' : 'incomplete'
  return { id: `msg_${numberOf(reply)}`, type: 'message', role: 'assistant', status, content: [part] }
}

export function outputItems(writing: Writing): readonly JsonObject[] {
  const { reply } = writing
  const reasoning =
    reply.reasoning === undefined
      ? []
      : [{ id: `rs_${numberOf(reply)}`, type: 'reasoning', summary: [{ type: 'summary_text', text: reply.reasoning }], ...sealMember(writing) }]
  return [...reasoning, ...(reply.tools.length > 0 ? reply.tools.map((tool) => callItem(writing, tool)) : [messageItem(writing)])]
}

/** What a long conversation is replaced by: its last words, and the rest sealed. */
export function compactedBody(writing: Writing): JsonObject {
  const { reply, request } = writing
  const last = Array.isArray(request['input']) ? ((request['input'] as readonly JsonValue[]).at(-1) ?? {}) : { type: 'message', role: 'user', content: [{ type: 'input_text', text: request['input'] }] }
  const compaction = { id: `cmp_${numberOf(reply)}`, type: 'compaction', encrypted_content: reply.seal ?? 'sim-seal' }
  return { id: reply.id, object: 'response.compaction', created_at: CREATED, output: [last, compaction], usage: usageOf(writing) }
}
