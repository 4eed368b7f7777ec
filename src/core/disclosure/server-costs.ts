import type { McpServerId } from '../../domain/ids.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import type { CatalogView } from '../catalog/index.ts'
import { estimateTextTokens } from './estimate-text-tokens.ts'
import { visibleDefinition } from './visible-definition.ts'

export interface ServerCost {
  readonly server: McpServerId
  readonly tools: number
  readonly tokens: number
}

/** What each server of the view adds to the full list, in the order of the view. */
export function serverCosts(view: CatalogView, era: McpEra): readonly ServerCost[] {
  const costs = new Map(view.servers.map(({ server }) => [server, { tools: 0, tokens: 0 }]))
  for (const entry of view.list('tool')) {
    const cost = costs.get(entry.route.server)
    if (!cost) continue
    cost.tools++
    cost.tokens += estimateTextTokens(visibleDefinition(view, era, entry))
  }
  return [...costs].map(([server, cost]) => ({ server, ...cost }))
}
