import { isJsonObject, type JsonObject, type JsonValue } from '../../src/lib/json.ts'
import { errorTerms, toldToFail } from './error-terms.ts'
import type { Reply } from './reply.ts'
import type { Script } from './script.ts'
import { writeSseFrame } from './sse-frame.ts'
import type { Wire, Writing } from './wire.ts'
import { writeCount } from './write-count.ts'

const CREATED = 1_760_000_000

function usageOf({ usage }: Reply, style: Script['usage'], share = 1): JsonObject {
  const write = (count: number): JsonValue => writeCount(Math.floor(count * share), style)
  return {
    prompt_tokens: write(usage.input),
    completion_tokens: write(usage.output),
    total_tokens: write(usage.input + usage.output),
    prompt_tokens_details: { cached_tokens: usage.cached },
    ...(usage.reasoning > 0 ? { completion_tokens_details: { reasoning_tokens: usage.reasoning } } : {}),
  }
}

function finishOf({ finish, tools, refusal }: Reply): string {
  if (finish !== undefined) return finish
  if (refusal !== undefined) return 'content_filter'
  return tools.length > 0 ? 'tool_calls' : 'stop'
}

/** The first call's id has no number. */
const callId = (id: number): string => `call_sim${id === 0 ? '' : id}`

function writeWhole({ reply, script }: Writing): string {
  const calls = reply.tools.map(({ call, name, argumentsText }) => ({ id: callId(call), type: 'function', function: { name, arguments: argumentsText } }))
  const message: JsonObject = {
    role: 'assistant',
    content: calls.length > 0 || reply.refusal !== undefined ? null : reply.pieces.join(''),
    ...(reply.refusal === undefined ? {} : { refusal: reply.refusal }),
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
  if (reply.refusal !== undefined) said.push({ refusal: reply.refusal })
  said.push(...reply.pieces.map((content) => ({ content })))
  const begin = reply.tools.map(({ id, call, name }) => ({ tool_calls: [{ index: id, id: callId(call), type: 'function', function: { name, arguments: '' } }] }))
  const half = (part: 0 | 1): readonly JsonObject[] =>
    reply.tools.map(({ id, argumentsText }) => {
      const middle = Math.ceil(argumentsText.length / 2)
      return { tool_calls: [{ index: id, function: { arguments: part === 0 ? argumentsText.slice(0, middle) : argumentsText.slice(middle) } }] }
    })
  return [...said, ...begin, ...half(0), ...half(1)]
}

/** The `data` of each event, `[DONE]` included. */
function writeEvents({ reply, script, request }: Writing): readonly string[] {
  const options = request['stream_options']
  const withUsage = isJsonObject(options) && options['include_usage'] === true && script.usage !== 'none'
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

/** The error body of the OpenAI family. */
export function writeOpenaiError(status: number, message: string = toldToFail(status)): string {
  const { type, code } = errorTerms(status)
  return JSON.stringify({ error: { message, type, param: null, code } })
}

export const chatWire: Wire = {
  streamType: () => 'text/event-stream',
  whole: writeWhole,
  events: (writing) => writeEvents(writing).map((data) => writeSseFrame(data, undefined, writing.script)),
  error: (status, _script, message) => writeOpenaiError(status, message),
  errorEvent: ({ script }) => writeSseFrame(script.body ?? writeOpenaiError(529), undefined, script),
  brokenEvent: 'data: {"choices":[{"delta"\n\n',
}
