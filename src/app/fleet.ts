import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderId } from '../domain/ids.ts'
import type { McpServerDefinition } from '../domain/mcp-server.ts'
import type { ProviderDefinition } from '../domain/provider.ts'
import type { Events, Logger } from '../telemetry/index.ts'
import { createLlmUpstream, type LlmUpstream } from '../upstreams/llm/index.ts'
import { createMcpUpstream, type McpUpstream, type McpUpstreamDeps } from '../upstreams/mcp/index.ts'
import { countCalls, type CountedUpstream } from './counted-upstream.ts'
import { createEntitySet, type EntitySet } from './entity-set.ts'

export type McpFleet = EntitySet<McpServerDefinition, CountedUpstream>
export type LlmFleet = EntitySet<ProviderDefinition, LlmUpstream>

/** How long calls and answers on something that was replaced may still run. */
const RETIRE_MS = 30_000

/** The MCP servers of the document. Each starts by itself and at once; nobody waits for it here. */
export function createMcpFleet(deps: McpUpstreamDeps): McpFleet {
  return createEntitySet<McpServerDefinition, CountedUpstream>({
    create(definition) {
      const counted = countCalls(createMcpUpstream(definition, deps))
      if (definition.enabled) counted.upstream.start()
      return counted
    },
    async retire({ upstream, idle }) {
      await idle(RETIRE_MS)
      await upstream[Symbol.asyncDispose]()
    },
  })
}

export function createLlmFleet(deps: { readonly logger: Logger; readonly events: Events }): LlmFleet {
  return createEntitySet<ProviderDefinition, LlmUpstream>({
    create: (definition) => createLlmUpstream(definition, deps),
    async retire(upstream) {
      await Promise.race([upstream.retire(), sleep(RETIRE_MS, undefined, { ref: false })])
      await upstream[Symbol.asyncDispose]()
    },
  })
}

export function enabledServers(fleet: McpFleet): readonly McpUpstream[] {
  return [...fleet.entities.values()].map(({ upstream }) => upstream).filter(({ definition }) => definition.enabled)
}

/** Providers that are enabled, as the document in force has it. */
export function enabledProviders(fleet: LlmFleet, definitions: readonly ProviderDefinition[]): ReadonlyMap<ProviderId, LlmUpstream> {
  const pairs = definitions.flatMap(({ id, enabled }) => {
    const upstream = fleet.entities.get(id)
    return enabled && upstream ? [[id, upstream] as const] : []
  })
  return new Map(pairs)
}
