import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
import type { SseEvent } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { ResponseReader } from './read-response.ts'
import { noteEvent } from './response.unread.ts'

const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})
const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asNumber = (value: JsonValue | undefined): number => (typeof value === 'number' ? value : 0)

/** Progress of an item that tells nothing which the item at its end does not. */
const PROGRESS = /^response\.(?:queued|in_progress|output_item\.added|content_part\.|\w+\.(?:in_progress|searching|interpreting|completed|generating|compacting|failed)$|reasoning_summary_part\.done|mcp_|code_interpreter|shell_call|image_generation_call)|^keepalive$/

interface Place {
  readonly item: number
  readonly part: number
}

const READERS: Readonly<Record<string, (reader: ResponseReader, event: JsonObject, place: Place) => readonly StreamPart[]>> = {
  'response.created': (reader, { response }) => reader.start(asObject(response)),
  'response.output_item.added': (reader, { item }, place) => reader.addItem(place.item, asObject(item)),
  'response.output_text.delta': (reader, { delta }, { item, part }) => reader.text(item, part, asText(delta)),
  'response.output_text.done': (reader, { text }, { item, part }) => reader.endText(item, part, asText(text)),
  'response.refusal.delta': (reader, { delta }, { item, part }) => reader.refusal(item, part, asText(delta)),
  'response.refusal.done': (reader, { refusal }, { item, part }) => reader.endText(item, part, asText(refusal), 'refusal'),
  'response.output_text.annotation.added': (reader, event, { item, part }) => reader.annotation(item, part, asNumber(event['annotation_index']), event['annotation'] ?? null),
  'response.content_part.done': (reader, event, { item, part }) => reader.annotations(item, part, asObject(event['part'])),
  'response.reasoning_summary_text.delta': (reader, { delta }, { item, part }) => reader.thought(item, part, 'summary', asText(delta)),
  'response.reasoning_text.delta': (reader, { delta }, { item, part }) => reader.thought(item, part, 'content', asText(delta)),
  'response.function_call_arguments.delta': (reader, { delta }, { item }) => reader.argumentsText(item, asText(delta)),
  'response.custom_tool_call_input.delta': (reader, { delta }, { item }) => reader.argumentsText(item, asText(delta)),
  'response.output_item.done': (reader, event, { item }) => reader.endItem(item, asObject(event['item'])),
  'response.completed': (reader, { response }) => reader.end(asObject(response)),
  'response.incomplete': (reader, { response }) => reader.end(asObject(response)),
}

function readEvent(reader: ResponseReader, type: string, event: JsonObject): readonly StreamPart[] {
  noteEvent(reader.losses, event)
  const place = { item: asNumber(event['output_index']), part: asNumber(event['content_index'] ?? event['summary_index']) }
  const read = Object.hasOwn(READERS, type) ? READERS[type] : undefined
  if (read) return read(reader, event, place)
  if (!PROGRESS.test(type) && !type.endsWith('.done') && !type.endsWith('part.added')) reader.losses.dropped(`/events/${type}`, 'it has no place in a translated answer')
  return []
}

/** Undefined for an event that tells of no failure. */
function readFailure(type: string, event: JsonObject): StreamPart | undefined {
  if (type === 'response.failed' || type === 'response.cancelled') {
    const { error } = asObject(event['response'])
    return { type: 'error', fault: decodeFault(error ?? { message: `The response ended as ${type.slice('response.'.length)}.`, type: 'server_error' }) }
  }
  return type === 'error' || isJsonObject(event['error']) ? { type: 'error', fault: decodeFault(event['error'] ?? event) } : undefined
}

class ResponseStreamDecoder implements StreamDecoder {
  readonly #reader = new ResponseReader()

  get losses(): StreamDecoder['losses'] {
    return this.#reader.losses.list
  }

  push({ data, event }: SseEvent): readonly StreamPart[] {
    const text = data.trim()
    if (this.#reader.hasEnded || text === '' || text.startsWith(':') || text === '[DONE]') return []
    const value = parseEvent(text)
    const type = asText(value['type']) || (event ?? '')
    const failure = readFailure(type, value)
    return failure ? [failure] : readEvent(this.#reader, type, value)
  }

  /** Only its last event says that an answer is complete. */
  end(): readonly StreamPart[] {
    return []
  }
}

export const createStreamDecoder = (): StreamDecoder => new ResponseStreamDecoder()

function parseEvent(data: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch (cause) {
    throw new GatewayError('upstream_protocol', 'The provider sent an event that is not valid JSON.', { cause })
  }
  if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider sent an event that is no JSON object.')
  return value
}
