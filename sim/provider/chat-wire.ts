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

const finishOf = (reply: Reply): string => reply.finish ?? (reply.tool ? 'tool_calls' : 'stop')

export function writeChatWhole(reply: Reply, script: Script): string {
  const call = reply.tool && { id: 'call_sim', type: 'function', function: { name: reply.tool.name, arguments: reply.tool.argumentsText } }
  const message: JsonObject = {
    role: 'assistant',
    content: call ? null : reply.pieces.join(''),
    ...(reply.reasoning === undefined ? {} : { reasoning_content: reply.reasoning }),
    ...(call ? { tool_calls: [call] } : {}),
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
  if (!reply.tool) return said
  const { name, argumentsText } = reply.tool
  const middle = Math.ceil(argumentsText.length / 2)
  const call = { index: 0, id: 'call_sim', type: 'function', function: { name, arguments: '' } }
  const rest = [argumentsText.slice(0, middle), argumentsText.slice(middle)].map((text) => ({ tool_calls: [{ index: 0, function: { arguments: text } }] }))
  return [...said, { tool_calls: [call] }, ...rest]
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
