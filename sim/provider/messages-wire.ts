import { parseJsonText, type JsonText } from '../../src/lib/json-text.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { Reply } from './reply.ts'

export interface NamedEvent {
  readonly event: string
  readonly data: string
}

const stopOf = (reply: Reply): string => reply.finish ?? (reply.tools.length > 0 ? 'tool_use' : 'end_turn')

const callId = (id: number): string => `toolu_sim${id === 0 ? '' : id}`

const usageOf = ({ usage }: Reply): JsonObject => ({
  input_tokens: usage.input - usage.cached,
  cache_read_input_tokens: usage.cached,
  cache_creation_input_tokens: 0,
  output_tokens: usage.output,
})

function blocks(reply: Reply): readonly JsonObject[] {
  const thinking = reply.reasoning === undefined ? [] : [{ type: 'thinking', thinking: reply.reasoning, signature: 'sim-seal' }]
  if (reply.tools.length === 0) return [...thinking, { type: 'text', text: reply.pieces.join('') }]
  const calls = reply.tools.map(({ id, name, argumentsText }) => ({ type: 'tool_use', id: callId(id), name, input: parseJsonText(argumentsText as JsonText) }))
  return [...thinking, ...calls]
}

export function writeMessagesWhole(reply: Reply): string {
  return JSON.stringify({
    id: reply.id,
    type: 'message',
    role: 'assistant',
    model: reply.model,
    content: blocks(reply),
    stop_reason: stopOf(reply),
    stop_sequence: null,
    usage: usageOf(reply),
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
  const { reasoning, tools, pieces } = reply
  const thinking =
    reasoning === undefined
      ? []
      : blockEvents(0, { type: 'thinking', thinking: '', signature: '' }, [
          { type: 'thinking_delta', thinking: reasoning },
          { type: 'signature_delta', signature: 'sim-seal' },
        ])
  const index = thinking.length > 0 ? 1 : 0
  if (tools.length === 0) {
    const texts = pieces.map((text) => ({ type: 'text_delta', text }))
    return [...thinking, ...blockEvents(index, { type: 'text', text: '' }, texts)]
  }
  const calls = tools.flatMap(({ id, name, argumentsText }) => {
    const input = [{ type: 'input_json_delta', partial_json: argumentsText }]
    return blockEvents(index + id, { type: 'tool_use', id: callId(id), name, input: {} }, input)
  })
  return [...thinking, ...calls]
}

export function writeMessagesEvents(reply: Reply): readonly NamedEvent[] {
  const usage = usageOf(reply)
  const message = { id: reply.id, type: 'message', role: 'assistant', model: reply.model, content: [], stop_reason: null, stop_sequence: null }
  return [
    event('message_start', { message: { ...message, usage: { ...usage, output_tokens: 1 } } }),
    event('ping', {}),
    ...contentEvents(reply),
    event('message_delta', { delta: { stop_reason: stopOf(reply), stop_sequence: null }, usage }),
    event('message_stop', {}),
  ]
}

export function writeMessagesError(message: string, type: string): string {
  return JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_sim' })
}
