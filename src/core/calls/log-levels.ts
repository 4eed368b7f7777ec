import { toJsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import { LOG_LEVELS, type McpLogLevel } from '../sessions/index.ts'

const SET_LEVEL_TIMEOUT_MS = 10_000

/** Keeps legacy servers at the most verbose level that anybody wants; who gets which message is decided per client. */
export interface LogLevels {
  /** What this holder wants from now on; undefined for nothing. Holders are told apart by identity. */
  want(holder: object, level: McpLogLevel | undefined): void
  /** Brings one server up to date before it is used. Never throws: a refused level costs log messages, not the call. */
  apply(upstream: McpUpstream): Promise<void>
}

export function createLogLevels(logger: Logger): LogLevels {
  const wanted = new Map<object, McpLogLevel>()
  const applied = new WeakMap<ServerHello, { readonly level: McpLogLevel; readonly done: Promise<void> }>()

  function lowest(): McpLogLevel | undefined {
    const levels = new Set(wanted.values())
    return LOG_LEVELS.find((level) => levels.has(level))
  }

  async function send(upstream: McpUpstream, level: McpLogLevel): Promise<void> {
    try {
      await upstream.call({ method: 'logging/setLevel', params: toJsonText({ level }), signal: AbortSignal.timeout(SET_LEVEL_TIMEOUT_MS) })
    } catch (error) {
      logger.warn({ server: upstream.id, err: error }, 'an MCP server did not take its log level')
    }
  }

  return {
    want(holder, level) {
      if (level === undefined) wanted.delete(holder)
      else wanted.set(holder, level)
    },
    async apply(upstream) {
      const { status } = upstream
      const level = lowest()
      if (level === undefined || status.state !== 'ready') return
      const { hello } = status
      if (hello.era !== 'legacy' || hello.capabilities['logging'] === undefined) return
      let last = applied.get(hello)
      if (last?.level !== level) applied.set(hello, (last = { level, done: send(upstream, level) }))
      await last.done
    },
  }
}
