import type { JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { offeredTools } from '../canonical/offered-tools.ts'
import type { CanonicalRequest, ToolDefinition } from '../canonical/request.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import { wireName } from '../canonical/wire-name.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { encodeMessages } from './request.encode-messages.ts'

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH = ['mcp_servers', 'container', 'thread', 'compaction', 'previous_response_id', 'conversation', 'prompt', 'background', 'audio'] as const

function refuseForms({ logprobs, modalities }: JsonObject): void {
  if (logprobs === true) refuseField('/logprobs', 'its probabilities could not be brought back')
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'it answers in text')
}

function refuseWhatCannotBe({ dialect, choices, extras, maxOutputTokens, nativeTools }: CanonicalRequest): void {
  for (const key of MUST_NOT_VANISH) {
    const value = extras[key]
    if (value !== undefined && value !== null && value !== false) refuseField(`/${key}`, 'it has nothing like it')
  }
  const [foreign] = nativeTools
  if (foreign && dialect !== 'ollama-chat') refuseField(foreign.path, `it has no tool of type \`${foreign.type}\``)
  if (choices > 1) refuseField(settingPath(dialect, 'choices'), 'it gives one answer per request')
  if (dialect === 'openai-chat') refuseForms(extras)
  if (maxOutputTokens === 0) refuseField(settingPath(dialect, 'maxOutputTokens'), 'it cannot prepare a cache without answering')
}

/** Nothing can be forced or forbidden: what is forbidden is not offered, and of what is forced only that. */
function chosenTools(request: CanonicalRequest, losses: LossList): readonly ToolDefinition[] {
  const { toolChoice: choice, dialect } = request
  const offered = offeredTools(request, losses)
  if (choice?.kind === 'any' && offered.length > 0) losses.dropped(settingPath(dialect, 'toolChoice'), 'the provider cannot be made to call a tool')
  if (choice?.kind !== 'tool' && choice?.kind !== 'none') return offered
  if (choice.kind === 'tool') losses.approximated(settingPath(dialect, 'toolChoice'), 'only this tool is offered; the provider cannot be made to call it')
  return offered.filter((tool) => {
    const isChosen = choice.kind === 'tool' && tool.name === choice.name
    if (!isChosen) losses.withheldTool(tool, 'not offered, since it may not be called')
    return isChosen
  })
}

function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  const tools = chosenTools(request, losses).map((tool) => {
    const name = wireName(tool)
    const { description, inputSchema, isCustom, namespace, strict } = tool
    if (name !== tool.name || isCustom === true) restored.set(name, { name: tool.name, ...(namespace === undefined ? {} : { namespace }), ...(isCustom === true ? { isCustom } : {}) })
    if (isCustom === true) losses.approximated(tool.path, 'free text travels as the argument `input`')
    if (strict === true) losses.dropped(`${tool.path}/strict`, 'the provider does not hold its model to the schema')
    return mergeMembers({ type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters: inputSchema } }, losses.extras(tool))
  })
  if (request.parallelToolCalls === false && tools.length > 0) losses.dropped(settingPath(request.dialect, 'parallelToolCalls'), 'the provider cannot be kept from calling several at once')
  const own = request.dialect === 'ollama-chat' ? request.nativeTools.map(({ value }) => value) : []
  return tools.length + own.length > 0 ? { tools: [...tools, ...own] } : {}
}

/** Only these think by level; the others think or do not. */
const HAS_LEVELS = /gpt-oss/
const LEVELS: ReadonlyMap<string, string> = new Map(Object.entries({ minimal: 'low', low: 'low', medium: 'medium', high: 'high', xhigh: 'high', max: 'high' }))

/** A model that can think does so unasked, and one that cannot refuses to be asked; so only a clear wish is passed on. */
function encodeWish({ reasoning: wish }: CanonicalRequest, { target, quirks }: RequestContext, losses: LossList, isOwn: boolean): JsonObject {
  if (!wish) return {}
  losses.extras(wish)
  if (wish.isOff === true) return { think: false }
  if (isOwn) return { think: wish.effort ?? true }
  if (quirks.reasoningRequest === 'none') {
    losses.dropped(wish.path, 'this model is not asked to think')
    return {}
  }
  if (wish.effort === undefined && wish.budgetTokens === undefined) return {}
  if (!HAS_LEVELS.test(target.model)) {
    losses.approximated(wish.path, 'this model thinks as long as it likes')
    return { think: true }
  }
  const level = wish.effort === undefined ? 'medium' : (LEVELS.get(wish.effort) ?? 'medium')
  if (level !== wish.effort) losses.approximated(wish.path, `asked for as level ${level}`)
  return { think: level }
}

function encodeFormat({ format }: CanonicalRequest, losses: LossList): JsonObject {
  if (!format) return {}
  losses.extras(format)
  return { format: format.kind === 'json-object' ? 'json' : format.schema }
}

function encodeOptions(request: CanonicalRequest, losses: LossList): JsonObject {
  const { dialect, maxOutputTokens, temperature, topP, topK, seed, frequencyPenalty, presencePenalty, stop, endUser } = request
  if (endUser !== undefined) losses.dropped(settingPath(dialect, 'endUser'), 'the provider is not told for whom it works')
  const options = {
    ...(maxOutputTokens === undefined ? {} : { num_predict: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(topK === undefined ? {} : { top_k: topK }),
    ...(seed === undefined ? {} : { seed }),
    ...(frequencyPenalty === undefined ? {} : { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(stop.length === 0 ? {} : { stop }),
  }
  return Object.keys(options).length > 0 ? { options } : {}
}

/** Writes a chat request. It says whether it streams, since the dialect streams where nothing is said. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'ollama-chat')
  refuseWhatCannotBe(request)
  const tools = new Map<string, ClientTool>()
  const body: JsonObject = {
    model: context.target.model,
    messages: encodeMessages(request, context, losses),
    ...encodeTools(request, losses, tools),
    ...encodeWish(request, context, losses, request.dialect === 'ollama-chat'),
    ...encodeFormat(request, losses),
    ...encodeOptions(request, losses),
    stream: request.stream,
  }
  const whole = mergeMembers(body, losses.extras({ path: '', ...request }))
  return { value: { body: whole, tools }, losses: losses.list }
}
