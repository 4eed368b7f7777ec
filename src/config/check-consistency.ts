import type { ConfigIssue } from './config-error.ts'
import { targetsOf } from './define-route.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { Place } from './layer.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import { writePath, type ConfigPath } from './position.ts'

export type PlaceOf = (path: ConfigPath, part: 'key' | 'value') => Place

/** The addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

/** Binding is refused for the same reason; saying it here puts a line to it. */
export function checkExposure(config: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  const { host, allowUnauthenticatedNetwork } = config.server
  if (isLoopback(host) || config.auth.keys.length > 0 || allowUnauthenticatedNetwork) return []
  return [
    {
      ...place(['server', 'host'], 'value'),
      message: `Others can reach \`${host}\`, and no key is configured.`,
      hint: 'Set `TRUNKLINE_API_KEY` or `auth.keys`; or, to serve everybody, `server.allowUnauthenticatedNetwork: true`.',
    },
  ]
}

export function checkKeyNames(config: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  const names = config.auth.keys.map(({ name }) => name)
  return names.flatMap((name, index) =>
    names.indexOf(name) === index ? [] : [{ ...place(['auth', 'keys', index, 'name'], 'value'), message: `The name \`${name}\` is used for two keys.` }],
  )
}

/** Targets of providers that are not configured, by public model. */
export function checkTargets(config: GatewayConfig, place: PlaceOf): ReadonlyMap<string, ConfigIssue> {
  const providers = config.providers.map(({ id }) => String(id))
  const issues = new Map<string, ConfigIssue>()
  for (const { publicModel, root } of config.models) {
    const missing = [...targetsOf(root)].find(({ provider }) => !providers.includes(provider))
    if (!missing) continue
    const near = nearestWord(missing.provider, providers)
    const path = ['models', publicModel]
    issues.set(publicModel, {
      ...place(path, 'value'),
      message: `\`${writePath(path)}\` names the provider \`${missing.provider}\`, which is not configured.`,
      ...(near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }),
    })
  }
  return issues
}
