import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import { decodeFault } from './error.ts'
import { noteMessage, noteUsage } from './response.unread.ts'
import { readFinish } from './stop-reason.ts'
import { BlockReader } from './stream.blocks.ts'
import { decodeUsage, mergeUsage } from './usage.ts'

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
const asObject = (value: JsonValue | undefined): JsonObject => (isJsonObject(value) ? value : {})

const KNOWN_EVENT = new Set(['type', 'index', 'message', 'content_block', 'delta', 'usage', 'error'])

class MessagesDecoder implements StreamDecoder {
  readonly #losses = new AnswerLosses()
  readonly #blocks = new BlockReader(this.#losses)
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
        noteMessage(this.#losses, message)
        return [{ type: 'message-start', messageId: asText(message['id']), model: asText(message['model']) }, ...this.#note(message['usage'])]
      }
      case 'content_block_start':
        return this.#blocks.start(index, asObject(value['content_block']))
      case 'content_block_delta':
        return this.#blocks.delta(index, asObject(value['delta']))
      case 'content_block_stop':
        return this.#blocks.stop(index)
      case 'message_delta':
        this.#stop = { ...this.#stop, ...asObject(value['delta']) }
        noteMessage(this.#losses, asObject(value['delta']))
        return this.#note(value['usage'])
      case 'message_stop':
        this.#hasEnded = true
        return [...this.#blocks.end(), { type: 'message-end', finish: readFinish(this.#stop, this.#losses) }]
      case 'error':
        return [{ type: 'error', fault: decodeFault(value) }]
      default:
        return []
    }
  }

  #note(usage: JsonValue | undefined): readonly StreamPart[] {
    if (!isJsonObject(usage)) return []
    noteUsage(this.#losses, usage)
    this.#usage = mergeUsage(this.#usage, usage)
    const decoded = decodeUsage(this.#usage)
    return decoded ? [{ type: 'usage', usage: decoded }] : []
  }
}

export function createStreamDecoder(): StreamDecoder {
  return new MessagesDecoder()
}
