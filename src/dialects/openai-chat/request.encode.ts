import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { fitEndUser } from '../canonical/fit-end-user.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import { isOpenai, takeOpenaiMembers } from '../canonical/openai-members.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
import { saidMembers } from '../canonical/said-members.ts'
import type { ClientTool, EncodedRequest, RequestContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { encodeMessages } from './request.encode-messages.ts'
import { encodeWish, thinks } from './request.encode-reasoning.ts'
import { encodeTools } from './request.encode-tools.ts'

const MAX_END_USER = 64
const MAX_STOPS = 4

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH = ['mcp_servers', 'container', 'thread', 'compaction'] as const

function encodeFormat({ format }: CanonicalRequest, losses: LossList): JsonObject {
  if (!format) return {}
  const extras = losses.extras(format)
  if (format.kind === 'json-object') return { response_format: { type: 'json_object', ...extras } }
  // Strict refuses schemas that leave a member out; only who asked for it can have meant it.
  const { name = 'answer', schema, strict } = format
  return { response_format: mergeMembers({ type: 'json_schema', json_schema: { name, schema, ...(strict === undefined ? {} : { strict }) } }, extras) }
}

function refuseWhatCannotBe(request: CanonicalRequest): void {
  for (const key of MUST_NOT_VANISH) if (request.extras[key] !== undefined && request.extras[key] !== null) refuseField(`/${key}`, 'the provider has nothing like it')
  if (request.maxOutputTokens === 0) refuseField(settingPath(request, 'maxOutputTokens'), 'the provider cannot prepare a cache without answering')
  if (request.choices > 1 && request.dialect !== 'openai-chat') refuseField(settingPath(request, 'choices'), 'only one of its answers could be brought back')
}

function encodeEndUser(request: CanonicalRequest, { refusesUnknownMembers }: DialectQuirks, losses: LossList): JsonObject {
  if (request.endUser === undefined) return {}
  if (losses.isForeign && refusesUnknownMembers === true) {
    losses.dropped(settingPath(request, 'endUser'), 'the provider is not told for whom it works')
    return {}
  }
  // `user` is what most servers know; where the client says both, both are meant.
  const isBoth = isOpenai(request) && request.extras['user'] !== undefined
  const name = isBoth || (!losses.isForeign && request.paths?.endUser !== '/user') ? 'safety_identifier' : 'user'
  return { [name]: fitEndUser(request, MAX_END_USER, losses) ?? null }
}

function encodeSampling(request: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  const { temperature, topP, topK, seed, frequencyPenalty, presencePenalty } = request
  const takesTopK = quirks.takesTopK === true || request.dialect === 'openai-chat'
  if (topK !== undefined && !takesTopK) losses.dropped(settingPath(request, 'topK'), 'the provider is not known to take it')
  const isWarm = !(quirks.refusesSamplingWithReasoning === true && thinks(request))
  if (!isWarm) for (const name of ['temperature', 'topP'] as const) if (request[name] !== undefined) losses.dropped(settingPath(request, name), 'it cannot be set for a model that thinks')
  return saidMembers({
    ...(isWarm ? { temperature, top_p: topP } : {}),
    ...(takesTopK ? { top_k: topK } : {}),
    [quirks.seedField ?? 'seed']: seed,
    frequency_penalty: frequencyPenalty,
    presence_penalty: presencePenalty,
  })
}

function encodeLimits(request: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  const { maxOutputTokens, stop } = request
  if (stop.length > MAX_STOPS) losses.approximated(settingPath(request, 'stop'), `the provider takes ${MAX_STOPS} stop sequences; the gateway ends the answer at the others`)
  return {
    ...(maxOutputTokens === undefined ? {} : { [quirks.maxTokensField ?? 'max_tokens']: maxOutputTokens }),
    ...(stop.length === 0 ? {} : { stop: stop.slice(0, MAX_STOPS) }),
    ...(request.choices === 1 ? {} : { n: request.choices }),
  }
}

/** What a client of OpenAI's other dialect says in members that this one has too. Some servers refuse what they do not know. */
function carryMembers(request: CanonicalRequest, { refusesUnknownMembers }: DialectQuirks, losses: LossList): { readonly carried: JsonObject; readonly left: JsonObject } {
  const { carried, paths, extras, inner } = takeOpenaiMembers(request, 'openai-chat')
  const left = losses.extras({ path: '', extras, inner })
  if (refusesUnknownMembers !== true) return { carried, left }
  for (const key of Object.keys(carried)) losses.dropped(paths[key] ?? `/${key}`, 'the provider refuses requests with it')
  return { carried: {}, left }
}

/** Writes a Chat Completions request; usage in the stream is always asked for. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'openai-chat')
  refuseWhatCannotBe(request)
  const tools = new Map<string, ClientTool>()
  const body: JsonObject = {
    model: context.target.model,
    messages: encodeMessages(request, context, losses),
    ...encodeLimits(request, context, losses),
    ...encodeSampling(request, context, losses),
    ...encodeEndUser(request, context.quirks, losses),
    ...encodeWish(request, context.quirks, losses),
    ...encodeTools({ request, context, losses }, tools),
    ...encodeFormat(request, losses),
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  const { carried, left } = carryMembers(request, context.quirks, losses)
  const whole = mergeMembers({ ...carried, ...body }, left)
  const unsentStops = request.stop.slice(MAX_STOPS)
  return { value: { body: whole, tools, ...(unsentStops.length > 0 ? { unsentStops } : {}) }, losses: losses.list }
}
