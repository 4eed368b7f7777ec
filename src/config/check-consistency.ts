import type { ConfigIssue } from './config-error.ts'
import type { RouteFinding } from './define-routes.ts'
import type { GatewayConfig } from './gateway-config.ts'
import type { Place } from './layer.ts'
import { nearestWord } from '../lib/nearest-word.ts'
import type { ConfigPath } from './position.ts'

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

/** A name that leads to a server and to a template. */
export function checkServerNames({ mcpServers }: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  const ids = mcpServers.map(({ id }) => String(id))
  return mcpServers.flatMap(({ id, instances }, index) =>
    instances?.isTemplate !== true || ids.indexOf(id) === index
      ? []
      : [{ ...place(['mcpTemplates', id], 'key'), message: `\`${id}\` is a server in \`mcpServers\` and in \`mcpTemplates\`.`, hint: 'Give one of them another name.' }],
  )
}

/** What is wrong with public models, as issues with places. */
export function placeFindings(findings: readonly RouteFinding[], place: PlaceOf): readonly ConfigIssue[] {
  return findings.map(({ path, message, hint }) => ({ ...place(path, 'value'), message, ...(hint === undefined ? {} : { hint }) }))
}

/** Switches and favourites that name no public model: most often a name that has changed. */
export function checkSwitches({ models, modelSwitches }: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  const names = models.map(({ publicModel }) => publicModel)
  return modelSwitches.disabledRoutes.flatMap((name, index) => {
    if (names.includes(name)) return []
    const near = nearestWord(name, names)
    const hint = near === undefined ? 'Models of providers are switched off below `providers.<id>.disabledModels`.' : `Did you mean \`${near}\`?`
    return [{ ...place(['disabledModels', index], 'value'), message: `\`disabledModels\` names \`${name}\`, which is no public model; it has no effect.`, hint }]
  })
}

/** First parts of paths that are the gateway’s own: in the mcpo profile a server of this name is out of reach. */
const OWN_PATHS: ReadonlySet<string> = new Set(['mcp', 'v1', 'v1beta', 'api', 'sse', 'messages', 'sessions', 'ws', '_meta', 'oauth', 'ui', 'docs', 'openapi.json'])

/** What the mcpo profile cannot serve as mcpo would. */
export function checkMcpoProfile({ openapi: { prefix, mcpo }, mcpServers }: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  if (!mcpo) return []
  if (mcpo.server !== undefined) {
    if (mcpServers.some(({ id }) => id === mcpo.server)) return []
    return [{ ...place(['openapi', 'mcpo', 'server'], 'value'), message: `\`openapi.mcpo.server\` names \`${mcpo.server}\`, which is not configured: the mcpo profile serves nothing.` }]
  }
  if (mcpo.alone || mcpo.prefix !== '/') return []
  return mcpServers
    .filter(({ id }) => OWN_PATHS.has(id) || prefix === `/${id}`)
    .map(({ id }) => ({
      ...place(['mcpServers', id], 'key'),
      message: `\`/${id}\` is a path of the gateway, so the mcpo profile does not reach every tool of the server \`${id}\`.`,
      hint: 'Rename it, or set `openapi.mcpo.prefix`.',
    }))
}

/** Presets that name a server which is not configured. They select the others. */
export function checkPresets({ presets, mcpServers }: GatewayConfig, place: PlaceOf): readonly ConfigIssue[] {
  const known = mcpServers.map(({ id }) => String(id))
  return presets.flatMap(({ name, selection }) => {
    if (selection.kind !== 'servers') return []
    return selection.servers.flatMap((server, index) => {
      if (known.includes(server)) return []
      const near = nearestWord(server, known)
      const hint = near === undefined ? {} : { hint: `Did you mean \`${near}\`?` }
      return [{ ...place(['presets', name, 'servers', index], 'value'), message: `\`presets.${name}\` names the server \`${server}\`, which is not configured.`, ...hint }]
    })
  })
}
