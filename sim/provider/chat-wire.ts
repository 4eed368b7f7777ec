import type { JsonObject, JsonValue } from '../../src/lib/json.ts'
import type { Reply } from './reply.ts'
import type { Script } from './script.ts'

const CREATED = 1_760_000_000

function usageOf({ usage }: Reply, style: Script['usage'], share = 1): JsonObject {
  const write = (count: number): JsonValue => {
    if (style === 'string') return String(count)
    return style === 'negative' ? -count : Math.floor(count * share)
  }
  return {
    prompt_tokens: write(usage.input),
    completion_tokens: write(usage.output),
    total_tokens: write(usage.input + usage.output),
    prompt_tokens_details: { cached_tokens: usage.cached },
  }
}

const finishOf = (reply: Reply): string => reply.finish ?? (reply.tools.length > 0 ? 'tool_calls' : 'stop')

/** The first call's id has no number. */
const callId = (id: number): string => `call_sim${id === 0 ? '' : id}`

export function writeChatWhole(reply: Reply, script: Script): string {
  const calls = reply.tools.map(({ id, name, argumentsText }) => ({ id: callId(id), type: 'function', function: { name, arguments: argumentsText } }))
  const message: JsonObject = {
    role: 'assistant',
    content: calls.length > 0 ? null : reply.pieces.join(''),
    ...(reply.reasoning === undefined ? {} : { reasoning_content: reply.reasoning }),
    ...(calls.length > 0 ? { tool_calls: calls } : {}),
  }
  return JSON.stringify({
    id: reply.id,
    object: 'chat.completion',
    created: CREATED,
    model: reply.model,
    choices: [{ index: 0, message, finish_reason: finishOf(reply) }],
    ...(script.usage === 'none' ? {} : { usage: usageOf(reply, script.usage) }),
  })
}

function deltas(reply: Reply): readonly JsonObject[] {
  const said: JsonObject[] = [{ role: 'assistant', content: '' }]
  if (reply.reasoning !== undefined) said.push({ reasoning_content: reply.reasoning })
  said.push(...reply.pieces.map((content) => ({ content })))
  const begin = reply.tools.map(({ id, name }) => ({ tool_calls: [{ index: id, id: callId(id), type: 'function', function: { name, arguments: '' } }] }))
  const half = (part: 0 | 1): readonly JsonObject[] =>
    reply.tools.map(({ id, argumentsText }) => {
      const middle = Math.ceil(argumentsText.length / 2)
      return { tool_calls: [{ index: id, function: { arguments: part === 0 ? argumentsText.slice(0, middle) : argumentsText.slice(middle) } }] }
    })
  return [...said, ...begin, ...half(0), ...half(1)]
}

/** The `data` of each event, `[DONE]` included. */
export function writeChatEvents(reply: Reply, script: Script, includeUsage: boolean): readonly string[] {
  const withUsage = includeUsage && script.usage !== 'none'
  const chunk = (choices: readonly JsonObject[], usage: JsonValue = null): string =>
    JSON.stringify({
      id: reply.id,
      object: 'chat.completion.chunk',
      created: CREATED,
      model: reply.model,
      choices,
      ...(withUsage ? { usage } : {}),
    })
  const body = deltas(reply).map((delta, index) =>
    chunk([{ index: 0, delta, finish_reason: null }], script.usage === 'twice' && index === 1 ? usageOf(reply, undefined, 0.5) : null),
  )
  const usage = usageOf(reply, script.usage)
  const isInside = script.usage === 'with-content'
  const last = chunk([{ index: 0, delta: {}, finish_reason: finishOf(reply) }], isInside ? usage : null)
  return [...body, last, ...(withUsage && !isInside ? [chunk([], usage)] : []), ...(script.terminator === 'none' ? [] : ['[DONE]'])]
}

export function writeChatError(message: string, type: string, code: string): string {
  return JSON.stringify({ error: { message, type, param: null, code } })
}
