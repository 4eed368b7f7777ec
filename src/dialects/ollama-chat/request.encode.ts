import type { JsonObject } from '../../lib/json.ts'
import { describeGrammar } from '../canonical/describe-grammar.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { loseFormatWords } from '../canonical/format-words.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { noteTool } from '../canonical/note-tool.ts'
import { offeredTools } from '../canonical/offered-tools.ts'
import { refuseNativeTools } from '../canonical/refuse-native-tools.ts'
import type { CanonicalRequest, ReasoningWish, ToolDefinition } from '../canonical/request.ts'
import { saidMembers } from '../canonical/said-members.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import { wireName } from '../canonical/wire-name.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { encodeMessages } from './request.encode-messages.ts'

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH = ['mcp_servers', 'container', 'thread', 'compaction', 'previous_response_id', 'conversation', 'prompt', 'background', 'audio'] as const

function refuseForms({ logprobs, modalities }: JsonObject): void {
  if (logprobs === true) refuseField('/logprobs', 'its probabilities could not be brought back')
  if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'the model answers in text')
}

function refuseWhatCannotBe(request: CanonicalRequest): void {
  const { dialect, choices, extras, maxOutputTokens } = request
  for (const key of MUST_NOT_VANISH) {
    const value = extras[key]
    if (value !== undefined && value !== null && value !== false) refuseField(`/${key}`, 'the provider has nothing like it')
  }
  if (choices > 1) refuseField(settingPath(request, 'choices'), 'the provider gives one answer per request')
  if (dialect === 'openai-chat') refuseForms(extras)
  if (maxOutputTokens === 0) refuseField(settingPath(request, 'maxOutputTokens'), 'the provider cannot prepare a cache without answering')
}

/** Nothing can be forced or forbidden: what is forbidden is not offered, and of what is forced only that. */
function chosenTools(request: CanonicalRequest, losses: LossList): readonly ToolDefinition[] {
  const { toolChoice: choice } = request
  const offered = offeredTools(request, losses)
  if (choice?.kind === 'any' && offered.length > 0) losses.dropped(settingPath(request, 'toolChoice'), 'the provider cannot be made to call a tool')
  if (choice?.kind !== 'tool' && choice?.kind !== 'none') return offered
  if (choice.kind === 'tool') losses.approximated(settingPath(request, 'toolChoice'), 'only this tool is offered; the provider cannot be made to call it')
  return offered.filter((tool) => {
    const isChosen = choice.kind === 'tool' && tool.name === choice.name
    if (!isChosen) losses.withheldTool(tool, 'not offered, since it may not be called')
    return isChosen
  })
}

function encodeTools(request: CanonicalRequest, losses: LossList, restored: Map<string, ClientTool>): JsonObject {
  if (losses.isForeign) refuseNativeTools(request, losses)
  const tools = chosenTools(request, losses).map((tool) => {
    const name = wireName(tool)
    const { inputSchema, isCustom, strict, grammar } = tool
    const description = describeGrammar(tool)
    noteTool(restored, name, tool, true)
    if (isCustom === true) losses.approximated(tool.path, `free text travels as the argument \`input\`${grammar ? ', its grammar in the description' : ''}`)
    if (strict === true) losses.dropped(`${tool.path}/strict`, 'the provider’s dialect has no word for it, and the model may not keep to the schema')
    return mergeMembers({ type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters: inputSchema } }, losses.extras(tool))
  })
  if (request.parallelToolCalls === false && tools.length > 0) losses.dropped(settingPath(request, 'parallelToolCalls'), 'the provider cannot be kept from calling several at once')
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
  const { path, shownPath } = wish
  if (shownPath !== undefined) losses.dropped(shownPath, 'the provider shows what the model thinks whenever it thinks')
  if (wish.isOff === true) return { think: false }
  if (isOwn) return { think: wish.effort ?? true }
  if (quirks.reasoningRequest === 'none') {
    losses.dropped(path, 'the model is not known to think')
    return {}
  }
  return encodeAmount(wish, target.model, losses)
}

function encodeAmount(wish: ReasoningWish, model: string, losses: LossList): JsonObject {
  const { path, amountPath = path } = wish
  if (wish.effort === undefined && wish.budgetTokens === undefined) {
    if (amountPath !== path) losses.dropped(amountPath, 'the model thinks as long as it likes')
    return {}
  }
  if (!HAS_LEVELS.test(model)) {
    losses.approximated(amountPath, 'the model thinks as long as it likes')
    return { think: true }
  }
  const level = wish.effort === undefined ? 'medium' : (LEVELS.get(wish.effort) ?? 'medium')
  if (level !== wish.effort) losses.approximated(amountPath, `asked for as level ${level}`)
  return { think: level }
}

function encodeFormat({ format }: CanonicalRequest, losses: LossList): JsonObject {
  if (!format) return {}
  losses.extras(format)
  loseFormatWords(format, losses)
  return { format: format.kind === 'json-object' ? 'json' : format.schema }
}

function encodeOptions(request: CanonicalRequest, losses: LossList): JsonObject {
  const { maxOutputTokens, temperature, topP, topK, seed, frequencyPenalty, presencePenalty, stop, endUser } = request
  if (endUser !== undefined) losses.dropped(settingPath(request, 'endUser'), 'the provider is not told for whom it works')
  const options = saidMembers({
    num_predict: maxOutputTokens,
    temperature,
    top_p: topP,
    top_k: topK,
    seed,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
    stop: stop.length === 0 ? undefined : stop,
  })
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
