import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
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

class MessagesDecoder implements StreamDecoder {
  #usage: JsonObject | undefined
  #stop: JsonObject = {}
  #hasEnded = false

  push({ data, event }: { readonly data: string; readonly event: string | undefined }): readonly StreamPart[] {
    const text = data.trim()
    if (this.#hasEnded || text === '' || text.startsWith(':') || text === '[DONE]') return []
    let value: unknown
    try {
      value = JSON.parse(data)
    } catch (cause) {
      throw new GatewayError('upstream_protocol', 'The provider sent an event that is not valid JSON.', { cause })
    }
    if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider sent an event that is no JSON object.')
    return this.#read(typeof value['type'] === 'string' ? value['type'] : (event ?? ''), value)
  }

  /** Without its last event a message is not complete. */
  end(): readonly StreamPart[] {
    return []
  }

  #read(type: string, value: JsonObject): readonly StreamPart[] {
    const index = typeof value['index'] === 'number' ? value['index'] : 0
    switch (type) {
      case 'message_start': {
        const message = asObject(value['message'])
        return [{ type: 'message-start', messageId: asText(message['id']), model: asText(message['model']) }, ...this.#note(message['usage'])]
      }
      case 'content_block_start':
        return startBlock(index, asObject(value['content_block']))
      case 'content_block_delta':
        return readDelta(index, asObject(value['delta']))
      case 'content_block_stop':
        return [{ type: 'block-end', index }]
      case 'message_delta':
        this.#stop = { ...this.#stop, ...asObject(value['delta']) }
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
    this.#usage = mergeUsage(this.#usage, usage)
    const decoded = decodeUsage(this.#usage)
    return decoded ? [{ type: 'usage', usage: decoded }] : []
  }
}

export function createStreamDecoder(): StreamDecoder {
  return new MessagesDecoder()
}
