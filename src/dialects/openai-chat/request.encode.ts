import type { JsonObject } from '../../lib/json.ts'
import { settingPath } from '../canonical/field-paths.ts'
import { fitId } from '../canonical/fit-id.ts'
import { LossList } from '../canonical/loss-list.ts'
import { mergeMembers } from '../canonical/merge-members.ts'
import type { CanonicalRequest } from '../canonical/request.ts'
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
  return { response_format: { type: 'json_schema', json_schema: { name, schema, ...(strict === undefined ? {} : { strict }), ...extras } } }
}

function encodeLimits(request: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  const { dialect, maxOutputTokens, temperature, topP, topK, seed, frequencyPenalty, presencePenalty, stop, endUser } = request
  if (maxOutputTokens === 0) refuseField(settingPath(dialect, 'maxOutputTokens'), 'it cannot prepare a cache without answering')
  if (request.choices > 1 && dialect !== 'openai-chat') refuseField(settingPath(dialect, 'choices'), 'only one of its answers could be brought back')
  if (stop.length > MAX_STOPS) losses.approximated(settingPath(dialect, 'stop'), `the provider takes ${MAX_STOPS} stop sequences; the gateway ends the answer at the others`)
  const takesTopK = quirks.takesTopK === true || dialect === 'openai-chat'
  if (topK !== undefined && !takesTopK) losses.dropped(settingPath(dialect, 'topK'), 'the provider’s dialect has no such field')
  const isWarm = !(quirks.refusesSamplingWithReasoning === true && thinks(request))
  if (!isWarm) for (const name of ['temperature', 'topP'] as const) if (request[name] !== undefined) losses.dropped(settingPath(dialect, name), 'it cannot be set for a model that thinks')
  return {
    ...(maxOutputTokens === undefined ? {} : { [quirks.maxTokensField ?? 'max_tokens']: maxOutputTokens }),
    ...(temperature === undefined || !isWarm ? {} : { temperature }),
    ...(topP === undefined || !isWarm ? {} : { top_p: topP }),
    ...(topK === undefined || !takesTopK ? {} : { top_k: topK }),
    ...(seed === undefined ? {} : { [quirks.seedField ?? 'seed']: seed }),
    ...(frequencyPenalty === undefined ? {} : { frequency_penalty: frequencyPenalty }),
    ...(presencePenalty === undefined ? {} : { presence_penalty: presencePenalty }),
    ...(stop.length === 0 ? {} : { stop: stop.slice(0, MAX_STOPS) }),
    ...(endUser === undefined ? {} : { user: fitId(endUser, MAX_END_USER) }),
    ...(request.choices === 1 ? {} : { n: request.choices }),
  }
}

/** Writes a Chat Completions request; usage in the stream is always asked for. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'openai-chat')
  for (const key of MUST_NOT_VANISH) if (request.extras[key] !== undefined && request.extras[key] !== null) refuseField(`/${key}`, 'it has nothing like it')
  const tools = new Map<string, ClientTool>()
  const body: JsonObject = {
    model: context.target.model,
    messages: encodeMessages(request, context, losses),
    ...encodeLimits(request, context, losses),
    ...encodeWish(request, context.quirks, losses),
    ...encodeTools(request, losses, tools),
    ...encodeFormat(request, losses),
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
  }
  const whole = mergeMembers(body, losses.extras({ path: '', ...request }))
  const unsentStops = request.stop.slice(MAX_STOPS)
  return { value: { body: whole, tools, ...(unsentStops.length > 0 ? { unsentStops } : {}) }, losses: losses.list }
}
