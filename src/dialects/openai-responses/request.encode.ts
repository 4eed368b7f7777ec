import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { fitId } from '../canonical/fit-id.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { offeredTools } from '../canonical/offered-tools.ts'
import type { CanonicalRequest, ReasoningWish, ToolDefinition } from '../canonical/request.ts'
import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import { wireName } from '../canonical/wire-name.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { encodeInput } from './request.encode-items.ts'

const MAX_END_USER = 64
const MAX_NAME = 64
const MIN_OUTPUT_TOKENS = 16

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH: Readonly<Record<string, string>> = {
  mcp_servers: 'it has nothing like it',
  container: 'it has nothing like it',
  thread: 'it has nothing like it',
  compaction: 'it has nothing like it',
}

/** Members that both dialects of OpenAI have and mean the same by. */
const SHARED = ['metadata', 'service_tier', 'prompt_cache_key', 'prompt_cache_retention', 'prompt_cache_options', 'moderation'] as const

const isSaid = (value: JsonValue | undefined): boolean => value !== undefined && value !== null

function refuseWhatCannotBe({ dialect, choices, extras, nativeTools, maxOutputTokens }: CanonicalRequest): void {
  for (const [key, reason] of Object.entries(MUST_NOT_VANISH)) if (isSaid(extras[key])) refuseField(`/${key}`, reason)
  if (choices > 1) refuseField(settingPath(dialect, 'choices'), 'it gives one answer per request')
  if (extras['logprobs'] === true) refuseField('/logprobs', 'it tells no probabilities')
  const { modalities } = extras
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'it answers in text')
  if (maxOutputTokens === 0) refuseField(settingPath(dialect, 'maxOutputTokens'), 'it cannot prepare a cache without answering')
  const [foreign] = nativeTools
  if (foreign && dialect !== 'openai-responses') refuseField(foreign.path, `it has no tool of type \`${foreign.type}\``)
}

function encodeTool(tool: ToolDefinition, name: string, losses: LossList): JsonObject {
  const { description, inputSchema, strict = false, isCustom } = tool
  const described = description === undefined ? {} : { description }
  if (isCustom === true) return { type: 'custom', name, ...described, ...losses.extras(tool) }
  // Without a word the dialect is strict, and models then fill in what is optional.
  return { type: 'function', name, ...described, parameters: inputSchema, strict, ...losses.extras(tool) }
}

function encodeChoice({ toolChoice, tools }: CanonicalRequest): JsonObject {
  if (!toolChoice) return {}
  if (toolChoice.kind !== 'tool') return { tool_choice: toolChoice.kind === 'any' ? 'required' : toolChoice.kind }
  const { name } = toolChoice
  const tool = tools.find((candidate) => candidate.name === name)
  return { tool_choice: { type: tool?.isCustom === true ? 'custom' : 'function', name: wireName(tool ?? { name }) } }
}

function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  const own = request.nativeTools.filter(({ path }) => path !== '/tool_choice').map(({ value }) => value)
  const tools = offeredTools(request, losses).map((tool) => {
    const name = wireName(tool)
    if (name !== tool.name) restored.set(name, { name: tool.name, ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }) })
    return encodeTool(tool, name, losses)
  })
  if (tools.length + own.length === 0) return {}
  const { parallelToolCalls } = request
  return { tools: [...tools, ...own], ...encodeChoice(request), ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }) }
}

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** The nearest that the model knows; the higher of two. */
function fitEffort(effort: string, { efforts }: DialectQuirks): string {
  if (!efforts || efforts.includes(effort)) return effort
  const rank = (word: string): number => EFFORTS.findIndex((known) => known === word)
  const ranked = efforts.filter((word) => rank(word) >= 0).toSorted((a, b) => Math.abs(rank(a) - rank(effort)) - Math.abs(rank(b) - rank(effort)) || rank(b) - rank(a))
  return rank(effort) < 0 ? (efforts.at(-1) ?? effort) : (ranked[0] ?? effort)
}

function wantedEffort({ isOff, effort, budgetTokens = 0 }: ReasoningWish): string | undefined {
  if (isOff === true) return 'none'
  if (effort !== undefined || budgetTokens === 0) return effort
  return budgetTokens < 4_096 ? 'low' : budgetTokens < 16_384 ? 'medium' : 'high'
}

/** Clients of dialects that show thoughts expect to see them. */
function encodeReasoning({ reasoning: wish, dialect }: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  if (!wish) return {}
  const extras = losses.extras(wish)
  const wanted = wantedEffort(wish)
  const effort = wanted === undefined ? undefined : fitEffort(wanted, quirks)
  if (wish.budgetTokens !== undefined && wish.effort === undefined) losses.approximated(wish.path, 'a budget of thinking tokens became an effort')
  else if (effort !== wanted) losses.approximated(wish.path, `asked for as effort \`${effort}\``)
  const shows = wish.isOff !== true && dialect !== 'openai-chat' && dialect !== 'openai-responses'
  const reasoning = { ...(effort === undefined ? {} : { effort }), ...(shows ? { summary: 'auto' } : {}), ...extras }
  return Object.keys(reasoning).length > 0 ? { reasoning } : {}
}

