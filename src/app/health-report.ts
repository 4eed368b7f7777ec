import type { Catalog } from '../core/catalog/index.ts'
import type { McpServerDefinition } from '../domain/mcp-server.ts'
import type { GatewayHealth, ServerHealth } from '../surfaces/health/index.ts'
import type { McpUpstream } from '../upstreams/mcp/index.ts'

function reasonOf({ status, definition }: McpUpstream): string | null {
  if (!definition.enabled) return definition.disabledReason ?? 'disabled in the configuration'
  return 'reason' in status ? status.reason : null
}

function serverHealth(upstream: McpUpstream, catalog: Catalog): ServerHealth {
  const { status, definition, id } = upstream
  const listed = catalog.current.servers.find(({ server }) => server === id)
  const missing = catalog.current.missing.find(({ server }) => server === id)
  const tools = listed?.lists.tool.capabilities.length ?? 0
  return {
    id,
    state: status.state,
    reason: reasonOf(upstream) ?? missing?.reason ?? null,
    nextAttemptAt: status.state === 'backing-off' ? status.nextAttemptAt.toISOString() : null,
    era: status.state === 'ready' ? status.hello.era : null,
    transport: definition.transport.kind,
    tools: listed && !(missing && tools === 0) ? tools : null,
  }
}

/** A server with instances of its own for each client, and how many of them run. */
export interface IsolatedServer {
  readonly definition: McpServerDefinition
  readonly running: number
}

function isolatedHealth({ definition: { id, transport }, running }: IsolatedServer): ServerHealth {
  return { id, state: running > 0 ? 'ready' : 'on-demand', reason: null, nextAttemptAt: null, era: null, transport: transport.kind, tools: null, instances: running }
}

/** The rich state of `/healthz`, read from those who own it. */
export function reportHealth(
  facts: Omit<GatewayHealth, 'servers' | 'catalog'>,
  upstreams: Iterable<McpUpstream>,
  catalog: Catalog,
  isolated: readonly IsolatedServer[] = [],
): GatewayHealth {
  const servers = [...[...upstreams].map((upstream) => serverHealth(upstream, catalog)), ...isolated.map(isolatedHealth)]
  return { ...facts, catalog: { generation: catalog.current.generation }, servers }
}
