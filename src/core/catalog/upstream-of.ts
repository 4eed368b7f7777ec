import type { McpServerId } from '../../domain/ids.ts'
import { serverBehind } from './twin-id.ts'
import type { CatalogView } from './view-catalog.ts'

type Servers = Pick<CatalogView, 'servers' | 'missing' | 'single'>

/** Where calls of this view’s client to a server go: to its own instance, to the server’s legacy twin, or to the server itself. */
export function upstreamOf({ servers, missing }: Servers, server: McpServerId): McpServerId {
  const found = servers.find((candidate) => candidate.server === server) ?? missing.find((candidate) => candidate.server === server)
  return found?.upstream ?? server
}

/**
 * The server that an upstream is for this view’s client; undefined when it belongs to another, or is not in the view. A server
 * and its legacy twin are one: what was begun over either goes on when the client’s calls go over the other.
 */
export function serverOf(view: Servers, upstream: McpServerId): McpServerId | undefined {
  const wanted = serverBehind(upstream)
  const found = [...view.servers, ...view.missing].find((candidate) => serverBehind(candidate.upstream ?? candidate.server) === wanted)
  return found?.server ?? (view.single === wanted ? wanted : undefined)
}
