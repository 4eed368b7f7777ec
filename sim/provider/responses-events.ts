import type { JsonObject } from '../../src/lib/json.ts'
import { finalState, outputItems, responseBody } from './responses-body.ts'
import type { Writing } from './wire.ts'

/** An event before it has its number. */
interface Unnumbered extends JsonObject {
  readonly type: string
}

const halves = (text: string): readonly string[] => {
  const middle = Math.ceil(text.length / 2)
  return [text.slice(0, middle), text.slice(middle)].filter((half) => half !== '')
}

function reasoningEvents(item: JsonObject, place: JsonObject, text: string): readonly Unnumbered[] {
  const at = { ...place, item_id: item['id'], summary_index: 0 }
  return [
    { type: 'response.output_item.added', ...place, item: { ...item, summary: [] } },
    { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } },
    ...halves(text).map((delta) => ({ type: 'response.reasoning_summary_text.delta', ...at, delta })),
    { type: 'response.reasoning_summary_text.done', ...at, text },
    { type: 'response.reasoning_summary_part.done', ...at, part: { type: 'summary_text', text } },
  ]
}

function callEvents(item: JsonObject, place: JsonObject, field: 'arguments' | 'input'): readonly Unnumbered[] {
  const at = { ...place, item_id: item['id'] }
  const text = item[field] as string
  const prefix = field === 'input' ? 'response.custom_tool_call_input' : 'response.function_call_arguments'
  const name = field === 'input' ? {} : { name: item['name'] }
  return [
    { type: 'response.output_item.added', ...place, item: { ...item, [field]: '', status: 'in_progress' } },
    ...halves(text).map((delta) => ({ type: `${prefix}.delta`, ...at, delta })),
    { type: `${prefix}.done`, ...at, ...name, [field]: text },
  ]
}

function messageEvents(item: JsonObject, place: JsonObject, { reply }: Writing): readonly Unnumbered[] {
  const at = { ...place, item_id: item['id'], content_index: 0 }
  const [part] = item['content'] as readonly [JsonObject]
  const isRefusal = reply.refusal !== undefined
  const deltas = isRefusal
    ? halves(reply.refusal).map((delta) => ({ type: 'response.refusal.delta', ...at, delta }))
    : reply.pieces.map((delta) => ({ type: 'response.output_text.delta', ...at, delta, logprobs: [] }))
  const done = isRefusal
    ? { type: 'response.refusal.done', ...at, refusal: reply.refusal }
    : { type: 'response.output_text.done', ...at, text: reply.pieces.join(''), logprobs: [] }
  return [
    { type: 'response.output_item.added', ...place, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: isRefusal ? { type: 'refusal', refusal: '' } : { ...part, text: '' } },
    ...deltas,
    done,
    { type: 'response.content_part.done', ...at, part },
  ]
}

function itemEvents(item: JsonObject, index: number, writing: Writing): readonly Unnumbered[] {
  const place = { output_index: index }
  const inside = (): readonly Unnumbered[] => {
    if (item['type'] === 'reasoning') return reasoningEvents(item, place, writing.reply.reasoning ?? '')
    if (item['type'] === 'message') return messageEvents(item, place, writing)
    return callEvents(item, place, item['type'] === 'custom_tool_call' ? 'input' : 'arguments')
  }
  return [...inside(), { type: 'response.output_item.done', ...place, item }]
}

/** Every event of a streamed response, numbered from 0; the last one carries the whole of it. */
export function responsesEvents(writing: Writing): readonly Unnumbered[] {
  const state = finalState(writing.reply)
  const isBackground = writing.request['background'] === true
  const events: readonly Unnumbered[] = [
    { type: 'response.created', response: responseBody(writing, isBackground ? 'queued' : 'in_progress') },
    ...(isBackground ? [{ type: 'response.queued', response: responseBody(writing, 'queued') }] : []),
    { type: 'response.in_progress', response: responseBody(writing, 'in_progress') },
    ...outputItems(writing).flatMap((item, index) => itemEvents(item, index, writing)),
    ...(writing.script.terminator === 'none' ? [] : [{ type: `response.${state}`, response: responseBody(writing, state) }]),
  ]
  return events.map(({ type, ...rest }, index) => ({ type, sequence_number: index, ...rest }))
}
