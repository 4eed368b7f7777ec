import type { JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { loseFormatWords } from '../canonical/format-words.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { saidMembers } from '../canonical/said-members.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { generationOf } from './model-generation.ts'
import { encodeContents, encodeInstruction } from './request.encode-contents.ts'
import { encodeTools } from './request.encode-tools.ts'
import { encodeThinking } from './thinking.ts'

const MAX_STOPS = 5

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH = ['mcp_servers', 'container', 'thread', 'compaction', 'previous_response_id', 'conversation', 'prompt', 'background', 'audio'] as const

/** The first generation that answers in a format and calls functions in one. */
const FORMATS_BESIDE_TOOLS = 3

function refuseWhatCannotBe(request: CanonicalRequest): void {
  const { dialect, choices, extras, maxOutputTokens } = request
  for (const key of MUST_NOT_VANISH) {
    const value = extras[key]
    if (value !== undefined && value !== null && value !== false) refuseField(`/${key}`, 'the provider has nothing like it')
  }
  const { modalities, logprobs } = extras
  if (dialect !== 'google-generate-content') {
    if (choices > 1) refuseField(settingPath(request, 'choices'), 'only one of its answers could be brought back')
    if (logprobs === true) refuseField('/logprobs', 'its probabilities could not be brought back')
    if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'only text could be brought back')
  }
  if (maxOutputTokens === 0) refuseField(settingPath(request, 'maxOutputTokens'), 'the provider cannot prepare a cache without answering')
}

interface Format {
  readonly settings: JsonObject
  /** What has to be said in the instructions instead. */
  readonly said: readonly string[]
}

function encodeFormat(request: CanonicalRequest, { target, quirks }: RequestContext, losses: LossList): Format {
  const { format, tools } = request
  if (!format) return { settings: {}, said: [] }
  const extras = losses.extras(format)
  const isNative = quirks.structuredOutput === undefined || quirks.structuredOutput === 'native'
  if (!isNative || (tools.length > 0 && generationOf(target.model) < FORMATS_BESIDE_TOOLS)) {
    losses.approximated(format.path, 'asked for in the instructions')
    const schema = format.kind === 'json-schema' ? ` that matches this schema: ${JSON.stringify(format.schema)}` : ''
    return { settings: {}, said: [`Give your final answer as one JSON object and nothing else${schema}`] }
  }
  loseFormatWords(format, losses)
  const schema = format.kind === 'json-schema' ? { responseJsonSchema: format.schema } : {}
  return { settings: { responseMimeType: 'application/json', ...schema, ...extras }, said: [] }
}

function limitOutput(request: CanonicalRequest, { maxOutputTokens: most }: RequestContext, losses: LossList): JsonObject {
  const { maxOutputTokens } = request
  if (maxOutputTokens === undefined) return {}
  if (most === undefined || maxOutputTokens <= most) return { maxOutputTokens }
  losses.approximated(settingPath(request, 'maxOutputTokens'), `the model’s longest answer has ${most} tokens`)
  return { maxOutputTokens: most }
}

function encodeSampling(request: CanonicalRequest, context: RequestContext, losses: LossList): JsonObject {
  const { temperature, topP, topK, seed, frequencyPenalty, presencePenalty, choices, endUser } = request
  const stop = request.stop.filter((sequence) => sequence !== '')
  if (stop.length > MAX_STOPS) losses.approximated(settingPath(request, 'stop'), `the provider takes ${MAX_STOPS} stop sequences; the gateway ends the answer at the others`)
  if (endUser !== undefined) losses.dropped(settingPath(request, 'endUser'), 'the provider is not told for whom it works')
  return saidMembers({
    ...limitOutput(request, context, losses),
    temperature,
    topP,
    topK,
    seed,
    frequencyPenalty,
    presencePenalty,
    stopSequences: stop.length === 0 ? undefined : stop.slice(0, MAX_STOPS),
    candidateCount: choices === 1 ? undefined : choices,
  })
}

/** Writes a request to generate content. The model and the wish for a stream are in its address. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'google-generate-content')
  refuseWhatCannotBe(request)
  const tools = new Map<string, ClientTool>()
  const contents = encodeContents(request, context, losses)
  const format = encodeFormat(request, context, losses)
  const generationConfig = {
    ...encodeSampling(request, context, losses),
    ...encodeThinking(request.reasoning, context.target.model, context.quirks, losses),
    ...format.settings,
  }
  const body: JsonObject = {
    ...encodeInstruction(request, losses, format.said),
    contents,
    ...encodeTools(request, losses, tools),
    ...(Object.keys(generationConfig).length > 0 ? { generationConfig } : {}),
  }
  const whole = mergeMembers(body, losses.extras({ path: '', ...request }))
  const unsentStops = request.stop.filter((sequence) => sequence !== '').slice(MAX_STOPS)
  return { value: { body: whole, tools, ...(unsentStops.length > 0 ? { unsentStops } : {}) }, losses: losses.list }
}
