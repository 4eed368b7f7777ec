import type { JsonObject } from '../../lib/json.ts'
import { fitId } from '../canonical/fit-id.ts'
import { LossList } from '../canonical/loss-list.ts'
import type { CanonicalRequest, ReasoningWish, ToolDefinition } from '../canonical/request.ts'
import type { EncodedRequest, RequestContext } from '../canonical/translation.ts'
import type { Translated } from '../loss.ts'
import { refuseField } from '../refuse-field.ts'
import { encodeMessages } from './request.encode-messages.ts'

const MAX_NAME = 64
const MAX_END_USER = 64
const MAX_STOPS = 4

/** To leave these out would change what is done or where, not how well. */
const MUST_NOT_VANISH = ['mcp_servers', 'container', 'thread', 'compaction'] as const

/** Tools that are offered: all but the deferred ones that no block has brought up. */
function offeredTools(request: CanonicalRequest, losses: LossList): readonly ToolDefinition[] {
  const named = new Set<string>()
  for (const { blocks } of request.messages) {
    for (const block of blocks) {
      const inner = block.type === 'tool-result' ? block.content : [block]
      for (const part of inner) if (part.type === 'native' && part.toolName !== undefined) named.add(part.toolName)
    }
  }
  return request.tools.filter((tool) => {
    const isOffered = tool.isDeferred !== true || named.has(tool.name)
    if (!isOffered) losses.dropped(tool.path, 'a deferred tool that nothing has brought up')
    return isOffered
  })
}

function encodeTools(request: CanonicalRequest, losses: LossList, names: Map<string, string>): JsonObject {
  const [foreign] = request.nativeTools
  if (foreign) refuseField(foreign.path, `it has no tool of type \`${foreign.type}\``)
  const tools = offeredTools(request, losses).map((tool) => {
    const name = fitId(tool.name, MAX_NAME)
    if (name !== tool.name) names.set(name, tool.name)
    const { description, inputSchema, strict } = tool
    return { type: 'function', function: { name, ...(description === undefined ? {} : { description }), parameters: inputSchema, ...(strict === undefined ? {} : { strict }), ...losses.extras(tool) } }
  })
  if (tools.length === 0) return {}
  const choice = request.toolChoice
  const written = choice === undefined ? undefined : choice.kind === 'any' ? 'required' : choice.kind === 'tool' ? { type: 'function', function: { name: fitId(choice.name, MAX_NAME) } } : choice.kind
  return {
    tools,
    ...(written === undefined ? {} : { tool_choice: written }),
    ...(request.parallelToolCalls === undefined ? {} : { parallel_tool_calls: request.parallelToolCalls }),
  }
}

function effortOf(wish: ReasoningWish | undefined, losses: LossList): string | undefined {
  if (wish) losses.extras(wish)
  if (!wish || wish.isOff === true) return undefined
  if (wish.effort !== undefined) return wish.effort
  if (wish.budgetTokens === undefined) return undefined
  losses.approximated(wish.path, 'a budget of thinking tokens became an effort')
  return wish.budgetTokens < 4_096 ? 'low' : wish.budgetTokens < 16_384 ? 'medium' : 'high'
}

function encodeFormat({ format }: CanonicalRequest, losses: LossList): JsonObject {
  if (!format) return {}
  const extras = losses.extras(format)
  if (format.kind === 'json-object') return { response_format: { type: 'json_object', ...extras } }
  const { name = 'answer', schema, strict = true } = format
  return { response_format: { type: 'json_schema', json_schema: { name, schema, strict, ...extras } } }
}

function encodeLimits(request: CanonicalRequest, { quirks }: RequestContext, losses: LossList): JsonObject {
  const { maxOutputTokens, temperature, topP, stop, endUser } = request
  if (maxOutputTokens === 0) refuseField('/max_tokens', 'it cannot prepare a cache without answering')
  if (stop.length > MAX_STOPS) losses.dropped('/stop_sequences', `only ${MAX_STOPS} stop sequences are possible`)
  const effort = effortOf(request.reasoning, losses)
  return {
    ...(maxOutputTokens === undefined ? {} : { [quirks.maxTokensField ?? 'max_tokens']: maxOutputTokens }),
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    ...(stop.length === 0 ? {} : { stop: stop.slice(0, MAX_STOPS) }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(endUser === undefined ? {} : { user: fitId(endUser, MAX_END_USER) }),
    ...(request.choices === 1 ? {} : { n: request.choices }),
  }
}

/** Writes a Chat Completions request; usage in the stream is always asked for. */
export function encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest> {
  const losses = new LossList(request.dialect, 'openai-chat')
  for (const key of MUST_NOT_VANISH) if (request.extras[key] !== undefined && request.extras[key] !== null) refuseField(`/${key}`, 'it has nothing like it')
  const toolNames = new Map<string, string>()
  const body: JsonObject = {
    model: context.target.model,
    messages: encodeMessages(request, context, losses),
    ...encodeLimits(request, context, losses),
    ...encodeTools(request, losses, toolNames),
    ...encodeFormat(request, losses),
    ...(request.stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    ...losses.extras({ path: '', extras: request.extras }),
  }
  return { value: { body, toolNames }, losses: losses.list }
}
