import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Loss, Translated } from '../loss.ts'
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
  /** `text` is what was thought, for clients that keep an envelope and not the thought it was on. */
  wrap(payload: string, origin: ModelOrigin, text?: string): string
  /** Undefined for what is no envelope of ours, was changed, or belongs to another model. */
  open(envelope: string, target: ModelOrigin): string | undefined
  /** What was thought; undefined as with `open`, and for an envelope without it. */
  openText(envelope: string, target: ModelOrigin): string | undefined
}

export interface RequestContext {
  readonly target: ModelOrigin
  readonly seals: SealCarrier
  readonly quirks: DialectQuirks
  /** The longest answer of the model, in tokens, where it is known. */
  readonly maxOutputTokens?: number
}

export interface AnswerContext {
  readonly origin: ModelOrigin
  readonly seals: SealCarrier
  readonly wantsUsage: boolean
  /** For dialects that tell the input before the provider has. */
  estimateInputTokens(): number
  /** The answer was read from the client's own dialect: what it holds natively is written as it was, not lost. */
  readonly keepsNative?: true
  /** The client asked for hosted calls in its dialect's own words, and reads their arguments in pieces. */
  readonly readsHostedPieces?: true
  /** What the client's dialect repeats of the request in its answer, and what the gateway says of the answer itself, in that dialect's words. */
  readonly echo?: JsonObject
}

/** A tool as the client knows it. */
export interface ClientTool {
  readonly name: string
  readonly namespace?: string
  readonly isCustom?: true
}

export interface EncodedRequest {
  readonly body: JsonObject
  /** Tools that the provider sees otherwise than the client, by the name that the provider sees. */
  readonly tools: ReadonlyMap<string, ClientTool>
  /** Stop sequences that the provider could not be told: the gateway ends the answer at them itself. */
  readonly unsentStops?: readonly string[]
}

/** Reads a provider's events. Synchronous; throws `upstream_protocol` for what is no event of its dialect. */
export interface StreamDecoder {
  push(event: SseEvent): readonly StreamPart[]
  /** The provider has ended: the rest, with `message-end` only where the answer was complete. */
  end(): readonly StreamPart[]
  /** What of the events so far has no place in any part. */
  readonly losses: readonly Loss[]
}

/** Writes a client's events as wire text. Whatever the order of the parts, what it writes follows the dialect's grammar. */
export interface StreamEncoder {
  push(part: StreamPart): string
  /** What of the parts so far the dialect could not say. */
  readonly losses: readonly Loss[]
}

/** Decoding a dialect to the canonical form and encoding from it. Pure; neither side knows the other. */
export interface DialectTranslation {
  /** Throws `invalid_request` for a body that cannot be read. */
  decodeRequest(body: JsonObject): CanonicalRequest
  /** Throws `invalid_request` naming a field that must not be dropped and cannot be carried. */
  encodeRequest(request: CanonicalRequest, context: RequestContext): Translated<EncodedRequest>
  decodeAnswer(body: JsonObject): Translated<readonly StreamPart[]>
  encodeAnswer(answer: CanonicalAnswer, context: AnswerContext): Translated<JsonObject>
  createStreamDecoder(): StreamDecoder
  createStreamEncoder(context: AnswerContext): StreamEncoder
}
