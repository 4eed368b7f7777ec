import type { JsonObject, JsonValue } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { fitEndUser } from '../canonical/fit-end-user.ts'
import { fitId } from '../canonical/fit-id.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { noteTool } from '../canonical/note-tool.ts'
import { offeredTools, restrictedTo } from '../canonical/offered-tools.ts'
import { isOpenai, takeOpenaiMembers } from '../canonical/openai-members.ts'
import { refuseNativeTools } from '../canonical/refuse-native-tools.ts'
import type { CanonicalRequest, NativeTool, ReasoningWish, ToolDefinition } from '../canonical/request.ts'
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
  mcp_servers: 'the provider has nothing like it',
  container: 'the provider has nothing like it',
  thread: 'the provider has nothing like it',
  compaction: 'the provider has nothing like it',
}

const isSaid = (value: JsonValue | undefined): boolean => value !== undefined && value !== null

function refuseWhatCannotBe(request: CanonicalRequest): void {
  const { choices, extras, maxOutputTokens } = request
  for (const [key, reason] of Object.entries(MUST_NOT_VANISH)) if (isSaid(extras[key])) refuseField(`/${key}`, reason)
  if (choices > 1) refuseField(settingPath(request, 'choices'), 'the provider gives one answer per request')
  if (extras['logprobs'] === true) refuseField('/logprobs', 'its probabilities could not be brought back')
  const { modalities } = extras
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'the model answers in text')
  if (maxOutputTokens === 0) refuseField(settingPath(request, 'maxOutputTokens'), 'the provider cannot prepare a cache without answering')
}

function encodeTool(tool: ToolDefinition, name: string, losses: LossList): JsonObject {
  const { description, inputSchema, strict = false, isCustom, grammar, isDeferred } = tool
  const described = description === undefined ? {} : { description }
  const later = isDeferred === true && !losses.isForeign ? { defer_loading: true } : {}
  if (isCustom === true) return mergeMembers({ type: 'custom', name, ...described, ...(grammar ? { format: { type: 'grammar', ...grammar } } : {}), ...later }, losses.extras(tool))
  // Without a word the dialect is strict, and models then fill in what is optional.
  return { type: 'function', name, ...described, parameters: inputSchema, strict, ...later, ...losses.extras(tool) }
}

const refer = (tool: Pick<ToolDefinition, 'name' | 'namespace' | 'isCustom'>): JsonObject => ({ type: tool.isCustom === true ? 'custom' : 'function', name: wireName(tool) })

/** All are offered and only these may be called, among them those that the provider runs itself. */
function allow(allowed: readonly ToolDefinition[], own: readonly NativeTool[], mode: 'auto' | 'required'): JsonObject {
  const natives = own.filter(({ isWithheld }) => isWithheld !== true).map(({ type }) => ({ type }))
  return { tool_choice: { type: 'allowed_tools', mode, tools: [...allowed.map(refer), ...natives] } }
}

function encodeChoice({ toolChoice: choice, tools, nativeTools }: CanonicalRequest, offered: readonly ToolDefinition[], own: readonly NativeTool[]): JsonObject {
  const forced = nativeTools.find(({ path }) => path === '/tool_choice')
  if (forced) return { tool_choice: forced.value }
  if (choice?.kind === 'none') return { tool_choice: 'none' }
  if (choice?.kind === 'tool') return { tool_choice: refer(tools.find(({ name }) => name === choice.name) ?? choice) }
  const mode = choice?.kind === 'any' ? 'required' : 'auto'
  const allowed = restrictedTo(offered)
  if (allowed) return allow(allowed, own, mode)
  return choice ? { tool_choice: mode } : {}
}

