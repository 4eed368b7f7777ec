import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { decodeFault } from './error.ts'
import { decodeFinish } from './stop-reason.ts'
import { decodeUsage, mergeUsage } from './usage.ts'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

/** The parts that begin a block: with its content where it comes whole, without where deltas follow. */
export function startBlock(index: number, block: JsonObject): readonly StreamPart[] {
  switch (block['type']) {
    case 'text':
      return [{ type: 'text-start', index }, ...(asText(block['text']) === '' ? [] : [{ type: 'text-delta' as const, index, text: asText(block['text']) }])]
    case 'thinking': {
      const text = asText(block['thinking'])
      const seal = asText(block['signature'])
      return [
        { type: 'reasoning-start', index },
        ...(text === '' ? [] : [{ type: 'reasoning-delta' as const, index, text }]),
        ...(seal === '' ? [] : [{ type: 'reasoning-seal' as const, index, seal }]),
      ]
    }
    case 'redacted_thinking':
      return [{ type: 'reasoning-start', index, isRedacted: true }, { type: 'reasoning-seal', index, seal: asText(block['data']) }]
    case 'tool_use': {
      const { input } = block
      const isWhole = isJsonObject(input) && Object.keys(input).length > 0
      return [
        { type: 'tool-call-start', index, callId: asText(block['id']), name: asText(block['name']) },
        ...(isWhole ? [{ type: 'tool-call-delta' as const, index, argumentsText: JSON.stringify(input) }] : []),
      ]
    }
    default:
      return [{ type: 'native', value: block }]
  }
}

function readDelta(index: number, delta: JsonObject): readonly StreamPart[] {
  switch (delta['type']) {
    case 'text_delta':
      return [{ type: 'text-delta', index, text: asText(delta['text']) }]
    case 'thinking_delta':
      return [{ type: 'reasoning-delta', index, text: asText(delta['thinking']) }]
    case 'signature_delta':
      return asText(delta['signature']) === '' ? [] : [{ type: 'reasoning-seal', index, seal: asText(delta['signature']) }]
    case 'input_json_delta':
      return [{ type: 'tool-call-delta', index, argumentsText: asText(delta['partial_json']) }]
    default:
      return [{ type: 'native', value: delta }]
  }
}

const KNOWN_EVENT = new Set(['type', 'index', 'message', 'content_block', 'delta', 'usage', 'error'])
const KNOWN_MESSAGE = new Set(['id', 'type', 'role', 'model', 'content', 'stop_reason', 'stop_sequence', 'usage'])
const KNOWN_USAGE = new Set(['input_tokens', 'output_tokens', 'cache_read_input_tokens', 'cache_creation_input_tokens', 'cache_creation', 'output_tokens_details'])
const KNOWN_MEMBERS: Readonly<Record<string, ReadonlySet<string>>> = {
  text: new Set(['type', 'text']),
  thinking: new Set(['type', 'thinking', 'signature']),
  redacted_thinking: new Set(['type', 'data']),
  tool_use: new Set(['type', 'id', 'name', 'input']),
  text_delta: new Set(['type', 'text']),
  thinking_delta: new Set(['type', 'thinking']),
  signature_delta: new Set(['type', 'signature']),
  input_json_delta: new Set(['type', 'partial_json']),
}

/** Names what a message, its usage, a block or a delta has beyond what is read of it. */
export function noteUnread(losses: AnswerLosses, value: JsonObject, path: string): void {
  if (path === '') losses.unread(value, KNOWN_MESSAGE, path)
  else if (path === '/usage') losses.unread(value, KNOWN_USAGE, path)
  else {
    const known = KNOWN_MEMBERS[asText(value['type'])]
    if (known) losses.unread(value, known, `${path}/${asText(value['type'])}`)
  }
}

class MessagesDecoder implements StreamDecoder {
  readonly #losses = new AnswerLosses()
  #usage: JsonObject | undefined
  #stop: JsonObject = {}
  #hasEnded = false

  push({ data, event }: { readonly data: string; readonly event: string | undefined }): readonly StreamPart[] {
    const text = data.trim()
    if (this.#hasEnded || text === '' || text.startsWith(':') || text === '[DONE]') return []
    let value: unknown
    try {
      value = parseExact(data)
    } catch (cause) {
      throw new GatewayError('upstream_protocol', 'The provider sent an event that is not valid JSON.', { cause })
    }
    if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider sent an event that is no JSON object.')
    return this.#read(typeof value['type'] === 'string' ? value['type'] : (event ?? ''), value)
  }

  get losses(): readonly Loss[] {
    return this.#losses.list
  }

  /** Without its last event a message is not complete. */
  end(): readonly StreamPart[] {
    return []
  }

  #read(type: string, value: JsonObject): readonly StreamPart[] {
    this.#losses.unread(value, KNOWN_EVENT, '')
    const index = typeof value['index'] === 'number' ? value['index'] : 0
    switch (type) {
      case 'message_start': {
        const message = asObject(value['message'])
        noteUnread(this.#losses, message, '')
        return [{ type: 'message-start', messageId: asText(message['id']), model: asText(message['model']) }, ...this.#note(message['usage'])]
      }
      case 'content_block_start':
        noteUnread(this.#losses, asObject(value['content_block']), '/content')
        return startBlock(index, asObject(value['content_block']))
      case 'content_block_delta':
        noteUnread(this.#losses, asObject(value['delta']), '/content')
        return readDelta(index, asObject(value['delta']))
      case 'content_block_stop':
        return [{ type: 'block-end', index }]
      case 'message_delta':
        this.#stop = { ...this.#stop, ...asObject(value['delta']) }
        noteUnread(this.#losses, asObject(value['delta']), '')
        return this.#note(value['usage'])
      case 'message_stop':
        this.#hasEnded = true
        return [{ type: 'message-end', finish: decodeFinish(asText(this.#stop['stop_reason']), asText(this.#stop['stop_sequence']) || undefined) }]
      case 'error':
        return [{ type: 'error', fault: decodeFault(value) }]
      default:
        return []
    }
  }

  #note(usage: JsonValue | undefined): readonly StreamPart[] {
    if (!isJsonObject(usage)) return []
    noteUnread(this.#losses, usage, '/usage')
    this.#usage = mergeUsage(this.#usage, usage)
    const decoded = decodeUsage(this.#usage)
    return decoded ? [{ type: 'usage', usage: decoded }] : []
  }
}

export function createStreamDecoder(): StreamDecoder {
  return new MessagesDecoder()
}
