import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import { LossList } from '../canonical/loss-list.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import type { EncodedRequest, RequestContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { encodeMessages, encodeText } from './request.encode-messages.ts'
import { planThinking } from './thinking.ts'

const MAX_TOOL_NAME = 128

/** The dialect demands a limit where others have none. */
const DEFAULT_MAX_TOKENS = 8_192

function encodeTools(request: CanonicalRequest, losses: LossList, names: Map<string, string>): JsonObject {
  const [foreign] = request.nativeTools
  if (foreign) refuseField(foreign.path, `it has no tool of type \`${foreign.type}\``)
  if (request.tools.length === 0) return {}
  const tools = request.tools.map((tool) => {
    const name = fitId(tool.name, MAX_TOOL_NAME)
    if (name !== tool.name) names.set(name, tool.name)
    const { description, inputSchema, strict, isDeferred } = tool
    return { name, ...(description === undefined ? {} : { description }), input_schema: inputSchema, ...(strict === true ? { strict } : {}), ...(isDeferred ? { defer_loading: true } : {}), ...losses.extras(tool) }
  })
  return { tools }
}

/** Thinking and a forced tool exclude each other; what the client forces is then only offered. */
function encodeChoice({ toolChoice, parallelToolCalls, tools }: CanonicalRequest, isThinking: boolean, losses: LossList): JsonObject {
  if (tools.length === 0) return {}
  const isForced = toolChoice?.kind === 'any' || toolChoice?.kind === 'tool'
  if (isForced && isThinking) losses.approximated('/tool_choice', 'a tool cannot be forced while the model thinks')
  const serial = parallelToolCalls === false && toolChoice?.kind !== 'none' ? { disable_parallel_tool_use: true } : {}
  if (!toolChoice || (isForced && isThinking)) return parallelToolCalls === false ? { tool_choice: { type: 'auto', ...serial } } : {}
  const named = toolChoice.kind === 'tool' ? { name: fitId(toolChoice.name, MAX_TOOL_NAME) } : {}
  return { tool_choice: { type: toolChoice.kind, ...named, ...serial } }
}

function refuseWhatCannotBe({ choices, extras }: CanonicalRequest): void {
  if (choices > 1) refuseField('/n', 'it gives one answer per request')
  if (extras['logprobs'] === true) refuseField('/logprobs', 'it tells no probabilities')
  const { modalities } = extras
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'it answers in text')
}

function encodeSampling(request: CanonicalRequest, isThinking: boolean, losses: LossList): JsonObject {
  const { temperature, topP, stop, endUser } = request
  const isWarm = temperature !== undefined && (!isThinking || temperature === 1)
  if (temperature !== undefined && !isWarm) losses.dropped('/temperature', 'it cannot be set while the model thinks')
  if (temperature !== undefined && isWarm && temperature > 1) losses.approximated('/temperature', 'its highest value is 1')
  const sequences = stop.filter((sequence) => sequence.trim() !== '')
  if (sequences.length < stop.length) losses.dropped('/stop', 'white space cannot be a stop sequence')
  return {
    ...(isWarm ? { temperature: Math.min(temperature, 1) } : {}),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(sequences.length > 0 ? { stop_sequences: sequences } : {}),
    ...(endUser === undefined ? {} : { metadata: { user_id: endUser } }),
  }
}

/** One object holds the effort and the format, and what the client's own dialect had in it besides. */
function encodeOutput({ format }: CanonicalRequest, effort: string | undefined, own: JsonObject, losses: LossList): JsonObject {
  const extras = format ? losses.extras(format) : {}
  const wanted = format?.kind === 'json-schema' ? { format: { type: 'json_schema', schema: format.schema, ...extras } } : {}
  const output = { ...(effort === undefined ? {} : { effort }), ...wanted, ...own }
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

/** Writes a Messages request. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'anthropic-messages')
  refuseWhatCannotBe(request)
  const messages = encodeMessages(request, context, losses)
  const maxTokens = request.maxOutputTokens ?? DEFAULT_MAX_TOKENS
  const plan = planThinking(request, messages, context.target.model, maxTokens, losses)
  const toolNames = new Map<string, string>()
  const { output_config: ownOutput, metadata: ownMetadata, ...extras } = losses.extras({ path: '', extras: request.extras })
  const sampling = encodeSampling(request, plan.isThinking, losses)
  const metadata = { ...(isJsonObject(sampling['metadata']) ? sampling['metadata'] : {}), ...(isJsonObject(ownMetadata) ? ownMetadata : {}) }
  const body: JsonObject = {
    model: context.target.model,
    max_tokens: maxTokens,
    ...encodeSystem(request, losses),
    messages,
    ...encodeTools(request, losses, toolNames),
    ...encodeChoice(request, plan.isThinking, losses),
    ...plan.thinking,
    ...encodeOutput(request, plan.effort, isJsonObject(ownOutput) ? ownOutput : {}, losses),
    ...sampling,
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
    ...(request.stream ? { stream: true } : {}),
    ...extras,
  }
  return { value: { body, toolNames }, losses: losses.list }
}
