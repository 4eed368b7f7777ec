import type { Readable, Writable } from 'node:stream'
import type { LoadedConfig } from '../config/index.ts'
import { createCallAudit, createCalls, openKeptTasks } from '../core/calls/index.ts'
import { createCatalog, openToolPins, type ToolCatalog } from '../core/catalog/index.ts'
import { createCodeMode } from '../core/code-mode/index.ts'
import { createToolSearch } from '../core/disclosure/index.ts'
import { createExchangeService } from '../core/exchange/index.ts'
import { createIdentity } from '../core/identity/index.ts'
import { createInstances } from '../core/instances/index.ts'
import { createMcpEndpoint } from '../core/mcp-endpoint/index.ts'
import { createResponses } from '../core/responses/index.ts'
import { createRuns, type Runs } from '../core/runs/index.ts'
import { createModelDirectory, createTargetHealth } from '../core/routing/index.ts'
import { createSampling } from '../core/sampling/index.ts'
import { createSessions } from '../core/sessions/index.ts'
import { GatewayError } from '../domain/errors.ts'
import { openStorage } from '../storage/index.ts'
import { createAdminApiSurface } from '../surfaces/admin-api/index.ts'
import { createAnthropicMessagesSurface } from '../surfaces/anthropic-messages/index.ts'
import { createGeminiSurface } from '../surfaces/gemini/index.ts'
import { createHealthSurface, type GatewayHealth } from '../surfaces/health/index.ts'
import { createHttpServer, type HttpServer, type HttpSurface } from '../surfaces/http/index.ts'
import { createMcpHttpSurface } from '../surfaces/mcp-http/index.ts'
import { createMcpStdio, type McpStdio } from '../surfaces/mcp-stdio/index.ts'
import { createModelsSurface } from '../surfaces/models/index.ts'
import { createProviderFilesSurface } from '../surfaces/provider-files/index.ts'
import { createOpenaiChatSurface } from '../surfaces/openai-chat/index.ts'
import { createOpenaiResponsesSurface } from '../surfaces/openai-responses/index.ts'
import { createMcpoSurface, createRestToolsSurface } from '../surfaces/rest-tools/index.ts'
import { createToolsApiSurface } from '../surfaces/tools-api/index.ts'
import { createEvents, createMetrics, type Logger } from '../telemetry/index.ts'
import { createStartGate, sweepOrphans } from '../upstreams/mcp/index.ts'
import { createScriptSandbox } from '../upstreams/sandbox/index.ts'
import type { JsonObject } from '../lib/json.ts'
import { awaitListed } from './await-listed.ts'
import { changedPresets } from './changed-presets.ts'
import { changedSections } from './changed-sections.ts'
import { reportHealth } from './health-report.ts'
import { httpSettings } from './http-settings.ts'
import { createRunTask } from './run-task.ts'
import { createManagePort } from './manage-port.ts'
import { createModelsPort } from './models-port.ts'
import { modelSettings } from './model-settings.ts'
import { observeProcess } from './observe-process.ts'
import { joinChat } from './join-chat.ts'
import { joinConfigChange } from './join-config-change.ts'
import { createLlmFleet } from './llm-fleet.ts'
import { createMcpFleet } from './mcp-fleet.ts'
import { createReloader, type ReloadOutcome } from './reload.ts'
import { loadSealKey } from './seal-key.ts'
import { instructionsPolicy, serverSettings } from './server-settings.ts'
import { settingsThatNeedARestart } from './settings-that-need-a-restart.ts'
import type { StdioView } from './stdio-view.ts'
import { createToolEmbedding } from './tool-embedding.ts'

export interface GatewayOptions {
  readonly loaded: LoadedConfig
  /** Reads the configuration again; throws a `ConfigError` for a bad document. */
  readonly reload: () => Promise<LoadedConfig>
  /** The same with these switches in place of those of the overlay, to see what they would do. */
  readonly preview: (overlayValues: JsonObject) => Promise<LoadedConfig>
  readonly logger: Logger
  readonly version: string
  /** The gateway's own environment; MCP servers see only the allowed part of it. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** False opens no port, for a gateway that serves its parent process on stdio. */
  readonly listens?: boolean
}

/** A running gateway. Disposing it closes every server, connection and file it opened. */
export interface Gateway extends AsyncDisposable {
  /** Undefined when it does not listen. */
  readonly url: URL | undefined
  readonly health: GatewayHealth
  /** Applies what changed in the configuration; a bad document leaves the running one and says so. */
  reload(): Promise<ReloadOutcome>
  /** Refuses new work and settles when the running work has ended or `server.drainTimeout` is over. */
  drain(): Promise<void>
  /** Serves MCP to one client over a pair of streams: all servers, or one under its own names, narrowed by a selection. */
  mcpStdio(input: Readable, output: Writable, shown?: StdioView): McpStdio
}

const prefixed = (kind: string, ids: readonly string[]): readonly string[] => ids.map((id) => `${kind}.${id}`)

