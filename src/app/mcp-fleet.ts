import type { AskRoots } from '../core/instances/index.ts'
import type { McpServerDefinition } from '../domain/mcp-server.ts'
import { createMcpUpstream, type McpUpstream, type McpUpstreamDeps } from '../upstreams/mcp/index.ts'
import { countCalls, type CountedUpstream } from './counted-upstream.ts'
import { createEntitySet, type EntityChanges, type EntitySet } from './entity-set.ts'

/** How long calls on a server that was replaced may still run. */
const RETIRE_MS = 30_000

/**
 * The MCP servers of the document. Those that run once, for everybody, start by themselves and at once; nobody waits for them
 * here. Of the others it knows the definitions, and opens what core/instances asks for.
 */
export interface McpFleet extends EntitySet<McpServerDefinition, CountedUpstream> {
  /** Those that run once, in the order of the document. */
  enabled(): readonly McpUpstream[]
  /** Those with instances. A definition that did not change is the same object after a reload. */
  isolated(): readonly McpServerDefinition[]
  /** All that are enabled, in the order of the document. */
  configured(): readonly McpServerDefinition[]
  /** An upstream of a definition that is not started and belongs to whoever asked for it. */
  open(definition: McpServerDefinition, askRoots?: AskRoots): McpUpstream
  /** The same for a second connection to a server: for clients of the older era; its state is nobody’s news. */
  openTwin(definition: McpServerDefinition): McpUpstream
}

const join = (a: EntityChanges, b: EntityChanges): EntityChanges => {
  // A server that began or ceased to have instances is the same server.
  const moved = new Set([...a.added, ...b.added].filter((id) => a.removed.includes(id) || b.removed.includes(id)))
  const still = (ids: readonly string[]): readonly string[] => ids.filter((id) => !moved.has(id))
  return { added: still([...a.added, ...b.added]), changed: [...a.changed, ...b.changed, ...moved], removed: still([...a.removed, ...b.removed]) }
}

export function createMcpFleet(deps: McpUpstreamDeps): McpFleet {
  const open: McpFleet['open'] = (definition, askRoots) => createMcpUpstream(definition, { ...deps, askRoots })
  const twinEvents: McpUpstreamDeps['events'] = {
    ...deps.events,
    serverStateChanged: (facts) => deps.logger.debug({ ...facts }, 'the connection of an MCP server for clients of the older era changed state'),
  }
  const shared = createEntitySet<McpServerDefinition, CountedUpstream>({
    create(definition) {
      const counted = countCalls(open(definition))
      if (definition.enabled) counted.upstream.start()
      return counted
    },
    async retire({ upstream, idle }, why) {
      if (why === 'replaced') await idle(RETIRE_MS)
      await upstream[Symbol.asyncDispose]()
    },
  })
  const isolated = createEntitySet<McpServerDefinition, McpServerDefinition>({ create: (definition) => definition, retire: () => Promise.resolve() })
  let ids: readonly string[] = []
  let sources: readonly McpServerDefinition[] = []
  let running: readonly McpUpstream[] = []
  return {
    get entities() {
      return shared.entities
    },
    apply(definitions) {
      ids = definitions.filter(({ enabled }) => enabled).map(({ id }) => id)
      const changes = join(shared.apply(definitions.filter(({ instances }) => !instances)), isolated.apply(definitions.filter(({ instances }) => instances)))
      sources = [...isolated.entities.values()].filter(({ enabled }) => enabled)
      running = [...shared.entities.values()].map(({ upstream }) => upstream).filter(({ definition }) => definition.enabled)
      return changes
    },
    enabled: () => running,
    isolated: () => sources,
    configured: () => ids.flatMap((id) => shared.entities.get(id)?.upstream.definition ?? isolated.entities.get(id) ?? []),
    open,
    openTwin: (definition) => createMcpUpstream(definition, { ...deps, events: twinEvents, isTwin: true }),
    [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
  }
}
