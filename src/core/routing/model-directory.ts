import type { ProviderId } from '../../domain/ids.ts'
import type { ModelFacts } from '../../domain/model-facts.ts'
import { targetsOf, type Route } from '../../domain/route.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { ListedModel, LlmUpstream } from '../../upstreams/llm/index.ts'
import { createModelGates, everyTargetIsOff, routeIsOff, type ModelGates } from './explain-off.ts'
import type { ModelSettings } from './model-settings.ts'
import { resolveModel, type ResolvedModel } from './resolve-model.ts'
import { usableNode } from './usable-route.ts'

/** A model as clients may name it. */
export interface PublicModel {
  readonly name: string
  /** The provider, or `trunkline` for a configured route. */
  readonly owner: string
  /** Unix seconds; 0 where nobody tells. */
  readonly created: number
  readonly isFavourite: boolean
}

/** A model as administrators see it: also one that is switched off. */
export interface SwitchableModel extends PublicModel {
  readonly isEnabled: boolean
}

/** In tokens. */
export type ModelSizes = Pick<ModelFacts, 'contextTokens' | 'outputTokens'>

/** The little of a provider that the directory needs. */
type ListsModels = Pick<LlmUpstream, 'id' | 'listModels' | 'factsFor'>

export interface ModelDirectoryDeps {
  /** The providers that are enabled now. */
  upstreams(): ReadonlyMap<ProviderId, ListsModels>
  /** The same object until the configuration changes. */
  settings(): ModelSettings
  readonly logger: Logger
  /** Longest that one provider may hold up a list. */
  readonly listDeadlineMs?: number
}

/** What models there are and where their names lead. It sends nothing and orders nothing. */
export interface ModelDirectory {
  /**
   * What a request for this name may use. Throws `unknown_model`, with the nearest names or, for what is switched off, with
   * how to switch it on; `upstream_unavailable` when only its provider lacks something.
   */
  resolve(model: string): Route
  /** What the name means, whatever is switched off. Throws `unknown_model`. */
  explain(model: string): ResolvedModel
  /** Every public model that is on, favourites first. All providers are asked at once; one that is silent or sick is left out after its deadline. */
  list(signal: AbortSignal): Promise<readonly PublicModel[]>
  /** The sizes that a request for this name can rely on, whichever target answers it; unknown where those of one target are. */
  sizes(model: string): ModelSizes
  /** The same, with what is switched off. */
  survey(signal: AbortSignal): Promise<readonly SwitchableModel[]>
}

const LIST_DEADLINE_MS = 2_000

export function createModelDirectory({ upstreams, settings, logger, listDeadlineMs = LIST_DEADLINE_MS }: ModelDirectoryDeps): ModelDirectory {
  const lastKnown = new Map<ProviderId, readonly ListedModel[]>()
  let read: { readonly settings: ModelSettings; readonly gates: ModelGates } | undefined
  const current = (): { readonly settings: ModelSettings; readonly gates: ModelGates } => {
    const now = settings()
    if (read?.settings !== now) read = { settings: now, gates: createModelGates(now) }
    return read
  }
  const ask = async (upstream: ListsModels, signal: AbortSignal): Promise<readonly ListedModel[]> => {
    try {
      lastKnown.set(upstream.id, await upstream.listModels(AbortSignal.any([signal, AbortSignal.timeout(listDeadlineMs)])))
    } catch (error) {
      logger.warn({ err: error, provider: upstream.id }, 'provider is missing from the model list')
    }
    return lastKnown.get(upstream.id) ?? []
  }
  const known = (): readonly string[] => {
    const { settings: now, gates } = current()
    const listed = [...upstreams().keys()].flatMap((provider) =>
      (lastKnown.get(provider) ?? []).filter(({ id }) => !gates.isModelOff({ kind: 'target', provider, model: id })).map(({ id }) => `${provider}/${id}`),
    )
    return [...[...now.routes.keys()].filter((name) => !gates.isRouteOff(name)), ...listed]
  }
  const lists = (provider: ProviderId, model: string): boolean =>
    lastKnown.get(provider)?.some(({ id }) => id === model) === true && !current().gates.isModelOff({ kind: 'target', provider, model })
  const explain = (model: string): ResolvedModel => resolveModel(model, current().settings, { known, lists })

  async function survey(signal: AbortSignal): Promise<readonly SwitchableModel[]> {
    const lists = await Promise.all([...upstreams().values()].map(async (upstream) => ({ provider: upstream.id, models: await ask(upstream, signal) })))
    const { settings: now, gates } = current()
    const favourites = new Set(now.switches.favourites)
    const entry = (name: string, owner: string, created: number, isEnabled: boolean): SwitchableModel => ({ name, owner, created, isEnabled, isFavourite: favourites.has(name) })
    const configured = [...now.routes.keys()].map((name) => entry(name, 'trunkline', 0, !gates.isRouteOff(name)))
    const listed = lists.flatMap(({ provider, models }) => {
      // Models that are off stay in view here although their provider no longer lists them.
      const off = (now.switches.disabledModels[provider] ?? []).filter((name) => !models.some(({ id }) => id === name)).map((id): ListedModel => ({ id }))
      return [...models, ...off].map(({ id, created }) => entry(`${provider}/${id}`, provider, created ?? 0, !gates.isModelOff({ kind: 'target', provider, model: id })))
    })
    const all = [...configured, ...listed.filter(({ name }) => !now.routes.has(name))]
    return [...all.filter(({ isFavourite }) => isFavourite), ...all.filter(({ isFavourite }) => !isFavourite)]
  }
  function smallest(facts: readonly (ModelFacts | undefined)[], key: keyof ModelSizes): ModelSizes {
    const sizes = facts.map((each) => each?.[key]).filter((size) => size !== undefined)
    return sizes.length === 0 || sizes.length < facts.length ? {} : { [key]: Math.min(...sizes) }
  }
  return {
    sizes(model) {
      const facts = targetsOf(explain(model).route.root).map((target) => upstreams().get(target.provider)?.factsFor(target.model))
      return { ...smallest(facts, 'contextTokens'), ...smallest(facts, 'outputTokens') }
    },
    resolve(model) {
      const { settings: now, gates } = current()
      const { route, by } = explain(model)
      if (by.kind === 'public-model' && gates.isRouteOff(route.publicModel)) throw routeIsOff(route.publicModel)
      const root = usableNode(route.root, (target) => upstreams().has(target.provider) && !gates.isModelOff(target))
      if (!root) throw everyTargetIsOff(route, now, gates)
      return root === route.root ? route : { ...route, root }
    },
    explain,
    survey,
    async list(signal) {
      return (await survey(signal)).filter(({ isEnabled }) => isEnabled)
    },
  }
}
