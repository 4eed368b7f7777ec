import type { McpServerDefinition } from '../domain/mcp-server.ts'
import { createMcpUpstream, type McpUpstream, type McpUpstreamDeps } from '../upstreams/mcp/index.ts'
import { countCalls, type CountedUpstream } from './counted-upstream.ts'
import { createEntitySet, type EntitySet } from './entity-set.ts'

/** How long calls on a server that was replaced may still run. */
const RETIRE_MS = 30_000

/** The MCP servers of the document. Each starts by itself and at once; nobody waits for it here. */
export interface McpFleet extends EntitySet<McpServerDefinition, CountedUpstream> {
  /** In the order of the document. */
  enabled(): readonly McpUpstream[]
}

export function createMcpFleet(deps: McpUpstreamDeps): McpFleet {
  const set = createEntitySet<McpServerDefinition, CountedUpstream>({
    create(definition) {
      const counted = countCalls(createMcpUpstream(definition, deps))
      if (definition.enabled) counted.upstream.start()
      return counted
    },
    async retire({ upstream, idle }, why) {
      if (why === 'replaced') await idle(RETIRE_MS)
      await upstream[Symbol.asyncDispose]()
    },
  })
  return {
    get entities() {
      return set.entities
    },
    apply: (definitions) => set.apply(definitions),
    enabled: () => [...set.entities.values()].map(({ upstream }) => upstream).filter(({ definition }) => definition.enabled),
    [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
  }
}
