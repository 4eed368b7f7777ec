import type { ProviderId } from '../../domain/ids.ts'
import type { Route } from '../../domain/route.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ListedModel, LlmUpstream } from '../../upstreams/llm/index.ts'
import { resolveModel } from './resolve-model.ts'

/** A model as clients may name it. */
export interface PublicModel {
  readonly name: string
  /** The provider, or `trunkline` for a configured route. */
  readonly owner: string
  /** Unix seconds; 0 where nobody tells. */
  readonly created: number
}

export interface ModelDirectoryDeps {
  /** The providers that are enabled now. */
  upstreams(): ReadonlyMap<ProviderId, LlmUpstream>
  /** Configured public models. */
  routes(): ReadonlyMap<string, Route>
  readonly logger: Logger
  /** Longest that one provider may hold up a list. */
  readonly listDeadlineMs?: number
}

/** What models there are and where their names lead. It sends nothing and orders nothing. */
export interface ModelDirectory {
  /** Throws `unknown_model` with the nearest names. */
  resolve(model: string): Route
  /** Every public model. All providers are asked at once; one that is silent or sick is left out after its deadline. */
  list(signal: AbortSignal): Promise<readonly PublicModel[]>
}

const LIST_DEADLINE_MS = 2_000

export function createModelDirectory({ upstreams, routes, logger, listDeadlineMs = LIST_DEADLINE_MS }: ModelDirectoryDeps): ModelDirectory {
  const lastKnown = new Map<ProviderId, readonly ListedModel[]>()
  const ask = async (upstream: LlmUpstream, signal: AbortSignal): Promise<readonly PublicModel[]> => {
    try {
      lastKnown.set(upstream.id, await upstream.listModels(AbortSignal.any([signal, AbortSignal.timeout(listDeadlineMs)])))
    } catch (error) {
      logger.warn({ err: error, provider: upstream.id }, 'provider is missing from the model list')
    }
    return (lastKnown.get(upstream.id) ?? []).map(({ id, created }) => ({ name: `${upstream.id}/${id}`, owner: upstream.id, created: created ?? 0 }))
  }
  const knownNames = (): readonly string[] => [
    ...routes().keys(),
    ...[...upstreams().keys()].flatMap((id) => (lastKnown.get(id) ?? []).map((model) => `${id}/${model.id}`)),
  ]
  return {
    resolve: (model) => resolveModel(model, { routes: routes(), providers: upstreams().keys(), known: knownNames() }),
    async list(signal) {
      const listed = await Promise.all([...upstreams().values()].map((upstream) => ask(upstream, signal)))
      const configured = [...routes().keys()].map((name) => ({ name, owner: 'trunkline', created: 0 }))
      const taken = new Set(configured.map(({ name }) => name))
      return [...configured, ...listed.flat().filter(({ name }) => !taken.has(name))]
    },
  }
}
