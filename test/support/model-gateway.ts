import { createExchangeService, type ExchangeService, type ExchangeSettings } from '../../src/core/exchange/index.ts'
import { createIdentity } from '../../src/core/identity/index.ts'
import { createResponses, type ResponseSettings } from '../../src/core/responses/index.ts'
import { createModelDirectory, type ModelSettings } from '../../src/core/routing/index.ts'
import type { ProviderId, RouteId } from '../../src/domain/ids.ts'
import type { ProviderDefinition } from '../../src/domain/provider.ts'
import type { ModelSwitches, Route, RouteNode, RouteRule } from '../../src/domain/route.ts'
import { SCOPES } from '../../src/domain/scope.ts'
import { Secret } from '../../src/domain/secret.ts'
import { createMemoryResponses, createMemoryRuns, type ResponseStore, type RunStore } from '../../src/storage/index.ts'
import { createAnthropicMessagesSurface } from '../../src/surfaces/anthropic-messages/index.ts'
import { createGeminiSurface } from '../../src/surfaces/gemini/index.ts'
import { createHttpServer } from '../../src/surfaces/http/index.ts'
import { createModelsSurface } from '../../src/surfaces/models/index.ts'
import { createOpenaiChatSurface } from '../../src/surfaces/openai-chat/index.ts'
import { createOpenaiResponsesSurface } from '../../src/surfaces/openai-responses/index.ts'
import { createProviderFilesSurface } from '../../src/surfaces/provider-files/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../src/telemetry/index.ts'
import { createLlmUpstream } from '../../src/upstreams/llm/index.ts'
import { createMemoryLedger, type MemoryLedger } from './memory-ledger.ts'

/** Of whatever a test does not set: a machine that stalls for seconds runs into none of these. */
const PATIENCE_MS = 60_000

export interface ModelGatewayOptions {
  readonly providers: readonly ProviderDefinition[]
  /** Public model → `provider/model` names, tried in this order. */
  readonly fallbacks?: Readonly<Record<string, readonly [string, ...string[]]>>
  /** Public models beside `fallbacks`. */
  readonly routes?: Readonly<Record<string, RouteNode>>
  readonly rules?: readonly RouteRule[]
  readonly switches?: Partial<ModelSwitches>
  readonly settings?: Partial<ExchangeSettings>
  readonly bodyBytes?: number
  readonly listDeadlineMs?: number
  readonly stalledMs?: number
  readonly keepAliveMs?: number
  /** Names of principals; each has the key `sk-<name>-0000`. Without any, everybody is local. */
  readonly principals?: readonly string[]
  readonly store?: ResponseStore
  readonly runs?: RunStore
  readonly responses?: Partial<ResponseSettings>
  /** Puts something between the surfaces and the exchanges. */
  wrap?(exchanges: ExchangeService): ExchangeService
}

/** The model rooms behind the real HTTP server, as `app` builds them, with a ledger in memory. */
export interface ModelGateway extends AsyncDisposable {
  /** With `/v1`. */
  readonly url: string
  readonly ledger: MemoryLedger
  drain(deadlineMs: number): Promise<void>
}

export function defineProvider(id: string, baseUrl: string, changes: Partial<ProviderDefinition> = {}): ProviderDefinition {
  return {
    id: id as ProviderId,
    kind: 'openai-compatible',
    baseUrl,
    apiKey: new Secret('sk-provider'),
    headers: {},
    models: undefined,
    parameters: {},
    quirks: [],
    facts: {},
    enabled: true,
    timeouts: { connectMs: PATIENCE_MS, firstTokenMs: PATIENCE_MS, idleMs: PATIENCE_MS },
    ...changes,
  }
}

function fallbackRoute(publicModel: string, names: readonly [string, ...string[]]): Route {
  const [first, ...rest] = names.map((name) => {
    const slash = name.indexOf('/')
    return { weight: 1, to: { kind: 'target', provider: name.slice(0, slash) as ProviderId, model: name.slice(slash + 1) } } as const
  })
  if (!first) throw new TypeError('Expected a target.')
  return { id: publicModel as RouteId, publicModel, root: { kind: 'fork', strategy: 'fallback', ways: [first, ...rest] } }
}

export async function startModelGateway(options: ModelGatewayOptions): Promise<ModelGateway> {
  const logger = silentLogger
  const events = createEvents(logger, createMetrics())
  const ledger = createMemoryLedger()
  const upstreams = new Map(options.providers.map((definition) => [definition.id, createLlmUpstream(definition, { logger })]))
  const routes = new Map(Object.entries(options.fallbacks ?? {}).map(([name, targets]) => [name, fallbackRoute(name, targets)]))
  for (const [name, root] of Object.entries(options.routes ?? {})) routes.set(name, { id: name as RouteId, publicModel: name, root })
  const models: ModelSettings = { routes, rules: options.rules ?? [], providers: options.providers, switches: { disabledRoutes: [], disabledModels: {}, favourites: [], ...options.switches } }
  const directory = createModelDirectory({ upstreams: () => upstreams, settings: () => models, logger, listDeadlineMs: options.listDeadlineMs ?? PATIENCE_MS })
  const plain = createExchangeService({ upstreams: () => upstreams, directory, ledger, events, ...(options.settings ? { settings: options.settings } : {}) })
  const exchanges = options.wrap?.(plain) ?? plain
  const { bodyBytes = 32 * 1024 * 1024, stalledMs = PATIENCE_MS, keepAliveMs } = options
  const surfaceDeps = {
    exchanges,
    bodyLimits: () => ({ maxBytes: bodyBytes, idleMs: PATIENCE_MS }),
    stalledMs,
    ...(keepAliveMs === undefined ? {} : { keepAliveMs }),
  }
  const { store = createMemoryResponses(), runs = createMemoryRuns(), principals = [] } = options
  const responses = createResponses({ exchanges, store, runs, logger, ...(options.responses ? { settings: options.responses } : {}) })
  await responses.recover()
  const server = await createHttpServer({
    settings: {
      host: '127.0.0.1',
      port: 0,
      allowedHosts: [],
      allowedOrigins: [],
      corsOrigins: [],
      hasKeys: false,
      allowUnauthenticatedNetwork: false,
      limits: { headerBytes: 16_384, headersTimeoutMs: PATIENCE_MS, maxConnections: 10_000 },
    },
    surfaces: [createOpenaiChatSurface(surfaceDeps), createOpenaiResponsesSurface({ ...surfaceDeps, responses }), createAnthropicMessagesSurface(surfaceDeps), createModelsSurface({ directory }), createGeminiSurface(surfaceDeps), createProviderFilesSurface(surfaceDeps)],
    identity: () => createIdentity(principals.map((name) => ({ name, key: new Secret(`sk-${name}-0000`), scopes: SCOPES }))),
    events,
    logger,
  })
  return {
    url: `${server.url.origin}/v1`,
    ledger,
    drain: (deadlineMs) => server.drain(deadlineMs),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      await responses[Symbol.asyncDispose]()
      await Promise.all([...upstreams.values()].map((upstream) => upstream[Symbol.asyncDispose]()))
    },
  }
}
