import type { McpServerId } from '../../domain/ids.ts'
import { compileTemplate } from './match-template.ts'
import type { ServerCatalog } from './catalog.ts'

const ROUTED = 'trunkline://servers/'

/** Which server a resource URI belongs to, and how it is shown to clients. */
export interface ResourceRoutes {
  /** The server and its own URI; undefined when nobody in the view can be meant. */
  resolve(uri: string): { readonly server: McpServerId; readonly uri: string } | undefined
  /** The URI as it is, where it leads back to its server; else one that names the server: `trunkline://servers/{server}/{uri}`. */
  expose(server: McpServerId, uri: string): string
}

/** `https://…` is for the client to fetch, `data:` holds its content: such links mean the same everywhere. */
const FREE_STANDING = /^(?:https?|data):/i

/** The server that an exposed URI names. */
export function serverOfRouted(uri: string): string | undefined {
  const end = uri.startsWith(ROUTED) ? uri.indexOf('/', ROUTED.length) : -1
  return end > 0 ? uri.slice(ROUTED.length, end) : undefined
}

const schemeOf = (uri: string): string => uri.slice(0, uri.indexOf(':') + 1)

export function createResourceRoutes(servers: readonly ServerCatalog[]): ResourceRoutes {
  const known = new Set<string>(servers.map(({ server }) => server))
  const listed = new Map<string, McpServerId>()
  const byScheme = new Map<string, Set<McpServerId>>()
  const templates: { readonly server: McpServerId; readonly text: string; readonly matches: (uri: string) => boolean }[] = []
  const withResources = servers.filter(({ facts }) => facts.capabilities['resources'] !== undefined)
  const note = (server: McpServerId, uri: string): void => {
    const scheme = schemeOf(uri)
    byScheme.set(scheme, (byScheme.get(scheme) ?? new Set()).add(server))
  }
  for (const { server, lists } of servers) {
    for (const { upstreamName } of lists.resource.capabilities) {
      if (!listed.has(upstreamName)) listed.set(upstreamName, server)
      note(server, upstreamName)
    }
    for (const { upstreamName } of lists['resource-template'].capabilities) {
      templates.push({ server, text: upstreamName, matches: compileTemplate(upstreamName) })
      note(server, upstreamName)
    }
  }

  function guess(uri: string): McpServerId | undefined {
    const candidates = byScheme.get(schemeOf(uri))
    if (candidates) return candidates.size === 1 ? [...candidates][0] : undefined
    return withResources.length === 1 ? withResources[0]?.server : undefined
  }

  function resolve(uri: string): { readonly server: McpServerId; readonly uri: string } | undefined {
    const routed = serverOfRouted(uri)
    if (routed !== undefined && known.has(routed)) return { server: routed as McpServerId, uri: uri.slice(ROUTED.length + routed.length + 1) }
    const template = (): McpServerId | undefined => templates.find(({ text, matches }) => text === uri || matches(uri))?.server
    // Who is named is meant, also when it is not there.
    const server = listed.get(uri) ?? template() ?? (routed === undefined ? guess(uri) : undefined)
    return server === undefined ? undefined : { server, uri }
  }

  return {
    resolve,
    expose(server, uri) {
      const owner = resolve(uri)
      if (owner?.server === server && owner.uri === uri) return uri
      if (FREE_STANDING.test(uri) && !listed.has(uri)) return uri
      return `${ROUTED}${server}/${uri}`
    },
  }
}
