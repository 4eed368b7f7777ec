import type { JsonObject } from '../../lib/json.ts'
import { describeGrammar } from '../canonical/describe-grammar.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { fitEndUser } from '../canonical/fit-end-user.ts'
import { loseFormatWords } from '../canonical/format-words.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { noteTool } from '../canonical/note-tool.ts'
import { offeredTools } from '../canonical/offered-tools.ts'
import { refuseNativeTools } from '../canonical/refuse-native-tools.ts'
import type { CanonicalRequest, ToolChoice, ToolDefinition } from '../canonical/request.ts'
import { saidMembers } from '../canonical/said-members.ts'
import { wireName } from '../canonical/wire-name.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { closeSchema } from './close-schema.ts'
import { encodeMessages, encodeText } from './request.encode-messages.ts'
import { planThinking } from './thinking.ts'

const MAX_TOOL_NAME = 128
const MAX_END_USER = 256

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
  refuseNativeTools(request, losses)
  // What of another dialect's tools is deferred could be brought up by nothing that is sent.
  const offered = offeredTools(request, losses, { canDefer: !losses.isForeign })
  const tools = offered.map((tool) => {
    const name = wireName(tool, MAX_TOOL_NAME)
    const { inputSchema, strict, isDeferred, isCustom, grammar } = tool
    noteTool(restored, name, tool, true)
    if (isCustom === true) losses.approximated(tool.path, `free text travels as the argument \`input\`${grammar ? ', its grammar in the description' : ''}`)
    const description = describeGrammar(tool)
    return { name, ...(description === undefined ? {} : { description }), input_schema: strict === true ? holdTo(request, inputSchema, tool.path, losses) : inputSchema, ...(strict === true ? { strict } : {}), ...(isDeferred ? { defer_loading: true } : {}), ...losses.extras(tool) }
  })
  return tools.length > 0 ? { tools } : {}
}

/** Thinking and a forced tool exclude each other; what the client forces is then only offered. */
function encodeChoice(request: CanonicalRequest, isThinking: boolean, losses: LossList): JsonObject {
  const { toolChoice, tools, parallelToolCalls } = request
  if (tools.length === 0) return {}
  const isSerial = parallelToolCalls === false
  const cannotForce = isThinking && (toolChoice?.kind === 'any' || toolChoice?.kind === 'tool')
  if (cannotForce) losses.approximated(settingPath(request, 'toolChoice'), 'a tool cannot be forced while the model thinks')
  if (!toolChoice || cannotForce) return isSerial ? { tool_choice: { type: 'auto', disable_parallel_tool_use: true } } : {}
  const serial = isSerial && toolChoice.kind !== 'none' ? { disable_parallel_tool_use: true } : {}
  return { tool_choice: { type: toolChoice.kind, ...nameChosen(toolChoice, tools), ...serial } }
}

function nameChosen(choice: ToolChoice, tools: readonly ToolDefinition[]): JsonObject {
  if (choice.kind !== 'tool') return {}
  return { name: wireName(tools.find(({ name }) => name === choice.name) ?? choice, MAX_TOOL_NAME) }
}

function refuseWhatCannotBe(request: CanonicalRequest): void {
  const { choices, extras } = request
  if (choices > 1) refuseField(settingPath(request, 'choices'), 'the provider gives one answer per request')
  if (extras['logprobs'] === true) refuseField('/logprobs', 'the provider tells no probabilities')
  const { modalities } = extras
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'the model answers in text')
}

/** A model that thinks takes no sampling but what it does anyway. */
function encodeTemperature(request: CanonicalRequest, isThinking: boolean, losses: LossList): number | undefined {
  const { temperature } = request
  if (temperature === undefined) return undefined
  const path = settingPath(request, 'temperature')
  if (isThinking && temperature !== 1) {
    losses.dropped(path, 'it cannot be set while the model thinks')
    return undefined
  }
  if (temperature > 1) losses.approximated(path, 'its highest value is 1')
  return Math.min(temperature, 1)
}

function encodeSampling(request: CanonicalRequest, isThinking: boolean, losses: LossList): JsonObject {
  const { topP, topK, stop } = request
  for (const name of ['seed', 'frequencyPenalty', 'presencePenalty'] as const) {
    if (request[name] !== undefined && request[name] !== 0) losses.dropped(settingPath(request, name), 'the provider’s dialect has no such field')
  }
  if (topK !== undefined && isThinking) losses.dropped(settingPath(request, 'topK'), 'it cannot be set while the model thinks')
  const temperature = encodeTemperature(request, isThinking, losses)
  const sequences = stop.filter((sequence) => sequence.trim() !== '')
  if (sequences.length < stop.length) losses.dropped(settingPath(request, 'stop'), 'white space cannot be a stop sequence')
  const endUser = fitEndUser(request, MAX_END_USER, losses)
  return saidMembers({
    temperature,
    top_p: topP,
    top_k: isThinking ? undefined : topK,
    stop_sequences: sequences.length > 0 ? sequences : undefined,
    metadata: endUser === undefined ? undefined : { user_id: endUser },
  })
}

/** One object holds the effort and the format, and what the client's own dialect had in it besides. */
function encodeOutput(request: CanonicalRequest, effort: string | undefined, losses: LossList): JsonObject {
  const { format } = request
  const extras = format ? losses.extras(format) : {}
  if (format) loseFormatWords(format, losses)
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
function limitOf(request: CanonicalRequest, { maxOutputTokens: most }: RequestContext, losses: LossList): number {
  const { maxOutputTokens: wanted } = request
  if (wanted === undefined) return most ?? DEFAULT_MAX_TOKENS
  if (most === undefined || wanted <= most) return wanted
  losses.approximated(settingPath(request, 'maxOutputTokens'), `the model gives at most ${most} tokens`)
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
