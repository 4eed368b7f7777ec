import { GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import { AnswerLosses } from '../canonical/answer-losses.ts'
import type { FinishReason, StreamPart } from '../canonical/stream.ts'
import type { StreamDecoder } from '../canonical/translation.ts'
import type { Loss } from '../loss.ts'
import type { SseEvent } from '../sse/index.ts'
import { decodeFault } from './error.ts'
import { readGrounding } from './response.grounding.ts'
import { decodeFinish, explainBlock, isFailure } from './stop-reason.ts'
import { PartReader } from './stream.parts.ts'
import { decodeUsage } from './usage.ts'

const KNOWN = new Set(['candidates', 'promptFeedback', 'usageMetadata', 'modelVersion', 'responseId', 'createTime'])
const KNOWN_CANDIDATE = new Set(['content', 'finishReason', 'finishMessage', 'index', 'tokenCount', 'groundingMetadata'])
const KNOWN_CONTENT = new Set(['parts', 'role'])
const KNOWN_FEEDBACK = new Set(['blockReason', 'blockReasonMessage'])
const KNOWN_USAGE = new Set(['promptTokenCount', 'cachedContentTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount', 'totalTokenCount'])

/** `[{"modality":"TEXT","tokenCount":9}]` beside the count itself says nothing more. */
const isTextOnly = (value: JsonValue | undefined): boolean =>
  Array.isArray(value) && value.every((part: JsonValue) => isJsonObject(part) && part['modality'] === 'TEXT' && Object.keys(part).every((key) => key === 'modality' || key === 'tokenCount'))

const asText = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')

/** Turns what a model said, in chunks or at once, into parts; the one mapping for streamed and for whole answers. */
export class GeminiReader {
  readonly losses = new AnswerLosses()
  readonly #parts = new PartReader(this.losses, () => this.#id)
  #id = ''
  #isStarted = false
  #finish: FinishReason | undefined
  #hasFailed = false

  get isFinished(): boolean {
    return this.#finish !== undefined
  }

  /** `source` is a chunk or a whole answer. */
  read(source: JsonObject): readonly StreamPart[] {
    this.losses.unread(source, KNOWN, '')
    const usage = decodeUsage(source['usageMetadata'])
    // Told first: a failure in the same chunk is the last that is read.
    const parts: StreamPart[] = [...this.#start(source), ...(usage ? [{ type: 'usage' as const, usage }] : [])]
    for (const candidate of Array.isArray(source['candidates']) ? source['candidates'].filter(isJsonObject) : []) {
      if ((candidate['index'] ?? 0) === 0) parts.push(...this.#candidate(candidate))
      else this.losses.dropped(`/candidates/${JSON.stringify(candidate['index'])}`, 'only one answer can be brought back')
    }
    this.#readFeedback(source['promptFeedback'])
    this.#noteUsage(source['usageMetadata'])
    return parts
  }

  /** The end of the answer, for one that has finished. */
  end(): readonly StreamPart[] {
    if (this.#hasFailed) return []
    return [...this.#parts.close(), { type: 'message-end', finish: this.#finish ?? decodeFinish(undefined, false) }]
  }

  #start(source: JsonObject): readonly StreamPart[] {
    if (this.#isStarted) return []
    this.#isStarted = true
    this.#id = asText(source['responseId'])
    return [{ type: 'message-start', messageId: this.#id, model: asText(source['modelVersion']) }]
  }

  #candidate(candidate: JsonObject): readonly StreamPart[] {
    this.losses.unread(candidate, KNOWN_CANDIDATE, '/candidates/0')
    const { content } = candidate
    if (isJsonObject(content)) this.losses.unread(content, KNOWN_CONTENT, '/candidates/0/content')
    const list: readonly JsonValue[] = isJsonObject(content) && Array.isArray(content['parts']) ? content['parts'] : []
    const parts = [...list.filter(isJsonObject).flatMap((part) => this.#parts.read(part)), ...this.#readGrounding(candidate['groundingMetadata'])]
    const raw = asText(candidate['finishReason'])
    if (raw === '' || raw === 'FINISH_REASON_UNSPECIFIED' || this.#finish) return parts
    const message = asText(candidate['finishMessage'])
    const finish = decodeFinish(raw, this.#parts.callCount > 0)
    const explanation = explainBlock(finish, { message, messagePath: '/candidates/0/finishMessage', ratings: candidate['safetyRatings'], ratingsPath: '/candidates/0/safetyRatings' })
    this.#finish = { ...finish, path: '/candidates/0/finishReason', ...(explanation ? { explanation } : {}) }
    this.#hasFailed = isFailure(raw)
    if (this.#hasFailed) return [...parts, { type: 'error', fault: { message: message === '' ? `The model failed: ${raw}.` : `The model failed: ${raw}: ${message}`, type: raw, code: undefined, status: 502 } }]
    if (message !== '' && !explanation) this.losses.dropped('/candidates/0/finishMessage', 'it has no place in a translated answer')
    return parts
  }

  #readGrounding(grounding: JsonValue | undefined): readonly StreamPart[] {
    return isJsonObject(grounding) ? readGrounding(grounding, this.#parts.texts, () => this.#parts.takeIndex(), this.losses) : []
  }

  #noteUsage(usage: JsonValue | undefined): void {
    if (!isJsonObject(usage)) return
    this.losses.uncounted(Object.fromEntries(Object.entries(usage).filter(([, value]) => !isTextOnly(value))), KNOWN_USAGE, '/usageMetadata')
  }

  /** A question that was refused has no candidates. */
  #readFeedback(feedback: JsonValue | undefined): void {
    if (!isJsonObject(feedback)) return
    this.losses.unread(feedback, KNOWN_FEEDBACK, '/promptFeedback')
    const reason = asText(feedback['blockReason'])
    if (reason === '' || this.#finish) return
    const finish: FinishReason = { unified: 'content-filter', raw: reason, path: '/promptFeedback/blockReason' }
    const message = asText(feedback['blockReasonMessage'])
    const explanation = explainBlock(finish, { message, messagePath: '/promptFeedback/blockReasonMessage', ratings: feedback['safetyRatings'], ratingsPath: '/promptFeedback/safetyRatings' })
    this.#finish = { ...finish, ...(explanation ? { explanation } : {}) }
  }
}

class GeminiDecoder implements StreamDecoder {
  readonly #reader = new GeminiReader()

  get losses(): readonly Loss[] {
    return this.#reader.losses.list
  }

  push({ data }: SseEvent): readonly StreamPart[] {
    const text = data.trim()
    if (text === '' || text.startsWith(':') || text === '[DONE]') return []
    let value: unknown
    try {
      value = parseExact(data)
    } catch (cause) {
      throw new GatewayError('upstream_protocol', 'The provider sent an event that is not valid JSON.', { cause })
    }
    if (!isJsonObject(value)) throw new GatewayError('upstream_protocol', 'The provider sent an event that is no JSON object.')
    const { error } = value
    if (error !== undefined && error !== null) return [{ type: 'error', fault: decodeFault(error) }]
    return this.#reader.read(value)
  }

  /** There is no last event: usage may follow the finish, and only the end of the stream ends it. */
  end(): readonly StreamPart[] {
    return this.#reader.isFinished ? this.#reader.end() : []
  }
}

export function createStreamDecoder(): StreamDecoder {
  return new GeminiDecoder()
}
