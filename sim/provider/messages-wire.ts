import { parseJsonText, type JsonText } from '../../src/lib/json-text.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { errorTerms, toldToFail } from './error-terms.ts'
import type { Reply } from './reply.ts'
import { writeSseFrame } from './sse-frame.ts'
import type { Wire, Writing } from './wire.ts'
import { writeCount } from './write-count.ts'

interface NamedEvent {
  readonly event: string
  readonly data: string
}

function stopOf({ finish, tools, refusal }: Reply): string {
  if (finish !== undefined) return finish
  if (refusal !== undefined) return 'refusal'
  return tools.length > 0 ? 'tool_use' : 'end_turn'
}

const stopDetails = ({ refusal }: Reply): JsonObject =>
  refusal === undefined ? {} : { stop_details: { type: 'refusal', category: null, explanation: refusal } }

const callId = (id: number): string => `toolu_sim${id === 0 ? '' : id}`

const usageOf = ({ reply: { usage }, script }: Writing): JsonObject => ({
  input_tokens: writeCount(usage.input - usage.cached, script.usage),
  cache_read_input_tokens: usage.cached,
  cache_creation_input_tokens: 0,
  output_tokens: writeCount(usage.output, script.usage),
  ...(usage.reasoning > 0 ? { output_tokens_details: { thinking_tokens: usage.reasoning } } : {}),
})

const usageMember = (writing: Writing, usage: JsonObject): JsonObject => (writing.script.usage === 'none' ? {} : { usage })

function blocks(reply: Reply): readonly JsonObject[] {
  const thinking = reply.reasoning === undefined ? [] : [{ type: 'thinking', thinking: reply.reasoning, signature: reply.seal }]
  if (reply.refusal !== undefined) return thinking
  if (reply.tools.length === 0) return [...thinking, { type: 'text', text: reply.pieces.join('') }]
  const calls = reply.tools.map(({ call, name, argumentsText }) => ({ type: 'tool_use', id: callId(call), name, input: parseJsonText(argumentsText as JsonText) }))
  return [...thinking, ...calls]
}

function writeWhole(writing: Writing): string {
  const { reply } = writing
  return JSON.stringify({
    id: reply.id,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: blocks(reply),
    stop_reason: stopOf(reply),
    stop_sequence: null,
    ...stopDetails(reply),
    ...usageMember(writing, usageOf(writing)),
  })
}

const event = (type: string, fields: JsonObject): NamedEvent => ({ event: type, data: JSON.stringify({ type, ...fields }) })

function blockEvents(index: number, start: JsonObject, deltas: readonly JsonObject[]): readonly NamedEvent[] {
  return [
    event('content_block_start', { index, content_block: start }),
    ...deltas.map((delta) => event('content_block_delta', { index, delta })),
    event('content_block_stop', { index }),
  ]
}

function contentEvents(reply: Reply): readonly NamedEvent[] {
  const { reasoning, tools, pieces, seal, refusal } = reply
  const thinking =
    reasoning === undefined
      ? []
      : blockEvents(0, { type: 'thinking', thinking: '', signature: '' }, [
          { type: 'thinking_delta', thinking: reasoning },
          { type: 'signature_delta', signature: seal },
        ])
  if (refusal !== undefined) return thinking
  const index = thinking.length > 0 ? 1 : 0
  if (tools.length === 0) {
    const texts = pieces.map((text) => ({ type: 'text_delta', text }))
    return [...thinking, ...blockEvents(index, { type: 'text', text: '' }, texts)]
  }
  const calls = tools.flatMap(({ id, call, name, argumentsText }) => {
    const input = [{ type: 'input_json_delta', partial_json: argumentsText }]
    return blockEvents(index + id, { type: 'tool_use', id: callId(call), name, input: {} }, input)
  })
  return [...thinking, ...calls]
}

function writeEvents(writing: Writing): readonly NamedEvent[] {
  const { reply, script } = writing
  const usage = usageOf(writing)
  const message = { id: reply.id, type: 'message', role: 'assistant', model: reply.model, content: [], stop_reason: null, stop_sequence: null }
  return [
    event('message_start', { message: { ...message, ...usageMember(writing, { ...usage, output_tokens: 1 }) } }),
    event('ping', {}),
    ...contentEvents(reply),
    event('message_delta', { delta: { stop_reason: stopOf(reply), stop_sequence: null, ...stopDetails(reply) }, ...usageMember(writing, usage) }),
    ...(script.terminator === 'none' ? [] : [event('message_stop', {})]),
  ]
}

const writeError = (status: number, message: string = toldToFail(status)): string =>
  JSON.stringify({ type: 'error', error: { type: errorTerms(status).anthropic, message }, request_id: 'req_sim' })

export const messagesWire: Wire = {
  streamType: () => 'text/event-stream',
  whole: writeWhole,
  events: (writing) => writeEvents(writing).map(({ data, event: name }) => writeSseFrame(data, name, writing.script)),
  error: (status, _script, message) => writeError(status, message),
  errorEvent: ({ script }) => writeSseFrame(script.body ?? writeError(529), 'error', script),
  brokenEvent: 'event: content_block_delta\ndata: {"type":"content_block_delta","delta"\n\n',
}
