import type { JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
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

function refuseWhatCannotBe({ dialect, choices, extras, maxOutputTokens }: CanonicalRequest): void {
  for (const key of MUST_NOT_VANISH) {
    const value = extras[key]
    if (value !== undefined && value !== null && value !== false) refuseField(`/${key}`, 'it has nothing like it')
  }
  const { modalities, logprobs } = extras
  if (dialect !== 'google-generate-content') {
    if (choices > 1) refuseField(settingPath(dialect, 'choices'), 'only one of its answers could be brought back')
    if (logprobs === true) refuseField('/logprobs', 'its probabilities could not be brought back')
    if (Array.isArray(modalities) && modalities.some((modality) => modality !== 'text')) refuseField('/modalities', 'only text could be brought back')
  }
  if (maxOutputTokens === 0) refuseField(settingPath(dialect, 'maxOutputTokens'), 'it cannot prepare a cache without answering')
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
  const schema = format.kind === 'json-schema' ? { responseJsonSchema: format.schema } : {}
  return { settings: { responseMimeType: 'application/json', ...schema, ...extras }, said: [] }
}

function limitOutput({ dialect, maxOutputTokens }: CanonicalRequest, { maxOutputTokens: most }: RequestContext, losses: LossList): JsonObject {
  if (maxOutputTokens === undefined) return {}
  if (most === undefined || maxOutputTokens <= most) return { maxOutputTokens }
  losses.approximated(settingPath(dialect, 'maxOutputTokens'), `the model’s longest answer has ${most} tokens`)
  return { maxOutputTokens: most }
}

function encodeSampling(request: CanonicalRequest, context: RequestContext, losses: LossList): JsonObject {
  const { dialect, temperature, topP, topK, seed, frequencyPenalty, presencePenalty, choices, endUser } = request
  const stop = request.stop.filter((sequence) => sequence !== '')
  if (stop.length > MAX_STOPS) losses.approximated(settingPath(dialect, 'stop'), `the provider takes ${MAX_STOPS} stop sequences; the gateway ends the answer at the others`)
  if (endUser !== undefined) losses.dropped(settingPath(dialect, 'endUser'), 'the provider is not told for whom it works')
  return {
    ...limitOutput(request, context, losses),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { topP }),
    ...(topK === undefined ? {} : { topK }),
    ...(seed === undefined ? {} : { seed }),
    ...(frequencyPenalty === undefined ? {} : { frequencyPenalty }),
    ...(presencePenalty === undefined ? {} : { presencePenalty }),
    ...(stop.length === 0 ? {} : { stopSequences: stop.slice(0, MAX_STOPS) }),
    ...(choices === 1 ? {} : { candidateCount: choices }),
  }
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
