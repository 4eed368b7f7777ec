import type { DialectQuirks } from '../../domain/dialect-quirks.ts'
import { addPlannedTools, planFormat, settingPath, planTools, restoreThoughts, type AnswerContext, type CanonicalRequest, type DialectCodec, type EncodedRequest, type FormatPath, type FormatPlan, type Loss, type Message, type SealCarrier, type TranslationPlan } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { Target } from '../../domain/route.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'
import { parseExact } from '../../lib/parse-exact.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import type { Repair } from './check-answer.ts'
import { estimateRequest } from './estimate-request.ts'
import type { ExchangeRequest } from './exchange.ts'

/** A request in its provider's dialect, and what is needed to bring the answer back. */
export interface Translation {
  readonly plan: TranslationPlan & { readonly kind: 'translate' }
  readonly client: DialectCodec
  readonly upstream: DialectCodec
  readonly encoded: EncodedRequest
  /** Headers that the provider wants with what the body asks for. */
  readonly headers: Readonly<Record<string, string>>
  readonly losses: readonly Loss[]
  readonly answer: AnswerContext
  readonly format: FormatPlan
  /** Thinking may come without its opening tag. */
  readonly thinksInTags: boolean
  /** The same request with a wrong answer and what was wrong with it, for one more try. */
  repair(repair: Repair): Translation
  /** The same request without the thoughts that its target has sealed. */
  forgetSeals(): Translation
}

export interface TranslationPlace {
  readonly plan: TranslationPlan & { readonly kind: 'translate' }
  readonly client: DialectCodec
  readonly codec: DialectCodec
  readonly target: Target
  readonly upstream: LlmUpstream
  readonly seals: SealCarrier
}

const MAX_NAMED_LOSSES = 12

/** Reads the client's request once, however many targets it is written for; `open` finds it in a body that says more. Throws `invalid_request`. */
export function decodeForTranslation(request: ExchangeRequest, client: DialectCodec, open: (body: JsonObject) => JsonObject = (body) => body): CanonicalRequest {
  let body: unknown
  try {
    body = parseExact(Buffer.concat(request.body.pieces).toString('utf8'))
  } catch (cause) {
    throw new GatewayError('invalid_request', 'The request body is not valid JSON.', { cause })
  }
  if (!isJsonObject(body)) throw new GatewayError('invalid_request', 'Expected the request body to be a JSON object.')
  // Some dialects say in the address whether they stream.
  const opened = open(body)
  const always = client.request.applyVersion?.(opened, request.headers)
  return { ...client.translation.decodeRequest(opened), stream: request.facts.stream, ...(always ? { echo: always } : {}) }
}

/** A dialect's field for the shape works only where the provider obeys it; Anthropic has none for “any JSON”. */
function formatPath({ format }: CanonicalRequest, { structuredOutput = 'native' }: DialectQuirks, to: Dialect): FormatPath {
  return format?.kind === 'json-object' && to === 'anthropic-messages' ? 'instructed' : structuredOutput
}

/** A translated answer is one answer, whatever the provider could give. */
function refuseChoices(request: CanonicalRequest): void {
  if (request.choices <= 1) return
  const path = settingPath(request, 'choices')
  throw new GatewayError('invalid_request', `\`${path}\` cannot be sent to the provider of this model: a translated answer is one answer.`, { details: { path, translation: true } })
}

/** Writes it for one target. Throws `invalid_request` naming a field that the target cannot take. */
export function translateRequest(request: ExchangeRequest, canonical: CanonicalRequest, place: TranslationPlace): Translation {
  const { plan, client, codec, target, upstream, seals } = place
  const origin = { provider: target.provider, model: target.model }
  refuseChoices(canonical)
  const quirks = upstream.quirksFor(target.model)
  const facts = upstream.factsFor(target.model)
  const format = planFormat(canonical, formatPath(canonical, quirks, plan.to))
  const offered = planTools(format.request, plan.to, quirks)
  const { value, losses } = codec.translation.encodeRequest(restoreThoughts(offered.request, seals, origin), { target: origin, seals, quirks, ...(facts?.outputTokens === undefined ? {} : { maxOutputTokens: facts.outputTokens }) })
  let estimated: number | undefined
  const answer: AnswerContext = {
    origin,
    seals,
    wantsUsage: request.facts.wantsUsage,
    // Shown until the provider's own count is there; most dialects never show it.
    estimateInputTokens: () => (estimated ??= estimateRequest(canonical)),
    ...(canonical.echo || request.echo ? { echo: { ...canonical.echo, ...request.echo } } : {}),
  }
  return {
    plan,
    client,
    upstream: codec,
    encoded: { ...value, body: addPlannedTools(value.body, offered) },
    headers: offered.headers,
    losses: [...format.losses, ...offered.losses, ...losses],
    answer,
    format,
    thinksInTags: quirks.thinksInTags === true,
    forgetSeals: () => translateRequest(request, canonical, { ...place, seals: { wrap: (payload, sealed, text) => seals.wrap(payload, sealed, text), open: () => undefined, openText: () => undefined } }),
    repair: ({ text, complaint }) => translateRequest(request, { ...canonical, messages: [...canonical.messages, ...complainAbout(text, complaint)] }, place),
  }
}

function complainAbout(text: string, complaint: string): readonly Message[] {
  const say = (role: 'user' | 'assistant', words: string): Message => ({ role, path: '', blocks: words === '' ? [] : [{ type: 'text', text: words, path: '' }] })
  return [say('assistant', text), say('user', `That answer cannot be used: ${complaint}. Answer again, with corrected JSON only.`)]
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
export function describeLosses(losses: readonly Loss[]): Readonly<Record<string, string>> {
  if (losses.length === 0) return {}
  const named = losses.slice(0, MAX_NAMED_LOSSES).map(({ kind, path, of }) => `${kind}:${of === 'answer' ? 'answer' : ''}${encodeURI(path).replaceAll(',', '%2C').slice(0, 120)}`)
  const more = losses.length > named.length ? [`and ${losses.length - named.length} more`] : []
  return { 'x-trunkline-losses': [...named, ...more].join(', ') }
}
