import type { Usage } from '../../domain/usage.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { EventVerdict, StreamWatch } from '../codec.ts'
import { readSseFrame } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { decodeUsage } from './usage.ts'

/** Members that mean something to the exchange; inside a text their quotes would be escaped. */
const MARKS = ['"finishReason"', '"error"', '"blockReason"'].map((mark) => Buffer.from(mark))
const USAGE = Buffer.from('"usageMetadata"')

const toBuffer = (bytes: Uint8Array): Buffer => (Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))

const hasParts = ({ content }: JsonObject): boolean => isJsonObject(content) && Array.isArray(content['parts']) && content['parts'].length > 0

/** Every event tells usage, and only the last counts: it is parsed when it is asked for. */
class GeminiStreamWatch implements StreamWatch {
  #last: Buffer | undefined
  #usage: Usage | undefined
  #isFirst = true

  get usage(): Usage | undefined {
    const frame = this.#last
    this.#last = undefined
    if (frame) this.#note(parse(frame, false))
    return this.#usage
  }

  inspect(bytes: Uint8Array, thorough: boolean): EventVerdict {
    const frame = toBuffer(bytes)
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (!thorough && !MARKS.some((mark) => frame.includes(mark))) {
      if (frame.includes(USAGE)) this.#last = Buffer.from(frame)
      return { kind: 'preamble' }
    }
    const value = parse(frame, isFirst)
    if (value === undefined || value === 'malformed') return { kind: value ?? 'empty' }
    this.#last = undefined
    this.#note(value)
    return judge(value)
  }

  #note(value: JsonObject | 'malformed' | undefined): void {
    if (isJsonObject(value)) this.#usage = decodeUsage(value['usageMetadata']) ?? this.#usage
  }
}

function parse(frame: Buffer, isFirst: boolean): JsonObject | 'malformed' | undefined {
  const event = readSseFrame(frame, isFirst)
  if (event === undefined || event.data.trim() === '' || event.data.startsWith(':') || event.data.trim() === '[DONE]') return undefined
  try {
    const value: unknown = JSON.parse(event.data)
    return isJsonObject(value) ? value : 'malformed'
  } catch {
    return 'malformed'
  }
}

function judge(value: JsonObject): EventVerdict {
  const { error, promptFeedback } = value
  if (error !== undefined && error !== null) return { kind: 'fault', fault: decodeFault(error) }
  if (isJsonObject(promptFeedback) && typeof promptFeedback['blockReason'] === 'string') return { kind: 'finish', choices: Number.POSITIVE_INFINITY }
  const candidates: readonly JsonValue[] = Array.isArray(value['candidates']) ? value['candidates'] : []
  const known = candidates.filter(isJsonObject)
  const choices = known.filter(({ finishReason }) => typeof finishReason === 'string' && finishReason !== '').length
  if (choices > 0) return { kind: 'finish', choices }
  return { kind: known.some(hasParts) ? 'content' : 'preamble' }
}

export function createStreamWatch(): StreamWatch {
  return new GeminiStreamWatch()
}
