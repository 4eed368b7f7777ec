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
  /** Why it has no good answer, in one of few words; undefined when it has. */
  readonly errorClass: string | undefined
  readonly attempts: number
}

export interface RunSettled {
  readonly outcome: 'answered' | 'failed' | 'cancelled'
  readonly turns: number
  readonly calls: number
  readonly durationMs: number
  /** Why it failed. */
  readonly error?: string
}

export interface ScriptSettled {
  /** Also the request id of the calls that it made. */
  readonly id: string
  readonly outcome: 'returned' | 'threw' | 'ended' | 'cancelled' | 'failed'
  readonly calls: number
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
  /** A call that went to no server: nothing of its name is there, or it was malformed. */
  callRefused(logger: Logger, facts: { readonly method: string; readonly errorClass: string }): void
  /** `logger` carries the id of the run, as it does for every exchange and call of it. */
  runBegun(logger: Logger, facts: { readonly surface: string; readonly model: string; readonly tools: number }): void
  runSettled(logger: Logger, facts: RunSettled): void
  /** A script of a client in code mode is over. Its calls are settled one by one. */
  scriptSettled(logger: Logger, facts: ScriptSettled): void
  serverStateChanged(facts: ServerStateChanged): void
  /** A tool's definition is not the one that was approved. */
  toolChanged(facts: { readonly server: string; readonly tool: string; readonly approvedDigest: string; readonly digest: string }): void
  /** Tools are searched by words alone although a model is configured. Told once an hour for each reason. */
  toolEmbeddingTroubled(facts: { readonly model: string; readonly reason: string; readonly message: string }): void
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
  const callErrors = metrics.counter('trunkline_mcp_call_errors_total', 'MCP calls without a good answer, by class of error; without a server when none was reached.')
  const callRetries = metrics.counter('trunkline_mcp_call_retries_total', 'MCP calls that were made again.')
  const toolCalls = metrics.counter('trunkline_mcp_tool_calls_total', 'Tool calls settled, by tool.')
  const toolSeconds = metrics.counter('trunkline_mcp_tool_call_seconds_total', 'Time that calls of a tool took, all together.')
  const runs = metrics.counter('trunkline_runs_total', 'Runs settled.')
  const runSeconds = metrics.histogram('trunkline_run_duration_seconds', 'Whole run.', SECONDS)
  const scripts = metrics.counter('trunkline_mcp_scripts_total', 'Scripts of code mode settled.')
  const scriptSeconds = metrics.histogram('trunkline_mcp_script_duration_seconds', 'Whole script.', SECONDS)
  const states = metrics.counter('trunkline_mcp_server_state_changes_total', 'State changes of MCP servers.')
  const changedTools = metrics.counter('trunkline_mcp_tool_changes_total', 'Definitions of tools that changed after they were approved.')
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
      if (facts.errorClass !== undefined) callErrors.add({ server: facts.server, class: facts.errorClass })
      if (facts.attempts > 1) callRetries.add({ server: facts.server }, facts.attempts - 1)
      if (facts.method === 'tools/call') {
        toolCalls.add({ server: facts.server, tool: facts.name, outcome: facts.outcome })
        toolSeconds.add({ server: facts.server, tool: facts.name }, facts.durationMs / 1000)
      }
      callLogger.info({ event: 'call', ...facts }, 'call settled')
    },
    callRefused(callLogger, facts) {
      callErrors.add({ server: '', class: facts.errorClass })
      callLogger.info({ event: 'call-refused', ...facts }, 'call refused')
    },
    runBegun(runLogger, facts) {
      runLogger.info({ event: 'run-begun', ...facts }, 'run begun')
    },
    runSettled(runLogger, facts) {
      runs.add({ outcome: facts.outcome })
      runSeconds.observe({ outcome: facts.outcome }, facts.durationMs / 1000)
      runLogger.info({ event: 'run', ...facts }, 'run settled')
    },
    scriptSettled(scriptLogger, facts) {
      scripts.add({ outcome: facts.outcome })
      scriptSeconds.observe({ outcome: facts.outcome }, facts.durationMs / 1000)
      scriptLogger.info({ event: 'script', ...facts }, 'script settled')
    },
    serverStateChanged(facts) {
      states.add({ server: facts.server, state: facts.state })
      const level = facts.state === 'failed' || facts.state === 'backing-off' ? 'warn' : 'info'
      logger[level]({ event: 'server-state', ...facts }, 'MCP server changed state')
    },
    toolChanged(facts) {
      changedTools.add({ server: facts.server })
      logger.warn({ event: 'tool-changed', ...facts }, 'the definition of a tool changed after it was approved')
    },
    toolEmbeddingTroubled(facts) {
      logger.warn({ event: 'tool-embedding', ...facts }, 'tools are searched by words alone for now: the embedding does not work')
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
