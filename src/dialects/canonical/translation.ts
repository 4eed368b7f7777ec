import type { JsonObject } from '../../lib/json.ts'
import type { Translated } from '../loss.ts'
import type { SseEvent } from '../sse/index.ts'
import type { CanonicalAnswer } from './answer.ts'
import type { CanonicalRequest, ModelOrigin } from './request.ts'
import type { StreamPart } from './stream.ts'

/** What every envelope begins with; no provider's own seal does. */
export const ENVELOPE_PREFIX = 'tl1.'

/**
 * Carries an opaque reasoning payload through a client whose dialect has no slot for it. `wrap` makes an envelope that only
 * this gateway can open; `open` gives the payload back for the model that issued it, and nothing to any other.
 */
export interface SealCarrier {
  wrap(payload: string, origin: ModelOrigin): string
  /** Undefined for what is no envelope of ours, was changed, or belongs to another model. */
  open(envelope: string, target: ModelOrigin): string | undefined
}

/** How one provider departs from its dialect, as data. */
export interface DialectQuirks {
  readonly maxTokensField?: 'max_tokens' | 'max_completion_tokens'
  /** Takes `system` messages in the middle of a conversation. */
  readonly takesLateSystem?: boolean
}

export interface RequestContext {
  readonly target: ModelOrigin
  readonly seals: SealCarrier
  readonly quirks: DialectQuirks
}

export interface AnswerContext {
  readonly origin: ModelOrigin
  readonly seals: SealCarrier
  readonly wantsUsage: boolean
  /** For dialects that tell the input before the provider has. */
  readonly estimatedInputTokens: number
}

export interface EncodedRequest {
  readonly body: JsonObject
  /** Tool names that had to be shortened, by the name that the provider sees. */
  readonly toolNames: ReadonlyMap<string, string>
}

/** Reads a provider's events. Synchronous; throws `upstream_protocol` for what is no event of its dialect. */
export interface StreamDecoder {
  push(event: SseEvent): readonly StreamPart[]
  /** The provider has ended: the rest, with `message-end` only where the answer was complete. */
  end(): readonly StreamPart[]
}

/** Writes a client's events as wire text. Whatever the order of the parts, what it writes follows the dialect's grammar. */
export interface StreamEncoder {
  push(part: StreamPart): string
}

/** Decoding a dialect to the canonical form and encoding from it. Pure; neither side knows the other. */
export interface DialectTranslation {
  /** Throws `invalid_request` for a body that cannot be read. */
  decodeRequest(body: JsonObject): CanonicalRequest
  /** Throws `invalid_request` naming a field that must not be dropped and cannot be carried. */
  encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest>
  decodeAnswer(body: JsonObject): readonly StreamPart[]
  encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): JsonObject
  createStreamDecoder(): StreamDecoder
  createStreamEncoder(context: AnswerContext): StreamEncoder
}
