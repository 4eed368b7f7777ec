import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
import type { SseEvent } from '../sse/index.ts'
import { readAnnotation, type SaidText } from './annotations.ts'
import { decodeFault } from './error.ts'
import { findReasoning, writeReplay } from './reasoning.ts'
import { noteUnread } from './response.unread.ts'
import { decodeFinish } from './stop-reason.ts'
import { CallAssembler } from './stream.calls.ts'
import { decodeUsage } from './usage.ts'

const asText = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

/** Content as a string, or with some servers as parts. */
function contentText(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value
  if (!Array.isArray(value)) return ''
  return value.map((part: JsonValue) => (isJsonObject(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('')
}

/** Turns what a model said, in deltas or at once, into parts; the one mapping for streamed and for whole answers. */
export class ChatReader {
  readonly losses = new AnswerLosses()
  #nextIndex = 0
  #id = ''
  #isStarted = false
  #hasRefusal = false
  #open: { readonly type: 'text' | 'refusal' | 'reasoning'; readonly index: number } | undefined
  readonly #texts: SaidText[] = []
  #annotations = 0
  #reasoningField: string | undefined
  #details: JsonObject[] = []
  #finish: { readonly raw: string; readonly matched: string | undefined; readonly matchedBy: string } | undefined
  readonly #calls = new CallAssembler(
    () => this.#nextIndex++,
    () => this.#id,
  )

  get isFinished(): boolean {
    return this.#finish !== undefined
  }

  /** `source` is a chunk or a completion. */
  read(source: JsonObject): readonly StreamPart[] {
    const parts: StreamPart[] = [...this.#start(source)]
    noteUnread(this.losses, source)
    const choices = Array.isArray(source['choices']) ? source['choices'] : []
    const choice = choices.find((candidate: JsonValue) => isJsonObject(candidate) && (candidate['index'] ?? 0) === 0) as JsonObject | undefined
    if (choice) parts.push(...this.#choice(choice))
    const usage = decodeUsage(source['usage'])
    if (usage) parts.push({ type: 'usage', usage })
    return parts
  }

  /** The end of the answer. A half tool call is ended only by a finish that the model itself reported. */
  end(): readonly StreamPart[] {
    const { raw, matched, matchedBy = 'stop_reason' } = this.#finish ?? { raw: undefined, matched: undefined }
    const calls = this.#calls.end()
    const finish = decodeFinish(raw, { hasToolCalls: this.#calls.count > 0, hasRefusal: this.#hasRefusal, matched })
    return [...this.#close(), ...calls, { type: 'message-end', finish: { ...finish, path: '/choices/0/finish_reason', sequencePath: `/choices/0/${matchedBy}` } }]
  }

  #start(source: JsonObject): readonly StreamPart[] {
    if (this.#isStarted) return []
    this.#isStarted = true
    this.#id = asText(source['id']) ?? ''
    const { created } = source
    return [{ type: 'message-start', messageId: this.#id, model: asText(source['model']) ?? '', ...(typeof created === 'number' ? { createdAt: created } : {}) }]
  }

  #choice(choice: JsonObject): readonly StreamPart[] {
    const delta = choice['delta'] ?? choice['message']
    const parts = isJsonObject(delta) ? this.#delta(delta) : []
    const raw = asText(choice['finish_reason'])
    // Only the first counts: a late `stop` must not take a tool call back.
    const matchedBy = asText(choice['stop_reason']) === undefined ? 'matched_stop' : 'stop_reason'
    if (raw !== undefined) this.#finish ??= { raw, matched: asText(choice[matchedBy]), matchedBy }
    return parts
  }

  #delta(delta: JsonObject): readonly StreamPart[] {
    const parts: StreamPart[] = []
    const reasoning = findReasoning(delta)
    this.#details.push(...(reasoning?.details ?? []))
    // Details that repeat what another field has said are no second thought.
    const isRepeated = reasoning?.field === 'reasoning_details' && this.#reasoningField !== undefined && this.#reasoningField !== reasoning.field
    if (reasoning && !isRepeated) {
      this.#reasoningField = reasoning.field
      parts.push(...this.#say('reasoning', reasoning.text))
    }
    const refusal = asText(delta['refusal']) ?? ''
    const text = contentText(delta['content'])
    if (text !== '') parts.push(...this.#say('text', text))
    if (refusal !== '') {
      this.#hasRefusal = true
      parts.push(...this.#say('refusal', refusal))
    }
    parts.push(...this.#cite(delta['annotations']))
    const legacy = delta['function_call']
    const fragments: readonly JsonValue[] = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : isJsonObject(legacy) ? [{ index: 0, function: legacy }] : []
    for (const fragment of fragments) {
      if (!isJsonObject(fragment)) continue
      parts.push(...this.#close(), ...this.#calls.push(fragment))
    }
    return parts
  }

  #say(type: 'text' | 'refusal' | 'reasoning', text: string): readonly StreamPart[] {
    const parts: StreamPart[] = []
    if (this.#open?.type !== type) {
      parts.push(...this.#close())
      this.#open = { type, index: this.#nextIndex++ }
      parts.push(this.#begin(type, this.#open.index))
    }
    const said = this.#texts.at(-1)
    if (type === 'text' && said) said.length += text.length
    const { index } = this.#open
    return text === '' ? parts : [...parts, { type: type === 'reasoning' ? 'reasoning-delta' : 'text-delta', index, text }]
  }

  #begin(type: 'text' | 'refusal' | 'reasoning', index: number): StreamPart {
    if (type === 'reasoning') return { type: 'reasoning-start', index }
    if (type === 'refusal') return { type: 'text-start', index, isRefusal: true }
    const before = this.#texts.at(-1)
    this.#texts.push({ index, start: before ? before.start + before.length : 0, length: 0 })
    return { type: 'text-start', index }
  }

  #cite(annotations: JsonValue | undefined): readonly StreamPart[] {
    const list: readonly JsonValue[] = Array.isArray(annotations) ? annotations : []
    return list.flatMap((annotation): readonly StreamPart[] => {
      const read = readAnnotation(annotation, `/choices/0/message/annotations/${this.#annotations++}`, this.#texts, this.losses)
      return read ? [{ type: 'citation', ...read }] : []
    })
  }

  /** Where a thought was said is what must be known to say it back; it is the seal of a dialect that has none. */
  #close(): readonly StreamPart[] {
    const open = this.#open
    if (!open) return []
    this.#open = undefined
    const isThought = open.type === 'reasoning' && this.#reasoningField !== undefined
    const seal = isThought ? [{ type: 'reasoning-seal' as const, index: open.index, seal: writeReplay(this.#reasoningField ?? '', this.#details) }] : []
    if (isThought) this.#details = []
    return [...seal, { type: 'block-end', index: open.index }]
  }
}

class ChatStreamDecoder implements StreamDecoder {
  readonly #reader = new ChatReader()
  #hasEnded = false

  get losses(): StreamDecoder['losses'] {
    return this.#reader.losses.list
  }

  push({ data, event }: SseEvent): readonly StreamPart[] {
    const text = data.trim()
    if (this.#hasEnded || text === '' || text.startsWith(':')) return []
    if (text === '[DONE]') return this.#finish()
    const chunk = parseEvent(data)
    const { error } = chunk
    if (error !== undefined && error !== null) return [{ type: 'error', fault: decodeFault(error) }]
    if (event === 'error') return [{ type: 'error', fault: decodeFault(chunk) }]
    const choices = Array.isArray(chunk['choices']) ? chunk['choices'] : []
    if (choices.some((choice: JsonValue) => isJsonObject(choice) && choice['finish_reason'] === 'error')) {
      return [{ type: 'error', fault: decodeFault({ message: 'The model stopped with an error.', type: 'server_error' }) }]
    }
    return this.#reader.read(chunk)
  }

  end(): readonly StreamPart[] {
    return this.#reader.isFinished ? this.#finish() : []
  }

  #finish(): readonly StreamPart[] {
    if (this.#hasEnded) return []
    this.#hasEnded = true
    return this.#reader.end()
  }
}

export const createStreamDecoder = (): StreamDecoder => new ChatStreamDecoder()

function parseEvent(data: SseEvent['data']): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch (cause) {
    throw new GatewayError('upstream_protocol', 'The provider sent an event that is not valid JSON.', { cause })
  }
  if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider sent an event that is no JSON object.')
  return value
}
