import type { McpServerId } from '../../domain/ids.ts'
import type { CatalogView, NamedCapability } from '../catalog/index.ts'

function serverOfName(view: CatalogView, named: NamedCapability): McpServerId | undefined {
  switch (named.kind) {
    case 'tool':
    case 'prompt':
      return view.find(named.kind, named.name)?.route.server
    case 'resource':
      return view.resolveResource(named.name)?.server
    default:
      return named.server as McpServerId
  }
}

/** The server that a request goes to, by what it names; undefined for a request that names nothing which is there. */
export function calledServer(view: CatalogView, [named]: readonly NamedCapability[]): McpServerId | undefined {
  return named && serverOfName(view, named)
}
