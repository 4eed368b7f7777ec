import { randomBytes } from 'node:crypto'
import { findCodec, openaiEmbeddings } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId } from '../../domain/ids.ts'
import type { Target } from '../../domain/route.ts'
import type { LedgerStore } from '../../storage/index.ts'
import type { Events } from '../../telemetry/index.ts'
import type { LlmUpstream } from '../../upstreams/llm/index.ts'
import { createTargetHealth, orderTargets, readRouteSignals, type ModelDirectory, type TargetHealth } from '../routing/index.ts'
import { askStored } from './ask-stored.ts'
import { leastPrice } from './cost-of.ts'
import { countTokens } from './count-tokens.ts'
import type { ExchangeRequest, ExchangeService } from './exchange.ts'
import { ExchangeRecord } from './exchange-record.ts'
import { findKeeper, forward } from './forward.ts'
import { planTargets } from './plan-targets.ts'
import { runExchange } from './run-exchange.ts'
import { createSealCarrier } from './seal-carrier.ts'
import { DEFAULT_EXCHANGE_SETTINGS, type ExchangeSettings } from './settings.ts'

export interface ExchangeServiceDeps {
  /** The providers that are enabled now; a running exchange keeps those it began with. */
  upstreams(): ReadonlyMap<ProviderId, LlmUpstream>
  readonly directory: ModelDirectory
  readonly ledger: LedgerStore
  readonly events: Events
  /** What differs from the defaults. */
  readonly settings?: Partial<ExchangeSettings>
  /** Signs what clients keep for providers; without it a restart makes them forget. */
  readonly sealKey?: Uint8Array
  /** What the configuration says of losses; `report` without it. */
  onLoss?(): 'report' | 'reject'
  /** Shared with whoever wants to know how targets are. */
  readonly health?: TargetHealth
  /** For weighted routes and jitter. */
  readonly random?: () => number
}

/** Of the ordered targets those whose provider is enabled; at least one. */
function present(request: ExchangeRequest, targets: readonly Target[], upstreams: ReadonlyMap<ProviderId, LlmUpstream>): readonly Target[] {
  const { onlyProvider, dialect } = request
  const isFit = ({ provider, model }: Target): boolean => onlyProvider === undefined || (provider === onlyProvider && upstreams.get(provider)?.dialectsFor(model).includes(dialect) === true)
  const enabled = targets.filter(({ provider }) => upstreams.has(provider))
  const found = enabled.filter(isFit)
  if (found.length > 0) return found
  if (enabled.length > 0) {
    throw new GatewayError('invalid_request', `The request goes on from what provider \`${onlyProvider}\` has stored, and \`${request.facts.model}\` is not a model of it.`, { details: { attempts: 0, param: 'model' } })
  }
  const wanted = [...new Set(targets.map(({ provider }) => `\`${provider}\``))].join(', ')
  throw new GatewayError('upstream_unavailable', `No provider of model \`${request.facts.model}\` is enabled (${wanted}).`, { details: { attempts: 0 } })
}

export function createExchangeService(deps: ExchangeServiceDeps): ExchangeService {
  const { directory, ledger, events, random = Math.random } = deps
  const settings = { ...DEFAULT_EXCHANGE_SETTINGS, ...deps.settings }
  const health = deps.health ?? createTargetHealth(Date.now)
  const refusesUsage = new Set<string>()
  const seals = createSealCarrier(deps.sealKey ?? randomBytes(32))
  const prepare = (request: ExchangeRequest) => {
    const codec = request.operation === 'embed' ? openaiEmbeddings : findCodec(request.dialect)
    if (!codec) throw new GatewayError('internal', `The dialect ${request.dialect} is not spoken.`)
    const upstreams = deps.upstreams()
    const { facts, body, headers } = request
    const route = directory.resolve(facts.model)
    const signals = () => readRouteSignals({ model: facts.model, body, headers })
    return { request, codec, upstreams, targets: present(request, orderTargets(route, health.read(), random, signals), upstreams) }
  }
  return {
    async run(request, client) {
      const prepared = prepare(request)
      const { targets, translations, betas } = planTargets({ ...prepared, seals, onLoss: request.onLoss ?? deps.onLoss?.() ?? 'report' })
      const record = new ExchangeRecord(request, { ledger, events, priceOf: ({ provider, model }) => prepared.upstreams.get(provider)?.factsFor(model)?.price })
      try {
        await runExchange({ ...prepared, client, targets, translations, betas, record, health, settings, refusesUsage, random })
      } finally {
        record.close()
      }
      return record.attempts
    },
    async countTokens(request) {
      return countTokens({ ...prepare(request), seals })
    },
    nativeProvider(request) {
      const { targets, upstreams } = prepare(request)
      const [first] = targets
      return first && upstreams.get(first.provider)?.dialectsFor(first.model).includes(request.dialect) === true ? first.provider : undefined
    },
    leastInputPrice(request) {
      const { targets, upstreams } = prepare(request)
      const prices = targets.map(({ provider, model }) => upstreams.get(provider)?.factsFor(model)?.price)
      const known = prices.filter((price) => price !== undefined)
      return known.length < prices.length ? undefined : Math.min(...known.map(leastPrice))
    },
    findKeeper: (question) => findKeeper(question, deps.upstreams()).id,
    forward: async (question, client) => forward(question, findKeeper(question, deps.upstreams()), client),
    askStored: (question, client) => askStored(question, deps.upstreams().get(question.provider), client),
  }
}