function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  if (losses.isForeign) refuseNativeTools(request, losses)
  const own = losses.isForeign ? [] : request.nativeTools.filter(({ path }) => path !== '/tool_choice')
  const offered = offeredTools(request, losses, { canRestrict: true, canDefer: !losses.isForeign })
  const tools = offered.map((tool) => {
    const name = wireName(tool)
    noteTool(restored, name, tool, false)
    return encodeTool(tool, name, losses)
  })
  if (tools.length + own.length === 0) return {}
  const { parallelToolCalls } = request
  return { tools: [...tools, ...own.map(({ value }) => value)], ...encodeChoice(request, offered, own), ...(parallelToolCalls === undefined ? {} : { parallel_tool_calls: parallelToolCalls }) }
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
function encodeReasoning(request: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  const { reasoning: wish } = request
  if (!wish) return {}
  const extras = losses.extras(wish)
  const { isShown = !isOpenai(request) } = wish
  const effort = encodeEffort(wish, quirks, losses)
  const shows = wish.isOff !== true && isShown
  const reasoning = { ...(effort === undefined ? {} : { effort }), ...(shows ? { summary: 'auto' } : {}), ...extras }
  return Object.keys(reasoning).length > 0 ? { reasoning } : {}
}

function encodeEffort(wish: ReasoningWish, quirks: DialectQuirks, losses: LossList): string | undefined {
  const { path, amountPath = path } = wish
  const wanted = wantedEffort(wish)
  if (wanted === undefined) {
    if (amountPath !== path) losses.dropped(amountPath, 'the model thinks as much as it does by itself')
    return undefined
  }
  const effort = fitEffort(wanted, quirks)
  if (wish.budgetTokens !== undefined && wish.effort === undefined) losses.approximated(amountPath, 'a budget of thinking tokens became an effort')
  else if (effort !== wanted) losses.approximated(amountPath, `asked for as effort \`${effort}\``)
  return effort
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
  const { temperature, topP, stop } = request
  for (const name of ['topK', 'seed', 'frequencyPenalty', 'presencePenalty'] as const) {
    if (request[name] !== undefined && request[name] !== 0) losses.dropped(settingPath(request, name), 'the provider’s dialect has no such field')
  }
  if (stop.length > 0) losses.approximated(settingPath(request, 'stop'), 'the provider has no stop sequences; the gateway ends the answer at them')
  const isRefused = quirks.refusesSamplingWithReasoning === true && request.reasoning?.isOff !== true
  const sampled = (name: 'temperature' | 'topP', value: number | undefined): boolean => {
    if (value !== undefined && isRefused) losses.dropped(settingPath(request, name), 'it cannot be set while the model thinks')
    return value !== undefined && !isRefused
  }
  return {
    ...(sampled('temperature', temperature) ? { temperature: temperature ?? null } : {}),
    ...(sampled('topP', topP) ? { top_p: topP ?? null } : {}),
  }
}

function encodeLimits(request: CanonicalRequest, losses: LossList): JsonObject {
  const { maxOutputTokens } = request
  const endUser = fitEndUser(request, MAX_END_USER, losses)
  if (maxOutputTokens !== undefined && maxOutputTokens < MIN_OUTPUT_TOKENS) losses.approximated(settingPath(request, 'maxOutputTokens'), `its lowest value is ${MIN_OUTPUT_TOKENS}`)
  return {
    ...(maxOutputTokens === undefined ? {} : { max_output_tokens: Math.max(maxOutputTokens, MIN_OUTPUT_TOKENS) }),
    ...(endUser === undefined ? {} : { safety_identifier: endUser }),
  }
}

/** What a Chat client says in members that this dialect has too. */
function carryMembers(request: CanonicalRequest, losses: LossList): { readonly carried: JsonObject; readonly left: JsonObject } {
  const { carried, extras, inner } = takeOpenaiMembers(request, 'openai-responses')
  const { verbosity, ...rest } = carried
  return { carried: { ...rest, ...(verbosity === undefined ? {} : { text: { verbosity } }) }, left: losses.extras({ path: '', extras, inner }) }
}

/** Writes a Responses request. Nothing is stored at the provider, so that thoughts come back sealed and with nobody's ids. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'openai-responses')
  refuseWhatCannotBe(request)
  const { instructions, input } = encodeInput(request, context, losses)
  const tools = new Map<string, ClientTool>()
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
  const { carried, left } = carryMembers(request, losses)
  const whole = mergeMembers(mergeMembers(body, carried), left)
  return { value: { body: whole, tools, ...(request.stop.length > 0 ? { unsentStops: request.stop } : {}) }, losses: losses.list }
}