export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { logger, version, environment, listens = true } = options
  await using opened = new AsyncDisposableStack()
  let { loaded } = options
  let { config, file } = loaded
  const startedAt = new Date()
  const metrics = createMetrics()
  const events = createEvents(logger, metrics)
  let isDraining = false

  const storage = opened.use(await openStorage({ directory: config.dataDirectory }))
  const stateDirectory = config.dataDirectory
  await sweepOrphans(stateDirectory, logger)
  const clientInfo = { name: 'trunkline', version }
  const startGate = createStartGate()
  const providers = opened.use(createLlmFleet({ logger }))
  const upstreams = (): ReturnType<typeof providers.enabled> => providers.enabled()
  let models = modelSettings(config)
  const directory = createModelDirectory({ upstreams, settings: () => models, logger })
  const targetHealth = createTargetHealth(Date.now)
  const modelsPort = createModelsPort({ exchanges: () => exchanges, directory, health: targetHealth, metrics, logger, providers: () => config.providers })
  const managePort = createManagePort({ loaded: () => loaded, health: () => health(), configChange: () => configChange, reload: () => reloader.reload(), contacted, restartServer: (id) => restartServer(id), ledger: storage.ledger, directory })
  const servers = opened.use(createMcpFleet({ logger, events, clientInfo, environment, stateDirectory, startGate, models: modelsPort, manage: managePort, runTask: createRunTask({ runs: () => runs, directory, logger }) }))
  servers.apply(config.mcpServers)
  providers.apply(config.providers)

  let toolSettings = serverSettings(config)
  const pins = opened.use(await openToolPins({ store: storage.toolPins, events, logger }))
  const { naming, listWaitMs } = config.mcp
  const tools: ToolCatalog = opened.use(createCatalog({ upstreams: () => servers.enabled(), configured: () => servers.configured(), presets: () => config.presets, settings: () => toolSettings, instructions: () => instructionsPolicy(config), pins, learned: () => instances.learned(), events, logger, naming, listWaitMs }))
  const instances = opened.use(createInstances({ catalog: tools, sources: () => servers.isolated(), open: (definition, askRoots) => servers.open(definition, askRoots), twins: { servers: () => servers.enabled(), open: (definition) => servers.openTwin(definition) }, logger, listWaitMs, maxInstances: config.mcp.maxInstances }))
  const { catalog } = instances
  const audit = opened.use(createCallAudit({ store: storage.callRecords, logger, settings: () => config.mcp.audit }))
  const calls = opened.use(createCalls({ upstreams: () => [...servers.enabled(), ...instances.upstreams()], events, logger, settings: () => toolSettings, audit, keptTasks: await openKeptTasks(storage.mcpTasks), sampling: createSampling({ exchanges: () => exchanges, directory }) }))
  instances.onUpstreams(() => calls.syncServers())
  const sessions = opened.use(createSessions({ idleMs: config.mcp.sessionIdleMs, clock: Date, limits: config.mcp.sessions, ...(config.mcp.sessions.persist ? { kept: { store: storage.mcpSessions, logger } } : {}) }))
  let { onLoss } = config.translation
  const plainExchanges = createExchangeService({ upstreams, directory, ledger: storage.ledger, events, sealKey: await loadSealKey(config.dataDirectory), onLoss: () => onLoss, health: targetHealth })
  const runs: Runs = opened.use(createRuns({ exchanges: plainExchanges, catalog, calls, store: storage.runs, events, logger, settings: () => config.runs.limits, standing: () => ({ models: config.runs.models, principals: config.runs.keys }) }))
  const { exchanges } = runs
  const responses = opened.use(createResponses({ exchanges, store: storage.responses, runs: storage.runs, logger }))
  await responses.recover()
  let identity = createIdentity(config.auth.keys)
  const configChange = joinConfigChange({ dataDirectory: config.dataDirectory, load: options.preview, reload: () => reloader.reload() })

  const health = (): GatewayHealth =>
    reportHealth(
      {
        status: isDraining ? 'draining' : 'ready',
        version,
        startedAt: startedAt.toISOString(),
        config: { file: file ?? null, generation: reloader.generation, lastReload: reloader.last },
        activeRequests: http?.active ?? 0,
        providers: config.providers.filter(({ enabled }) => enabled).map(({ id, kind }) => ({ id, kind })),
      },
      [...servers.entities.values()].map(({ upstream }) => upstream),
      catalog,
      servers.isolated().map((definition) => ({ definition, running: instances.count(definition.id) })),
    )
  const bodyLimits = (): { maxBytes: number; idleMs: number } => ({ maxBytes: config.server.limits.bodyBytes, idleMs: config.server.limits.bodyIdleTimeoutMs })
  const chat = joinChat({ config: () => config, storage, runs, catalog, calls, logger, bodyLimits })
  const conversations = opened.use(chat.conversations)
  await conversations.recover()
  const sandbox = opened.use(createScriptSandbox({ settings: config.mcp.code, logger }))
  const search = opened.use(createToolSearch({ embedding: createToolEmbedding({ exchanges: () => plainExchanges, model: () => config.mcp.search.embedding, logger }), events }))
  const prepareSearch = (): void => search.prepare(tools.current.servers)
  tools.onChange(prepareSearch)
  // Servers that were quick are listed already.
  prepareSearch()
  const codeMode = opened.use(createCodeMode({ sandbox, calls, events, search }))
  const endpoint = opened.use(createMcpEndpoint({ catalog, instances, calls, codeMode, search, sessions, serverInfo: clientInfo, defaultMode: config.mcp.mode, tellsAtOnce: () => !config.mcp.instructions.eager }))
  const healthSurface = createHealthSurface({ health, metrics })
  const fixedSurfaces = [
    healthSurface,
    createAdminApiSurface({ reload: () => reloader.reload(), restartServer, readUsage: (span) => storage.ledger.sum(span), directory, configChange, providers: () => config.providers, catalog: tools, servers: () => config.mcpServers, audit }),
    createMcpHttpSurface({ endpoint, catalog, sessions, trustContext: config.mcp.trustContext, bodyLimits }),
    createToolsApiSurface({ catalog, calls, events, servers: () => config.mcpServers, trustContext: config.mcp.trustContext, bodyLimits }),
    createOpenaiChatSurface({ exchanges, bodyLimits }),
    createOpenaiResponsesSurface({ exchanges, responses, bodyLimits }),
    createAnthropicMessagesSurface({ exchanges, bodyLimits }),
    createProviderFilesSurface({ exchanges, bodyLimits }),
    ...chat.surfaces,
    createModelsSurface({ directory }),
    // After the lists of models: it answers everything else under its prefix.
    createGeminiSurface({ exchanges, bodyLimits }),
  ]
  const surfaces = (): readonly HttpSurface[] => {
    const { prefix, mcpo } = config.openapi
    const tools = { catalog, calls, needsKey: config.auth.keys.length > 0, bodyLimits }
    // Its paths could be anything, so every other surface comes first.
    const profile = mcpo ? [createMcpoSurface({ ...tools, profile: mcpo })] : []
    return mcpo?.alone ? [healthSurface, ...profile] : [...fixedSurfaces, createRestToolsSurface({ ...tools, trustContext: config.mcp.trustContext, prefix, version }), ...profile]
  }

  /** Servers with instances start when a client asks for them. */
  async function contacted(id: string): Promise<void> {
    const found = servers.entities.get(id)
    if (found) await awaitListed(found.upstream, tools)
  }

  function restartServer(id: string): boolean {
    const found = servers.entities.get(id)
    found?.upstream.restart('an administrator asked for it')
    const restarted = instances.restart(id, 'an administrator asked for it')
    return found !== undefined || restarted > 0
  }

  const reloader = createReloader({
    load: options.reload,
    events,
    apply(next) {
      // A document that is written while we stop must not start anything.
      if (isDraining) throw new GatewayError('gateway_draining', 'The gateway is shutting down.')
      const before = config
      const pending = settingsThatNeedARestart(before, next.config)
      loaded = next
      ;({ config, file } = loaded)
      const mcpServers = servers.apply(config.mcpServers)
      const llm = providers.apply(config.providers)
      identity = createIdentity(config.auth.keys)
      models = modelSettings(config)
      toolSettings = serverSettings(config)
      onLoss = config.translation.onLoss
      catalog.syncServers()
      instances.sync()
      calls.syncServers()
      prepareSearch()
      http?.update({ surfaces: surfaces(), settings: httpSettings(config) })
      const presets = changedPresets(before.presets, config.presets)
      const merge = (key: 'added' | 'changed' | 'removed'): readonly string[] => [...prefixed('mcpServers', mcpServers[key]), ...prefixed('providers', llm[key]), ...prefixed('presets', presets[key])]
      return {
        added: merge('added'),
        changed: [...merge('changed'), ...changedSections(before, config)],
        removed: merge('removed'),
        problems: pending.map((path) => `\`${path}\` changed; it takes effect at the next start`),
      }
    },
  })

  let http: HttpServer | undefined
  if (listens) http = opened.use(await createHttpServer({ settings: httpSettings(config), surfaces: surfaces(), identity: () => identity, events, logger }))
  startGate.open()
  opened.use(observeProcess(metrics, () => http?.active ?? 0, () => [...servers.entities.values()].map(({ upstream }) => upstream)))

  const kept = opened.move()
  return {
    url: http?.url,
    get health() {
      return health()
    },
    reload: () => reloader.reload(),
    async drain() {
      isDraining = true
      endpoint.drain()
      const { drainTimeoutMs } = config.server
      await Promise.all([http?.drain(drainTimeoutMs), chat.drain(drainTimeoutMs)])
    },
    mcpStdio: (input, output, shown) => createMcpStdio({ catalog, instances, calls, codeMode, search, serverInfo: clientInfo, defaultMode: config.mcp.mode, logger, input, output, ...shown }),
    async [Symbol.asyncDispose]() {
      isDraining = true
      await kept.disposeAsync()
    },
  }
}
