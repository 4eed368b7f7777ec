import type { Logger } from './logger.ts'
import type { Metrics } from './metrics.ts'

export interface RequestSettled {
  readonly surface: string
  readonly method: string
  /** The route's pattern, never the address: `/tools/{server}/{tool}`. */
  readonly route: string
  readonly status: number
  readonly durationMs: number
}

export interface ExchangeSettled {
  readonly exchangeId: string
  readonly provider: string
  readonly model: string
  readonly outcome: 'answered' | 'failed' | 'cancelled' | 'interrupted'
  readonly status: number
  readonly attempts: number
  readonly durationMs: number
  readonly firstByteMs: number | undefined
  readonly inputTokens: number | undefined
  readonly outputTokens: number | undefined
  /** What translation could not carry, as in `x-trunkline-losses`, with what was found while the answer streamed. */
  readonly losses?: readonly string[]
}

export interface CallSettled {
  readonly server: string
  readonly method: string
  /** The tool, prompt or resource by its upstream name; only logged, never a label unless it is a tool. */
  readonly name: string
  readonly outcome: 'answered' | 'tool-error' | 'rpc-error' | 'timeout' | 'unavailable' | 'interrupted' | 'cancelled' | 'failed'
  readonly durationMs: number
}

export interface ServerStateChanged {
  readonly server: string
  readonly state: string
  readonly reason: string | undefined
}

export interface CatalogRefreshed {
  readonly generation: number
  readonly entries: number
  readonly missing: readonly string[]
  readonly durationMs: number
}

/** What happened, one function per business event: the log line and the metrics of an event live in one place. */
export interface Events {
  requestSettled(logger: Logger, facts: RequestSettled): void
  exchangeSettled(logger: Logger, facts: ExchangeSettled): void
  callSettled(logger: Logger, facts: CallSettled): void
  serverStateChanged(facts: ServerStateChanged): void
  catalogRefreshed(facts: CatalogRefreshed): void
  configReloaded(facts: { readonly generation: number; readonly added: readonly string[]; readonly changed: readonly string[]; readonly removed: readonly string[] }): void
  configRejected(facts: { readonly reason: string }): void
  authenticationRefused(logger: Logger, facts: { readonly code: string; readonly surface: string }): void
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] as const

export function createEvents(logger: Logger, metrics: Metrics): Events {
  const requests = metrics.counter('trunkline_http_requests_total', 'HTTP requests answered.')
  const exchanges = metrics.counter('trunkline_exchanges_total', 'Model exchanges settled.')
  const exchangeSeconds = metrics.histogram('trunkline_exchange_duration_seconds', 'Whole exchange.', SECONDS)
  const firstByteSeconds = metrics.histogram('trunkline_ttft_seconds', 'Until the first answer byte.', SECONDS)
  const attempts = metrics.counter('trunkline_upstream_attempts_total', 'Attempts at provider targets.')
  const tokens = metrics.counter('trunkline_tokens_total', 'Tokens as providers count them.')
  const calls = metrics.counter('trunkline_mcp_calls_total', 'MCP calls settled.')
  const callSeconds = metrics.histogram('trunkline_mcp_call_duration_seconds', 'Whole MCP call.', SECONDS)
  const states = metrics.counter('trunkline_mcp_server_state_changes_total', 'State changes of MCP servers.')
  const reloads = metrics.counter('trunkline_config_reloads_total', 'Configuration documents read.')
  const refused = metrics.counter('trunkline_auth_failures_total', 'Requests refused for their credentials.')

  return {
    requestSettled(requestLogger, facts) {
      requests.add({ surface: facts.surface, route: facts.route, method: facts.method, code: String(facts.status) })
      requestLogger.info({ event: 'request', ...facts }, 'request settled')
    },
    exchangeSettled(exchangeLogger, facts) {
      const labels = { provider: facts.provider, model: facts.model }
      exchanges.add({ ...labels, outcome: facts.outcome })
      exchangeSeconds.observe(labels, facts.durationMs / 1000)
      if (facts.firstByteMs !== undefined) firstByteSeconds.observe(labels, facts.firstByteMs / 1000)
      attempts.add(labels, facts.attempts)
      if (facts.inputTokens !== undefined) tokens.add({ ...labels, type: 'input' }, facts.inputTokens)
      if (facts.outputTokens !== undefined) tokens.add({ ...labels, type: 'output' }, facts.outputTokens)
      exchangeLogger.info({ event: 'exchange', ...facts }, 'exchange settled')
    },
    callSettled(callLogger, facts) {
      calls.add({ server: facts.server, method: facts.method, outcome: facts.outcome })
      callSeconds.observe({ server: facts.server, method: facts.method }, facts.durationMs / 1000)
      callLogger.info({ event: 'call', ...facts }, 'call settled')
    },
    serverStateChanged(facts) {
      states.add({ server: facts.server, state: facts.state })
      const level = facts.state === 'failed' || facts.state === 'backing-off' ? 'warn' : 'info'
      logger[level]({ event: 'server-state', ...facts }, 'MCP server changed state')
    },
    catalogRefreshed(facts) {
      logger.debug({ event: 'catalog', ...facts }, 'catalog refreshed')
    },
    configReloaded(facts) {
      reloads.add({ outcome: 'applied' })
      logger.info({ event: 'config', ...facts }, 'configuration applied')
    },
    configRejected(facts) {
      reloads.add({ outcome: 'rejected' })
      logger.error({ event: 'config', ...facts }, 'configuration rejected; the running one stays')
    },
    authenticationRefused(requestLogger, facts) {
      refused.add({ reason: facts.code })
      requestLogger.warn({ event: 'auth', ...facts }, 'credentials refused')
    },
  }
}
