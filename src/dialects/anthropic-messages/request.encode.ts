import type { JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { allowedTools } from '../canonical/offered-tools.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { wireName } from '../canonical/wire-name.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { closeSchema } from './close-schema.ts'
import { encodeMessages, encodeText } from './request.encode-messages.ts'
import { planThinking } from './thinking.ts'

const MAX_TOOL_NAME = 128

/** The dialect demands a limit where others have none; for models that nothing is known of. */
const DEFAULT_MAX_TOKENS = 8_192

/** A schema that the model shall be held to; its own clients wrote theirs as it has to be. */
function holdTo({ dialect }: CanonicalRequest, schema: JsonObject, path: string, losses: LossList): JsonObject {
  if (dialect === 'anthropic-messages') return schema
  const closed = closeSchema(schema)
  if (JSON.stringify(closed).length === JSON.stringify(schema).length) return schema
  losses.approximated(path, 'its objects take only the members that they name')
  return closed
}

function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  const [foreign] = request.nativeTools
  if (foreign) refuseField(foreign.path, `it has no tool of type \`${foreign.type}\``)
  const allowed = allowedTools(request, losses)
  if (allowed.length === 0) return {}
  const tools = allowed.map((tool) => {
    const name = wireName(tool, MAX_TOOL_NAME)
    const isCustom = tool.isCustom === true
    if (name !== tool.name || isCustom) restored.set(name, { name: tool.name, ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }), ...(isCustom ? { isCustom } : {}) })
    if (isCustom) losses.approximated(tool.path, 'free text travels as the argument `input`')
    const { description, inputSchema, strict, isDeferred } = tool
    return { name, ...(description === undefined ? {} : { description }), input_schema: strict === true ? holdTo(request, inputSchema, tool.path, losses) : inputSchema, ...(strict === true ? { strict } : {}), ...(isDeferred ? { defer_loading: true } : {}), ...losses.extras(tool) }
  })
  return { tools }
}

/** Thinking and a forced tool exclude each other; what the client forces is then only offered. */
function encodeChoice({ dialect, toolChoice, parallelToolCalls, tools }: CanonicalRequest, isThinking: boolean, losses: LossList): JsonObject {
  if (tools.length === 0) return {}
  const isForced = toolChoice?.kind === 'any' || toolChoice?.kind === 'tool'
  if (isForced && isThinking) losses.approximated(settingPath(dialect, 'toolChoice'), 'a tool cannot be forced while the model thinks')
  const serial = parallelToolCalls === false && toolChoice?.kind !== 'none' ? { disable_parallel_tool_use: true } : {}
  if (!toolChoice || (isForced && isThinking)) return parallelToolCalls === false ? { tool_choice: { type: 'auto', ...serial } } : {}
  const chosen = toolChoice.kind === 'tool' ? (tools.find(({ name }) => name === toolChoice.name) ?? { name: toolChoice.name }) : undefined
  const named = chosen ? { name: wireName(chosen, MAX_TOOL_NAME) } : {}
  return { tool_choice: { type: toolChoice.kind, ...named, ...serial } }
}

function refuseWhatCannotBe({ dialect, choices, extras }: CanonicalRequest): void {
  if (choices > 1) refuseField(settingPath(dialect, 'choices'), 'it gives one answer per request')
  if (extras['logprobs'] === true) refuseField('/logprobs', 'it tells no probabilities')
  const { modalities } = extras
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'it answers in text')
}

function encodeSampling(request: CanonicalRequest, isThinking: boolean, losses: LossList): JsonObject {
  const { dialect, temperature, topP, topK, stop, endUser } = request
  for (const name of ['seed', 'frequencyPenalty', 'presencePenalty'] as const) {
    if (request[name] !== undefined && request[name] !== 0) losses.dropped(settingPath(dialect, name), 'the provider’s dialect has no such field')
  }
  if (topK !== undefined && isThinking) losses.dropped(settingPath(dialect, 'topK'), 'it cannot be set while the model thinks')
  const isWarm = temperature !== undefined && (!isThinking || temperature === 1)
  if (temperature !== undefined && !isWarm) losses.dropped(settingPath(dialect, 'temperature'), 'it cannot be set while the model thinks')
  if (temperature !== undefined && isWarm && temperature > 1) losses.approximated(settingPath(dialect, 'temperature'), 'its highest value is 1')
  const sequences = stop.filter((sequence) => sequence.trim() !== '')
  if (sequences.length < stop.length) losses.dropped(settingPath(dialect, 'stop'), 'white space cannot be a stop sequence')
  return {
    ...(isWarm ? { temperature: Math.min(temperature, 1) } : {}),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined || isThinking ? {} : { top_k: topK }),
    ...(sequences.length > 0 ? { stop_sequences: sequences } : {}),
    ...(endUser === undefined ? {} : { metadata: { user_id: endUser } }),
  }
}

/** One object holds the effort and the format, and what the client's own dialect had in it besides. */
function encodeOutput(request: CanonicalRequest, effort: string | undefined, losses: LossList): JsonObject {
  const { format } = request
  const extras = format ? losses.extras(format) : {}
  const wanted = format?.kind === 'json-schema' ? { format: { type: 'json_schema', schema: holdTo(request, format.schema, format.path, losses), ...extras } } : {}
  const output = { ...(effort === undefined ? {} : { effort }), ...wanted }
  return Object.keys(output).length > 0 ? { output_config: output } : {}
}

function encodeSystem(request: CanonicalRequest, losses: LossList): JsonObject {
  const blocks = request.system.map((block) => encodeText(block, losses)).filter((block) => block !== undefined)
  if (request.format?.kind === 'json-object') {
    losses.approximated(request.format.path, 'asked for in the instructions')
    blocks.push({ type: 'text', text: 'Answer with one JSON object and nothing else.' })
  }
  return blocks.length > 0 ? { system: blocks } : {}
}

/** What the client set, as far as the model can; the model's most where the client set nothing. */
function limitOf({ dialect, maxOutputTokens: wanted }: CanonicalRequest, { maxOutputTokens: most }: RequestContext, losses: LossList): number {
  if (wanted === undefined) return most ?? DEFAULT_MAX_TOKENS
  if (most === undefined || wanted <= most) return wanted
  losses.approximated(settingPath(dialect, 'maxOutputTokens'), `the model gives at most ${most} tokens`)
  return most
}

/** Writes a Messages request. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'anthropic-messages')
  refuseWhatCannotBe(request)
  const messages = encodeMessages(request, context, losses)
  const maxTokens = limitOf(request, context, losses)
  const plan = planThinking(request, messages, context.target.model, maxTokens, losses)
  const tools = new Map<string, ClientTool>()
  const body: JsonObject = {
    model: context.target.model,
    max_tokens: maxTokens,
    ...encodeSystem(request, losses),
    messages,
    ...encodeTools(request, losses, tools),
    ...encodeChoice(request, plan.isThinking, losses),
    ...plan.thinking,
    ...encodeOutput(request, plan.effort, losses),
    ...encodeSampling(request, plan.isThinking, losses),
    ...(request.stream ? { stream: true } : {}),
  }
  const whole = mergeMembers(body, losses.extras({ path: '', ...request }))
  return { value: { body: whole, tools }, losses: losses.list }
}
