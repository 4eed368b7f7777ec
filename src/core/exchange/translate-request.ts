import type { AnswerContext, CanonicalRequest, DialectCodec, EncodedRequest, Loss, SealCarrier, TranslationPlan } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Target } from '../../domain/route.ts'
import { isJsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import type { ExchangeRequest } from './exchange.ts'

/** A request in its provider's dialect, and what is needed to bring the answer back. */
export interface Translation {
  readonly plan: TranslationPlan & { readonly kind: 'translate' }
  readonly client: DialectCodec
  readonly upstream: DialectCodec
  readonly encoded: EncodedRequest
  readonly losses: readonly Loss[]
  readonly answer: AnswerContext
}

export interface TranslationPlace {
  readonly plan: TranslationPlan & { readonly kind: 'translate' }
  readonly client: DialectCodec
  readonly codec: DialectCodec
  readonly target: Target
  readonly upstream: LlmUpstream
  readonly seals: SealCarrier
}

/** Rough, and only shown until the provider's own count is there. */
const BYTES_PER_TOKEN = 4
const MAX_NAMED_LOSSES = 12

/** Reads the client's request once, however many targets it is written for. Throws `invalid_request`. */
export function decodeForTranslation(request: ExchangeRequest, client: DialectCodec): CanonicalRequest {
  let body: unknown
  try {
    body = parseExact(Buffer.concat(request.body.pieces).toString('utf8'))
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The request body is not valid JSON.', { cause })
  }
  if (!isJsonObject(body)) throw new GatewayError('invalid_request', 'Expected the request body to be a JSON object.')
  return client.translation.decodeRequest(body)
}

/** Writes it for one target. Throws `invalid_request` naming a field that the target cannot take. */
export function translateRequest(request: ExchangeRequest, canonical: CanonicalRequest, place: TranslationPlace): Translation {
  const { plan, client, codec, target, upstream, seals } = place
  const origin = { provider: target.provider, model: target.model }
  const { value, losses } = codec.translation.encodeRequest(canonical, { target: origin, seals, quirks: upstream.quirks ?? {} })
  const bytes = request.body.scan.length
  const answer = { origin, seals, wantsUsage: request.facts.wantsUsage, estimatedInputTokens: Math.ceil(bytes / BYTES_PER_TOKEN) }
  return { plan, client, upstream: codec, encoded: value, losses, answer }
}

/** The body's bytes. `asksUsage` is false for servers that refused to be asked. */
export function writeTranslated({ encoded }: Translation, asksUsage: boolean): Uint8Array {
  const { stream_options: options, ...rest } = encoded.body
  return Buffer.from(JSON.stringify(asksUsage && options !== undefined ? { ...rest, stream_options: options } : rest))
}

export function describePlan(plan: TranslationPlan): string {
  return plan.kind === 'pass-through' ? plan.kind : `translate:${plan.from}>${plan.to}`
}

/** `dropped:/top_k, approximated:/messages/3`; paths that a header cannot hold are escaped. */
export function describeLosses({ losses }: Translation): Readonly<Record<string, string>> {
  if (losses.length === 0) return {}
  const named = losses.slice(0, MAX_NAMED_LOSSES).map(({ kind, path }) => `${kind}:${encodeURI(path).replaceAll(',', '%2C').slice(0, 120)}`)
  const more = losses.length > named.length ? [`and ${losses.length - named.length} more`] : []
  return { 'x-trunkline-losses': [...named, ...more].join(', ') }
}
