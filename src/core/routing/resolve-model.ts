import { GatewayError } from '../../domain/errors.ts'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import type { Route, RouteNode, RouteRule } from '../../domain/route.ts'
import { fillWildcards, literalLength, matchWildcard } from '../../lib/match-wildcard.ts'
import type { ModelSettings } from './model-settings.ts'
import { nativeProvider } from './native-provider.ts'
import { nearestNames } from './nearest-names.ts'

/** How a name was understood. */
export type ResolvedBy =
  | { readonly kind: 'public-model' }
  | { readonly kind: 'provider'; readonly provider: ProviderId }
  | { readonly kind: 'rule'; readonly pattern: string }
  | { readonly kind: 'native-name'; readonly provider: ProviderId }
  | { readonly kind: 'catch-all'; readonly provider: ProviderId }

export interface ResolvedModel {
  readonly by: ResolvedBy
  /** With everything that was configured, also what is switched off. */
  readonly route: Route
}

/** What providers have told of their models so far. */
export interface ListedNames {
  /** Every name that can be suggested. */
  known(): readonly string[]
  lists(provider: ProviderId, model: string): boolean
}

const shorten = (model: string): string => (model.length > 100 ? `${model.slice(0, 100)}…` : model)

function unknownModel(model: string, known: readonly string[]): GatewayError {
  const near = nearestNames(model, known, 3)
  const hint = near.length > 0 ? ` Did you mean ${near.map((name) => `\`${name}\``).join(', ')}?` : ' `GET /v1/models` lists what there is.'
  return new GatewayError('unknown_model', `Expected a public model or \`provider/model\`, got \`${shorten(model)}\`.${hint}`)
}

const routeTo = (name: string, root: RouteNode): Route => ({ id: name as RouteId, publicModel: name, root })

function atProvider(name: string, provider: ProviderId, model: string, by: ResolvedBy): ResolvedModel {
  return { by, route: routeTo(name, { kind: 'target', provider, model }) }
}

/** Puts what the pattern matched into the targets. Targets of public models that a rule names have no `*`. */
function fillIn(node: RouteNode, captures: readonly string[]): RouteNode {
  if (node.kind === 'target') return node.model.includes('*') ? { ...node, model: fillWildcards(node.model, captures) } : node
  if (node.kind === 'fork') {
    const [first, ...rest] = node.ways.map(({ weight, to }) => ({ weight, to: fillIn(to, captures) }))
    return first ? { ...node, ways: [first, ...rest] } : node
  }
  const ways = Object.fromEntries(Object.entries(node.ways).map(([role, to]) => [role, fillIn(to, captures)]))
  return { ...node, main: fillIn(node.main, captures), ways }
}

/** The rule whose pattern has the longest literal text; of equals the first. */
function byRule(name: string, rules: readonly RouteRule[]): ResolvedModel | undefined {
  let best: { readonly rule: RouteRule; readonly captures: readonly string[] } | undefined
  for (const rule of rules) {
    if (best && literalLength(rule.pattern) <= literalLength(best.rule.pattern)) continue
    const captures = matchWildcard(rule.pattern, name)
    if (captures) best = { rule, captures }
  }
  return best && { by: { kind: 'rule', pattern: best.rule.pattern }, route: routeTo(name, fillIn(best.rule.root, best.captures)) }
}

/** `vendor/model`, as OpenRouter names all of its models. */
const isVendorName = (model: string): boolean => /^[^/\s]+\/[^/\s]/.test(model)

const isOpenRouter = ({ id, kind }: ModelSettings['providers'][number]): boolean => kind === 'openrouter' || String(id) === 'openrouter'

/**
 * The order: a public model by its exact name; `provider/model`, the longest id of a provider before a `/`; the best rule;
 * an enabled OpenRouter for any other `vendor/model`; for a name without a slash its own vendor, or who lists it. A provider that is switched off keeps its names: what was meant for it
 * must not reach another one. Throws `unknown_model` with the nearest of the known names.
 */
export function resolveModel(model: string, settings: ModelSettings, { known, lists }: ListedNames): ResolvedModel {
  const { routes, rules, providers } = settings
  const route = routes.get(model)
  if (route) return { by: { kind: 'public-model' }, route }
  const owners = providers.filter(({ id }) => model.startsWith(`${id}/`) && model.length > id.length + 1)
  const owner = owners.toSorted((a, b) => b.id.length - a.id.length)[0]?.id
  if (owner !== undefined) return atProvider(model, owner, model.slice(owner.length + 1), { kind: 'provider', provider: owner })
  const ruled = byRule(model, rules)
  if (ruled) return ruled
  const router = isVendorName(model) ? providers.find(isOpenRouter) : undefined
  if (router?.enabled === true) return atProvider(model, router.id, model, { kind: 'catch-all', provider: router.id })
  const native = nativeProvider(model, settings, (id) => lists(id, model))
  if (native !== undefined) return atProvider(model, native, model, { kind: 'native-name', provider: native })
  throw unknownModel(model, known())
}
