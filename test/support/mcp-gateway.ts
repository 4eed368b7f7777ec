import type { DisclosureMode } from '../../src/domain/disclosure-mode.ts'
import type { McpServerId } from '../../src/domain/ids.ts'
import type { McpServerDefinition, McpTransportDefinition } from '../../src/domain/mcp-server.ts'
import type { ServerSettings } from '../../src/domain/server-settings.ts'
import type { PresetDefinition } from '../../src/domain/preset.ts'
import type { SandboxSettings } from '../../src/domain/sandbox-settings.ts'
import { createCalls, openKeptTasks, type CallAudit, type Calls } from '../../src/core/calls/index.ts'
import { createCatalog, type Catalog } from '../../src/core/catalog/index.ts'
import { createCodeMode, type CodeMode } from '../../src/core/code-mode/index.ts'
import { createIdentity, type ConfiguredKey } from '../../src/core/identity/index.ts'
import { createInstances } from '../../src/core/instances/index.ts'
import { createMcpEndpoint, type McpEndpoint } from '../../src/core/mcp-endpoint/index.ts'
import type { Sampling } from '../../src/core/sampling/index.ts'
import type { SamplingPolicy } from '../../src/domain/sampling-policy.ts'
import { createSessions, type Sessions, type StreamLimits } from '../../src/core/sessions/index.ts'
import { openStorage } from '../../src/storage/index.ts'
import { createHttpServer } from '../../src/surfaces/http/index.ts'
import { createMcpHttpSurface } from '../../src/surfaces/mcp-http/index.ts'
import { createEvents, createMetrics, silentLogger, type Events, type Logger } from '../../src/telemetry/index.ts'
import { createMcpUpstream, type McpUpstream } from '../../src/upstreams/mcp/index.ts'
import { createScriptSandbox, type ScriptSandbox } from '../../src/upstreams/sandbox/index.ts'

/** Of whatever a test does not set: a machine that stalls for seconds runs into none of these. */
const PATIENCE_MS = 60_000

export interface McpGatewayOptions {
  readonly servers?: Readonly<Record<string, McpTransportDefinition>>
  /** Instead of real servers. */
  readonly upstreams?: readonly McpUpstream[]
  readonly definition?: Partial<McpServerDefinition>
  readonly naming?: 'prefixed' | 'bare'
  readonly mode?: DisclosureMode
  /** Of `code` mode; a sandbox is not disposed with the gateway. */
  readonly scripts?: Partial<SandboxSettings> | ScriptSandbox
  /** Where calls are recorded. */
  readonly audit?: CallAudit
  readonly listWaitMs?: number
  readonly sessionIdleMs?: number
  /** Clients are told what is known at once, without waiting for servers that start. */
  readonly tellsAtOnce?: boolean
  /** Where sessions survive the gateway. */
  readonly dataDirectory?: string
  readonly streamLimits?: StreamLimits
  readonly parkedMs?: number
  /** Models for servers that ask for one, and the policy of every server. */
  readonly sampling?: { readonly sampling: Sampling; readonly policy: SamplingPolicy }
  readonly keys?: readonly ConfiguredKey[]
  /** Of pages, as `server.corsOrigins`. */
  readonly corsOrigins?: readonly string[]
  /** Read with every snapshot; a change is noticed at `catalog.syncServers()`. */
  readonly presets?: () => readonly PresetDefinition[]
  readonly logger?: Logger
}

/** The MCP half of a gateway on a free port: real servers behind it, real sockets before it. */
export interface McpGateway extends AsyncDisposable {
  readonly url: string
  readonly catalog: Catalog
  readonly calls: Calls
  readonly sessions: Sessions
  readonly upstreams: McpUpstream[]
  readonly events: Events
  readonly endpoint: McpEndpoint
  readonly codeMode: CodeMode
}

export const SCRIPTS: SandboxSettings = { sandbox: 'auto', timeoutMs: 60_000, memoryBytes: 64 * 1024 * 1024, outputBytes: 20_000, messageBytes: 4_000_000, calls: 50, parallelCalls: 8, processes: 4 }

function definitionOf(id: string, transport: McpTransportDefinition, more: Partial<McpServerDefinition>): McpServerDefinition {
  return {
    id: id as McpServerId,
    transport,
    era: 'auto',
    enabled: true,
    tags: [],
    timeouts: { connectMs: PATIENCE_MS, callMs: PATIENCE_MS, listMs: PATIENCE_MS },
    limits: { messageBytes: 64 * 1024 * 1024 },
    ...more,
  }
}

