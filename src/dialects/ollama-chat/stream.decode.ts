import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import { fitId } from '../canonical/fit-id.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import type { SseEvent } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { THINKING_FIELD } from './request.encode-messages.ts'
import { decodeFinish } from './stop-reason.ts'
import { decodeUsage } from './usage.ts'

const MAX_CALL_ID = 40

const KNOWN = new Set([
  'model', 'created_at', 'message', 'done', 'done_reason', 'prompt_eval_count', 'eval_count',
  'total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration',
])
const KNOWN_MESSAGE = new Set(['role', 'content', 'thinking', 'tool_calls'])
const KNOWN_CALL = new Set(['id', 'type', 'index', 'function'])
const KNOWN_FUNCTION = new Set(['index', 'name', 'arguments'])

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** Turns what a model said, line by line or at once, into parts; the one mapping for streamed and for whole answers. */
export class OllamaReader {
  readonly losses = new AnswerLosses()
  #next = 0
  #calls = 0
  #stamp = ''
  #isStarted = false
  #open: { readonly type: 'text' | 'reasoning'; readonly index: number } | undefined

  /** `source` is a line or a whole answer; with `done` it is the last. */
  read(source: JsonObject): readonly StreamPart[] {
    this.losses.unread(source, KNOWN, '')
    const parts: StreamPart[] = [...this.#start(source)]
    const { message } = source
    if (isJsonObject(message)) parts.push(...this.#message(message))
    const usage = decodeUsage(source)
    if (usage) parts.push({ type: 'usage', usage })
    return source['done'] === true ? [...parts, ...this.#end({ ...decodeFinish(asText(source['done_reason']) || undefined, this.#calls > 0), path: '/done_reason' })] : parts
  }

  #end(finish: FinishReason): readonly StreamPart[] {
    return [...this.#close(), { type: 'message-end', finish }]
  }

  /** Answers have no ids; their time is as good. */
  #start(source: JsonObject): readonly StreamPart[] {
    if (this.#isStarted) return []
    this.#isStarted = true
    this.#stamp = asText(source['created_at']).replaceAll(/\D/g, '')
    const createdAt = Math.floor(Date.parse(asText(source['created_at'])) / 1000)
    return [{ type: 'message-start', messageId: `ollama-${this.#stamp}`, model: asText(source['model']), ...(Number.isFinite(createdAt) ? { createdAt } : {}) }]
  }

  #message(message: JsonObject): readonly StreamPart[] {
    this.losses.unread(message, KNOWN_MESSAGE, '/message')
    const thinking = asText(message['thinking'])
    const content = asText(message['content'])
    const calls = Array.isArray(message['tool_calls']) ? message['tool_calls'] : []
    return [
      ...(thinking === '' ? [] : this.#say('reasoning', thinking)),
      ...(content === '' ? [] : this.#say('text', content)),
      ...calls.filter(isJsonObject).flatMap((call) => this.#call(call)),
    ]
  }

  #say(type: 'text' | 'reasoning', text: string): readonly StreamPart[] {
    const parts: StreamPart[] = []
    if (this.#open?.type !== type) {
      parts.push(...this.#close())
      this.#open = { type, index: this.#next++ }
      parts.push({ type: `${type}-start`, index: this.#open.index })
    }
    return [...parts, { type: `${type}-delta`, index: this.#open.index, text }]
  }

  /** A thought is sealed by its field: it goes back there, to this model. */
  #close(): readonly StreamPart[] {
    const open = this.#open
    this.#open = undefined
    if (!open) return []
    const seal: readonly StreamPart[] = open.type === 'reasoning' ? [{ type: 'reasoning-seal', index: open.index, seal: THINKING_FIELD }] : []
    return [...seal, { type: 'block-end', index: open.index }]
  }

  #call(call: JsonObject): readonly StreamPart[] {
    const target = isJsonObject(call['function']) ? call['function'] : {}
    const path = `/message/tool_calls/${this.#calls}`
    this.losses.unread(call, KNOWN_CALL, path)
    this.losses.unread(target, KNOWN_FUNCTION, `${path}/function`)
    const before = this.#close()
    const index = this.#next++
    const name = asText(target['name'])
    const { arguments: value } = target
    const argumentsText = typeof value === 'string' ? value : JSON.stringify(value ?? {})
    const number = this.#calls++
    const callId = asText(call['id']) || fitId(`call_${number}_${this.#stamp === '' ? `${name}${argumentsText}` : this.#stamp}`, MAX_CALL_ID)
    return [...before, { type: 'tool-call-start', index, callId, name, path }, { type: 'tool-call-delta', index, argumentsText }, { type: 'block-end', index }]
  }
}

class OllamaDecoder implements StreamDecoder {
  readonly #reader = new OllamaReader()
  #hasEnded = false

  get losses(): readonly Loss[] {
    return this.#reader.losses.list
  }

  push({ data }: SseEvent): readonly StreamPart[] {
    if (this.#hasEnded || data.trim() === '') return []
    let value: unknown
    try {
      value = parseExact(data)
    } catch (cause) {
      throw new GatewayError('upstream_protocol', 'The provider sent a line that is not valid JSON.', { cause })
    }
    if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider sent a line that is no JSON object.')
    if (value['error'] !== undefined && value['error'] !== null) return [{ type: 'error', fault: decodeFault(value['error']) }]
    this.#hasEnded = value['done'] === true
    return this.#reader.read(value)
  }

  /** Without its last line an answer is not complete. */
  end(): readonly StreamPart[] {
    return []
  }
}

export function createStreamDecoder(): StreamDecoder {
  return new OllamaDecoder()
}