function encodeFormat({ format, dialect }: CanonicalRequest, losses: LossList): JsonObject {
  if (!format) return {}
  const extras = losses.extras(format)
  if (format.kind === 'json-object') return { text: { format: { type: 'json_object', ...extras } } }
  // Anthropic's formats are strict without a word, OpenAI's are not.
  const { name = 'answer', schema, strict = dialect === 'anthropic-messages' ? true : undefined } = format
  return { text: { format: { type: 'json_schema', name: fitId(name, MAX_NAME), schema, ...(strict === undefined ? {} : { strict }), ...extras } } }
}

function encodeSampling(request: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  const { dialect, temperature, topP, stop } = request
  for (const name of ['topK', 'seed', 'frequencyPenalty', 'presencePenalty'] as const) {
    if (request[name] !== undefined && request[name] !== 0) losses.dropped(settingPath(dialect, name), 'the provider’s dialect has no such field')
  }
  if (stop.length > 0) losses.approximated(settingPath(dialect, 'stop'), 'the provider has no stop sequences; the gateway ends the answer at them')
  const isRefused = quirks.refusesSamplingWithReasoning === true && request.reasoning?.isOff !== true
  const sampled = (name: 'temperature' | 'topP', value: number | undefined): boolean => {
    if (value !== undefined && isRefused) losses.dropped(settingPath(dialect, name), 'it cannot be set while the model thinks')
    return value !== undefined && !isRefused
  }
  return {
    ...(sampled('temperature', temperature) ? { temperature: temperature ?? null } : {}),
    ...(sampled('topP', topP) ? { top_p: topP ?? null } : {}),
  }
}

function encodeLimits({ dialect, maxOutputTokens, endUser }: CanonicalRequest, losses: LossList): JsonObject {
  if (maxOutputTokens !== undefined && maxOutputTokens < MIN_OUTPUT_TOKENS) losses.approximated(settingPath(dialect, 'maxOutputTokens'), `its lowest value is ${MIN_OUTPUT_TOKENS}`)
  return {
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: Math.max(maxOutputTokens, MIN_OUTPUT_TOKENS) }),
    ...(endUser === undefined ? {} : { safety_identifier: fitId(endUser, MAX_END_USER) }),
  }
}

/** What a Chat client says in members that this dialect has too. The rest is extras as any other. */
function carryShared({ dialect, extras }: CanonicalRequest): { readonly carried: JsonObject; readonly rest: JsonObject } {
  if (dialect !== 'openai-chat') return { carried: {}, rest: extras }
  const { verbosity, ...others } = extras
  const shared = new Set<string>(SHARED)
  const [own, rest] = [Object.entries(others).filter(([key]) => shared.has(key)), Object.entries(others).filter(([key]) => !shared.has(key))]
  return { carried: { ...Object.fromEntries(own), ...(verbosity === undefined ? {} : { text: { verbosity } }) }, rest: Object.fromEntries(rest) }
}

/** Writes a Responses request. Nothing is stored at the provider, so that thoughts come back sealed and with nobody's ids. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'openai-responses')
  refuseWhatCannotBe(request)
  const { instructions, input } = encodeInput(request, context, losses)
  const tools = new Map<string, ClientTool>()
  const { carried, rest } = carryShared(request)
  const isOwn = request.dialect === 'openai-responses'
  const { tools: expendable, ...others } = request.inner ?? {}
  const inner = isOwn || !expendable ? others : { ...others, tools: expendable }
  const body: JsonObject = {
    model: context.target.model,
    ...(instructions === undefined ? {} : { instructions }),
    input,
    ...encodeTools(request, losses, tools),
    ...encodeReasoning(request, context, losses),
    ...encodeFormat(request, losses),
    ...encodeLimits(request, losses),
    ...encodeSampling(request, context, losses),
    store: false,
    include: ['reasoning.encrypted_content'],
    ...(request.stream ? { stream: true } : {}),
  }
  const own = isOwn ? Object.values(expendable ?? {}) : []
  const offered = own.length > 0 ? { tools: [...(Array.isArray(body['tools']) ? body['tools'] : []), ...own] } : {}
  const whole = mergeMembers(mergeMembers({ ...body, ...offered }, carried), losses.extras({ path: '', extras: rest, inner }))
  return { value: { body: whole, tools, ...(request.stop.length > 0 ? { unsentStops: request.stop } : {}) }, losses: losses.list }
}
