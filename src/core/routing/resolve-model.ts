import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import type { Route } from '../../domain/route.ts'
import { nearestNames } from './nearest-names.ts'

/** All that a model's name can be looked up in. */
export interface ModelNames {
  /** Configured public models. */
  readonly routes: ReadonlyMap<string, Route>
  readonly providers: Iterable<ProviderId>
  /** Names to suggest from, as far as they are known. */
  readonly known: readonly string[]
}

function unknownModel(model: string, known: readonly string[]): GatewayError {
  const shown = model.length > 100 ? `${model.slice(0, 100)}…` : model
  const near = nearestNames(model, known, 3)
  const hint = near.length > 0 ? ` Did you mean ${near.map((name) => `\`${name}\``).join(', ')}?` : ' `GET /v1/models` lists what there is.'
  return new GatewayError('unknown_model', `Expected a public model or \`provider/model\`, got \`${shown}\`.${hint}`)
}

/** A configured public model wins; else the longest provider id before a `/` takes the rest as its model's name. Throws `unknown_model`. */
export function resolveModel(model: string, { routes, providers, known }: ModelNames): Route {
  const route = routes.get(model)
  if (route) return route
  const owners = [...providers].filter((id) => model.startsWith(`${id}/`) && model.length > id.length + 1)
  const provider = owners.toSorted((a, b) => b.length - a.length)[0]
  if (provider === undefined) throw unknownModel(model, known)
  return {
    id: model as RouteId,
    publicModel: model,
    root: { kind: 'target', provider, model: model.slice(provider.length + 1) },
  }
}
