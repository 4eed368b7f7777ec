import { findCodec, planTranslation, type CanonicalRequest, type DialectCodec, type SealCarrier } from '../../dialects/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import { nameTarget } from '../routing/index.ts'
import type { ExchangeRequest } from './exchange.ts'
import { decodeForTranslation, translateRequest, type Translation } from './translate-request.ts'

export interface TargetQuestion {
  readonly request: ExchangeRequest
  readonly codec: DialectCodec
  readonly targets: readonly Target[]
  readonly upstreams: ReadonlyMap<ProviderId, LlmUpstream>
  readonly seals: SealCarrier
}

export interface PlannedTargets {
  readonly targets: readonly Target[]
  readonly translations: ReadonlyMap<string, Translation>
}

/**
 * Decides for each target whether the client's bytes pass through or are translated. Targets that cannot take the request are
 * left out; when none can, the first one's reason is thrown: `invalid_request` naming the field, or `translation_refused`.
 */
export function planTargets({ request, codec, targets, upstreams, seals }: TargetQuestion): PlannedTargets {
  const translations = new Map<string, Translation>()
  const fitting: Target[] = []
  let canonical: CanonicalRequest | undefined
  let refusal: GatewayError | undefined
  for (const target of targets) {
    const upstream = upstreams.get(target.provider)
    if (!upstream) continue
    const plan = planTranslation(request.dialect, upstream.dialectsFor(target.model))
    if (plan.kind === 'translate') {
      const spoken = findCodec(plan.to)
      if (!spoken) {
        refusal ??= new GatewayError('translation_refused', `No target of \`${request.facts.model}\` speaks ${request.dialect}.`, { details: { attempts: 0 } })
        continue
      }
      try {
        canonical ??= decodeForTranslation(request, codec)
        translations.set(nameTarget(target), translateRequest(request, canonical, { plan, client: codec, codec: spoken, target, upstream, seals }))
      } catch (thrown) {
        const error = asGatewayError(thrown)
        if (error.code !== 'invalid_request') throw error
        refusal ??= new GatewayError(error.code, error.message, { cause: error, details: { ...error.details, attempts: 0 } })
        continue
      }
    }
    fitting.push(target)
  }
  if (fitting.length === 0 && refusal) throw refusal
  return { targets: fitting, translations }
}
