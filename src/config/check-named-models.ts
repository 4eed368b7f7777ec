import { matchWildcard } from '../lib/match-wildcard.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import type { PlaceOf } from './check-consistency.ts'
import type { ConfigIssue } from './config-error.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { ConfigPath } from './position.ts'

/** `smart+tools:coding` is the model `smart`. */
const plainName = (model: string): string => model.replace(/\+tools:[^:]+$/, '')

type Document = Pick<GatewayConfig, 'models' | 'modelRules' | 'providers'>

function checkModel(named: string, path: ConfigPath, { models, modelRules, providers }: Document, place: PlaceOf): readonly ConfigIssue[] {
  const name = plainName(named)
  const names = models.map(({ publicModel }) => String(publicModel))
  const ids = providers.map(({ id }) => String(id))
  const slash = name.indexOf('/')
  const isKnown = names.includes(name) || (slash > 0 && ids.includes(name.slice(0, slash))) || modelRules.some(({ pattern }) => matchWildcard(pattern, name) !== undefined)
  if (isKnown || (slash > 0 && providers.some(({ kind }) => kind === 'openrouter'))) return []
  const near = nearestWord(name, names)
  const provider = slash > 0 ? nearestWord(name.slice(0, slash), ids) : undefined
  const meant = near ?? (provider === undefined ? undefined : `${provider}${name.slice(slash)}`)
  if (slash <= 0 && near === undefined && ids.length > 0) return []
  const hint = meant === undefined ? 'Name an upstream model as `provider/model`, or a member of `models`.' : `Did you mean \`${meant}\`?`
  return [{ ...place(path, 'value'), message: `\`${path.join('.')}\` names \`${name}\`, which leads to no model.`, hint }]
}

/**
 * Models for conversations and for the search of tools that lead nowhere, as far as the document can tell: a provider may still list a name
 * without a slash, so that such a name is noticed only when it is nearly one of ours, or when there is no provider.
 */
export function checkNamedModels(config: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  const named = [
    [['chat', 'model'], config.chat.model],
    [['mcp', 'search', 'embedding'], config.mcp.search.embedding],
  ] as const
  return named.flatMap(([path, model]) => (model === undefined ? [] : checkModel(model, path, config, place)))
}
