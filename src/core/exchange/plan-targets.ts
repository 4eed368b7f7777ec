import { findCodec, isWebSearch, planTranslation, wantsFormat, type BetaPlan, type CanonicalRequest, type DialectCodec, type Loss, type SealCarrier, type TranslationPlan } from '../../dialects/index.ts'
import type { Dialect } from '../../domain/dialect.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import { nameTarget } from '../routing/index.ts'
import type { ExchangeRequest } from './exchange.ts'
import { findUnknownBetas } from './limit-betas.ts'
import { decodeForTranslation, translateRequest, type Translation } from './translate-request.ts'

export interface TargetQuestion {
  readonly request: ExchangeRequest
  readonly codec: DialectCodec
  readonly targets: readonly Target[]
  readonly upstreams: ReadonlyMap<ProviderId, LlmUpstream>
  readonly seals: SealCarrier
  /** What to do with a request that its target's dialect cannot express whole. */
  readonly onLoss: 'report' | 'reject'
}

export interface PlannedTargets {
  readonly targets: readonly Target[]
  readonly translations: ReadonlyMap<string, Translation>
  /** By the target's name, for those that must not see all of the client's betas. */
  readonly betas: ReadonlyMap<string, BetaPlan>
}

/** A provider that speaks the client's dialect, but not its structured output, is spoken to through the canonical form. */
function planFor({ dialect, body, operation }: ExchangeRequest, { model }: Target, upstream: LlmUpstream): TranslationPlan {
  // Only the provider knows whether it can; it says so itself.
  if (operation !== undefined) return { kind: 'pass-through', dialect }
  const plan = planTranslation(dialect, upstream.dialectsFor(model))
  const { structuredOutput = 'native' } = upstream.quirksFor(model)
  return plan.kind === 'pass-through' && structuredOutput !== 'native' && wantsFormat(dialect, body) ? { kind: 'translate', from: dialect, to: dialect } : plan
}

function refuseLosses(losses: readonly Loss[], to: Dialect): void {
  const [first] = losses
  if (!first) return
  const more = losses.length > 1 ? ` (and ${losses.length - 1} more)` : ''
  throw new GatewayError('invalid_request', `\`${first.path}\` cannot be expressed in ${to}: ${first.reason}${more}. Losses are refused (\`translation.onLoss\`).`, { details: { path: first.path, translation: true } })
}

type Translating = TranslationPlan & { readonly kind: 'translate' }

/** A search of the web is one of OpenAI's tools in Responses; in Chat Completions only some models have it. */
function preferSearch(plan: Translating, { nativeTools }: CanonicalRequest, { model }: Target, upstream: LlmUpstream): Translating {
  const isWanted = plan.to === 'openai-chat' && nativeTools.some(isWebSearch) && upstream.quirksFor(model).webSearch === undefined
  return isWanted && upstream.dialectsFor(model).includes('openai-responses') ? { ...plan, to: 'openai-responses' } : plan
}

/** What one target needs beside its name; undefined when nobody speaks its dialect. Throws `invalid_request`. */
function planTarget({ request, codec, upstreams, seals, onLoss }: TargetQuestion, target: Target, read: () => CanonicalRequest): { readonly translation?: Translation; readonly betas?: BetaPlan } | undefined {
  const upstream = upstreams.get(target.provider)
  if (!upstream) return undefined
  const plan = planFor(request, target, upstream)
  const isOwn = plan.kind === 'pass-through' || plan.from === plan.to
  const betas = isOwn ? findUnknownBetas(request, target, upstream) : undefined
  if (betas && onLoss === 'reject') refuseLosses(betas.losses, request.dialect)
  if (plan.kind === 'pass-through') return betas ? { betas } : {}
  if (!findCodec(plan.to)) return undefined
  const canonical = read()
  const fitting = preferSearch(plan, canonical, target, upstream)
  const spoken = findCodec(fitting.to)
  if (!spoken) return undefined
  const translation = translateRequest(request, canonical, { plan: fitting, client: codec, codec: spoken, target, upstream, seals })
  if (onLoss === 'reject') refuseLosses(translation.losses, fitting.to)
  return { translation, ...(betas ? { betas } : {}) }
}

/**
 * Decides for each target whether the client's bytes pass through or are translated. Targets that cannot take the request are
 * left out; when none can, the first one's reason is thrown: `invalid_request` naming the field, or `translation_refused`.
 */
export function planTargets(question: TargetQuestion): PlannedTargets {
  const { request, codec } = question
  const translations = new Map<string, Translation>()
  const betas = new Map<string, BetaPlan>()
  const fitting: Target[] = []
  let canonical: CanonicalRequest | undefined
  let refusal: GatewayError | undefined
  const read = (): CanonicalRequest => (canonical ??= decodeForTranslation(request, codec))
  for (const target of question.targets.filter(({ provider }) => question.upstreams.has(provider))) {
    try {
      const planned = planTarget(question, target, read)
      if (!planned) throw new GatewayError('translation_refused', `No target of \`${request.facts.model}\` speaks ${request.dialect}.`)
      if (planned.translation) translations.set(nameTarget(target), planned.translation)
      if (planned.betas) betas.set(nameTarget(target), planned.betas)
      fitting.push(target)
    } catch (thrown) {
      const error = asGatewayError(thrown)
      if (error.code !== 'invalid_request' && error.code !== 'translation_refused') throw error
      refusal ??= new GatewayError(error.code, error.message, { cause: error, details: { ...error.details, attempts: 0 } })
    }
  }
  if (fitting.length === 0 && refusal) throw refusal
  return { targets: fitting, translations, betas }
}
