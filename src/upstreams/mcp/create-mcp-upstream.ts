import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Events, Logger } from '../../telemetry/index.ts'
import { createBuiltinConnector, type BuiltinPorts } from './builtin/connect-builtin.ts'
import { createInProcessConnector } from './builtin/connect-in-process.ts'
import type { Connector } from './connection.ts'
import type { ClientInfo } from './handshake/requests.ts'
import { openOpenapiServer } from './openapi/openapi-server.ts'
import { createOwnRoots } from './peer/own-roots.ts'
import { createStdioConnector } from './stdio/connect-stdio.ts'
import { createHttpConnector } from './streamable-http/connect-http.ts'
import type { StartGate } from './supervisor/start-gate.ts'
import { superviseUpstream } from './supervisor/supervise.ts'
import { DEFAULT_TIMING, type Timing } from './supervisor/timing.ts'
import type { McpUpstream } from './upstream.ts'

export interface McpUpstreamDeps extends BuiltinPorts {
  readonly logger: Logger
  readonly events: Events
  readonly clientInfo: ClientInfo
  /** The gateway's environment; a child sees only the allowed part of it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where children are recorded for `sweepOrphans`; without one a killed gateway is cleaned up after by its guardians alone. */
  readonly stateDirectory: string | undefined
  readonly timing?: Partial<Timing>
  /** Asks the one client whose instance it is for its roots; undefined for a server that several clients share, and for a client without roots. */
  readonly askRoots?: (() => Promise<JsonText>) | undefined
  /**
   * It is the second connection to a server, for clients of the older era. A refused handshake is final. At an address it needs an MCP
   * session, without which a server can ask nothing, and nobody looks for HTTP+SSE.
   */
  readonly isTwin?: boolean
  /** Without one a process starts when it is asked to. */
  readonly startGate?: StartGate
}

/** The supervised upstream of a definition. It does nothing until `start`. */
export function createMcpUpstream(definition: McpServerDefinition, deps: McpUpstreamDeps): McpUpstream {
  const logger = deps.logger.child({ server: definition.id })
  const timing: Timing = { ...DEFAULT_TIMING, ...deps.timing }
  let lastId = 0
  const nextId = (): number => ++lastId
  const { transport } = definition
  const shared = { ...deps, logger, timing, nextId, roots: createOwnRoots(definition.roots, deps.askRoots) }

  function createConnector(): Connector {
    switch (transport.kind) {
      case 'stdio':
        return createStdioConnector(definition, transport, shared)
      case 'builtin':
        return createBuiltinConnector(definition, transport, shared)
      case 'openapi':
        return createInProcessConnector(definition, (signal) => openOpenapiServer(definition, transport, signal), shared)
      case 'http':
      case 'sse':
        return createHttpConnector(definition, transport, shared)
    }
  }

  return superviseUpstream({ definition, connector: createConnector(), logger, events: deps.events, timing, startGate: transport.kind === 'stdio' ? deps.startGate : undefined })
}
