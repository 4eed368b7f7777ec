import { randomUUID } from 'node:crypto'
import { askModel, type ExchangeService } from '../core/exchange/index.ts'
import type { Principal } from '../core/identity/index.ts'
import type { ModelDirectory, TargetHealth } from '../core/routing/index.ts'
import { GatewayError } from '../domain/errors.ts'
import type { PrincipalId } from '../domain/ids.ts'
import type { JsonObject, JsonValue } from '../lib/json.ts'
import type { Logger, Metrics } from '../telemetry/index.ts'
import type { ModelsPort } from '../upstreams/mcp/index.ts'

/** Servers do not learn whose call it is: what models are asked through them is on one account. It may use no tools, so no model asks itself in a circle. */
const PRINCIPAL: Principal = { id: 'mcp:models' as PrincipalId, via: { kind: 'local' }, scopes: new Set(['models:use']) }

export interface ModelsPortDeps {
  exchanges(): ExchangeService
  readonly directory: ModelDirectory
  readonly health: TargetHealth
  readonly metrics: Metrics
  readonly logger: Logger
  readonly providers: () => readonly { readonly id: string; readonly kind: string; readonly enabled: boolean }[]
}

export function createModelsPort({ exchanges, directory, health, metrics, logger, providers }: ModelsPortDeps): ModelsPort {
  async function defaultModel(signal: AbortSignal): Promise<string> {
    const [first] = await directory.list(signal)
    if (!first) throw new GatewayError('unknown_model', 'No model is configured.')
    return first.name
  }
  return {
    async ask({ model: wanted, messages, parameters }, onText, signal) {
      const model = wanted ?? (await defaultModel(signal))
      const started = performance.now()
      const body: JsonObject = { ...parameters, model, messages: [...messages], stream: true }
      const question = { principal: PRINCIPAL, surface: 'mcp-models', requestId: `req_${randomUUID().replaceAll('-', '')}`, body, logger, signal }
      const answer = await askModel((request, client) => exchanges().run(request, client), question, (part) => {
        if (part.type === 'text-delta') onText(part.text)
      })
      const textOf = (type: 'text' | 'reasoning'): string => answer.blocks.map((block) => (block.type === type ? block.text : '')).join('')
      const { usage, finish } = answer
      return {
        model,
        text: textOf('text'),
        thinking: textOf('reasoning'),
        finish: finish.unified,
        usage: usage && { input: usage.input.total, output: usage.output.total },
        durationMs: performance.now() - started,
      }
    },
    async list(signal) {
      const models = await directory.list(signal)
      return models.map(({ name, owner, isFavourite }) => ({ name, owner, ...(isFavourite ? { favourite: true } : {}), ...directory.sizes(name) }))
    },
    health: () => ({
      providers: providers().map(({ id, kind, enabled }) => ({ id, kind, enabled })),
      targets: health.survey().map(({ lastFailure, parkedUntil, recent, ...rest }) => ({
        ...rest,
        recent: [...recent],
        ...(lastFailure ? { lastFailure: { at: lastFailure.at.toISOString(), reason: lastFailure.reason } } : {}),
        ...(parkedUntil ? { parkedUntil: parkedUntil.toISOString() } : {}),
      })),
    }),
    explain: (model) => JSON.parse(JSON.stringify(directory.explain(model))) as JsonObject & { readonly [key: string]: JsonValue },
    metrics: () => metrics.render(),
  }
}
