import type { McpServerId } from '../../domain/ids.ts'
import type { CatalogView } from './view-catalog.ts'

type Servers = Pick<CatalogView, 'servers' | 'missing' | 'single'>

/** Where calls of this view’s client to a server go: to its own instance, or to the server itself. */
export function upstreamOf({ servers, missing }: Servers, server: McpServerId): McpServerId {
  const found = servers.find((candidate) => candidate.server === server) ?? missing.find((candidate) => candidate.server === server)
  return found?.upstream ?? server
}

/** The server that an upstream is for this view’s client; undefined when it belongs to another, or is not in the view. */
export function serverOf(view: Servers, upstream: McpServerId): McpServerId | undefined {
  const found = [...view.servers, ...view.missing].find((candidate) => (candidate.upstream ?? candidate.server) === upstream)
  return found?.server ?? (view.single === upstream ? upstream : undefined)
}
