import { createConversations, type ChatSettings, type Conversations } from '../../../src/core/conversations/index.ts'
import { createExchangeService } from '../../../src/core/exchange/index.ts'
import { createIdentity } from '../../../src/core/identity/index.ts'
import { createModelDirectory } from '../../../src/core/routing/index.ts'
import { createSampling } from '../../../src/core/sampling/index.ts'
import type { SamplingPolicy } from '../../../src/domain/sampling-policy.ts'
import { createRuns, type RunSettings } from '../../../src/core/runs/index.ts'
import type { McpTransportDefinition } from '../../../src/domain/mcp-server.ts'
import type { ProviderDefinition } from '../../../src/domain/provider.ts'
import { SCOPES, type Scope } from '../../../src/domain/scope.ts'
import { Secret } from '../../../src/domain/secret.ts'
import { createMemoryConversations, createMemoryRuns, type ConversationStore } from '../../../src/storage/index.ts'
import { createChatWsSurface, type ChatWsSettings } from '../../../src/surfaces/chat-ws/index.ts'
import { createHttpServer, type HttpServer } from '../../../src/surfaces/http/index.ts'
import { createOpenaiChatSurface } from '../../../src/surfaces/openai-chat/index.ts'
import { createSessionsSurface } from '../../../src/surfaces/sessions/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../../src/telemetry/index.ts'
import { createLlmUpstream } from '../../../src/upstreams/llm/index.ts'
import { createMemoryLedger } from '../../support/memory-ledger.ts'
import { startMcpGateway } from '../../support/mcp-gateway.ts'

export interface ChatGatewayOptions {
  readonly providers: readonly ProviderDefinition[]
  readonly servers?: Readonly<Record<string, McpTransportDefinition>>
  readonly chat?: Partial<ChatSettings>
  readonly ws?: Partial<ChatWsSettings>
  readonly runs?: Partial<RunSettings>
  readonly store?: ConversationStore
  /** Whether servers may ask the gateway's models. */
  readonly sampling?: SamplingPolicy
  /** Names of principals; each has the key `sk-<name>-0000`. Without any, everybody is local. */
  readonly principals?: Readonly<Record<string, readonly Scope[]>>
  readonly allowedOrigins?: readonly string[]
}

/** The chat rooms behind the real HTTP server, as `app` builds them. */
export interface ChatGateway extends AsyncDisposable {
  readonly url: string
  readonly wsUrl: string
  readonly http: HttpServer
  readonly conversations: Conversations
}

const WS: ChatWsSettings = { maxMessageBytes: 1024 * 1024, heartbeat: { intervalMs: 30_000, timeoutMs: 60_000 }, allowedOrigins: undefined, notifications: 'detailed' }

export const keyOf = (name: string): string => `sk-${name}-0000`

export async function startChatGateway(options: ChatGatewayOptions): Promise<ChatGateway> {
  const logger = silentLogger
  const events = createEvents(logger, createMetrics())
  await using stack = new AsyncDisposableStack()
  const upstreams = new Map(options.providers.map((definition) => [definition.id, stack.use(createLlmUpstream(definition, { logger }))]))
  const models = { routes: new Map(), rules: [], providers: options.providers, switches: { disabledRoutes: [], disabledModels: {}, favourites: [] } }
  const directory = createModelDirectory({ upstreams: () => upstreams, settings: () => models, logger, listDeadlineMs: 60_000 })
  const sampling = options.sampling ? { sampling: { sampling: createSampling({ exchanges: () => plain, directory }), policy: options.sampling } } : {}
  const { catalog, calls } = stack.use(await startMcpGateway({ servers: options.servers ?? {}, ...sampling }))
  const plain = createExchangeService({ upstreams: () => upstreams, directory, ledger: createMemoryLedger(), events, settings: { maxAttempts: 1 } })
  const runs = createRuns({ exchanges: plain, catalog, calls, store: createMemoryRuns(), events, logger, settings: () => options.runs ?? {} })
  const conversations = stack.use(createConversations({ runs, catalog, calls, store: options.store ?? createMemoryConversations(), logger, settings: () => options.chat ?? {} }))
  const bodyLimits = (): { maxBytes: number; idleMs: number } => ({ maxBytes: 8 * 1024 * 1024, idleMs: 60_000 })
  const keys = Object.entries(options.principals ?? {}).map(([name, scopes]) => ({ name, key: new Secret(keyOf(name)), scopes: scopes.length > 0 ? scopes : SCOPES }))
  const identity = createIdentity(keys)
  const http = stack.use(
    await createHttpServer({
      settings: {
        host: '127.0.0.1',
        port: 0,
        allowedHosts: [],
        allowedOrigins: options.allowedOrigins ?? [],
        corsOrigins: [],
        hasKeys: keys.length > 0,
        allowUnauthenticatedNetwork: false,
        limits: { headerBytes: 16_384, headersTimeoutMs: 60_000, maxConnections: 10_000 },
      },
      surfaces: [createChatWsSurface({ conversations, settings: () => ({ ...WS, ...options.ws }) }), createSessionsSurface({ conversations, bodyLimits }), createOpenaiChatSurface({ exchanges: runs.exchanges, bodyLimits })],
      identity: () => identity,
      events,
      logger,
    }),
  )
  const kept = stack.move()
  const url = http.url.origin
  return { url, wsUrl: url.replace('http', 'ws'), http, conversations, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}