function settingsOf(server: McpServerId, sampling: SamplingPolicy): ServerSettings {
  const limits = { concurrency: undefined, queue: 100, queueTimeoutMs: PATIENCE_MS, resultBytes: undefined }
  return { server, tools: {}, disabledTools: [], enabledTools: undefined, instructions: undefined, pinning: 'off', limits, retries: 0, sampling }
}

export async function startMcpGateway(options: McpGatewayOptions): Promise<McpGateway> {
  const { logger = silentLogger, naming = 'prefixed', listWaitMs = PATIENCE_MS, sessionIdleMs = 600_000, keys = [] } = options
  await using stack = new AsyncDisposableStack()
  const metrics = createMetrics()
  const events = createEvents(logger, metrics)
  const deps = { logger, events, clientInfo: { name: 'trunkline', version: '0.0.0' }, environment: process.env, stateDirectory: undefined }
  const real = Object.entries(options.servers ?? {}).map(([id, transport]) => createMcpUpstream(definitionOf(id, transport, options.definition ?? {}), deps))
  const upstreams = [...real, ...(options.upstreams ?? [])]
  for (const upstream of upstreams) stack.use(upstream)
  const catalog = stack.use(createCatalog({ upstreams: () => upstreams, ...(options.presets ? { presets: options.presets } : {}), events, logger, naming, listWaitMs }))
  // As in a whole gateway: only a definition with `twin` has one.
  const twins = { servers: () => upstreams, open: (definition: McpServerDefinition) => createMcpUpstream(definition, { ...deps, isTwin: true }) }
  const instances = stack.use(createInstances({ catalog, sources: () => [], open: (definition) => createMcpUpstream(definition, deps), twins, logger, listWaitMs, maxInstances: 100 }))
  const { sampling } = options
  const asking = sampling ? { sampling: sampling.sampling, settings: () => new Map(upstreams.map(({ id }) => [id, settingsOf(id, sampling.policy)])) } : {}
  const storage = options.dataDirectory === undefined ? undefined : stack.use(await openStorage({ directory: options.dataDirectory }))
  const keptTasks = storage && (await openKeptTasks(storage.mcpTasks))
  const calls = stack.use(createCalls({ upstreams: () => [...upstreams, ...instances.upstreams()], events, logger, startWaitMs: PATIENCE_MS, ...(keptTasks ? { keptTasks } : {}), ...asking, ...(options.audit ? { audit: options.audit } : {}), ...(options.parkedMs ? { parkedMs: options.parkedMs } : {}) }))
  instances.onUpstreams(() => calls.syncServers())
  const sessions = stack.use(
    createSessions({
      idleMs: sessionIdleMs,
      clock: Date,
      ...(storage ? { kept: { store: storage.mcpSessions, logger } } : {}),
      ...(options.streamLimits ? { limits: options.streamLimits } : {}),
    }),
  )
  const { scripts = {} } = options
  const sandbox = 'run' in scripts ? scripts : stack.use(createScriptSandbox({ settings: { ...SCRIPTS, ...scripts }, logger }))
  const codeMode = stack.use(createCodeMode({ sandbox, calls, events, ...(options.parkedMs ? { parkedMs: options.parkedMs } : {}) }))
  const endpoint = stack.use(createMcpEndpoint({ catalog, instances, calls, codeMode, sessions, serverInfo: { name: 'trunkline', version: '0.0.0' }, ...(options.mode ? { defaultMode: options.mode } : {}), tellsAtOnce: () => options.tellsAtOnce === true }))
  const surface = createMcpHttpSurface({ endpoint, catalog, sessions, bodyLimits: () => ({ maxBytes: 32 * 1024 * 1024, idleMs: PATIENCE_MS }) })
  const identity = createIdentity(keys)
  const http = stack.use(
    await createHttpServer({
      settings: {
        host: '127.0.0.1',
        port: 0,
        allowedHosts: [],
        allowedOrigins: [],
        corsOrigins: options.corsOrigins ?? [],
        hasKeys: keys.length > 0,
        allowUnauthenticatedNetwork: false,
        limits: { headerBytes: 65_536, headersTimeoutMs: 120_000, maxConnections: 1_000 },
      },
      surfaces: [surface],
      identity: () => identity,
      events,
      logger,
    }),
  )
  for (const upstream of upstreams) upstream.start()
  const kept = stack.move()
  return {
    url: http.url.href.replace(/\/$/, ''),
    catalog,
    calls,
    sessions,
    upstreams,
    events,
    endpoint,
    codeMode,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}
