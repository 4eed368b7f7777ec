import type { McpServerId } from '../../domain/ids.ts'
import { parseJsonText, readMember, toJsonText, type JsonText } from '../../lib/json-text.ts'
import type { Logger } from '../../telemetry/index.ts'
import type { McpUpstream, ServerHello } from '../../upstreams/mcp/index.ts'
import { LOG_LEVELS, type McpLogLevel } from '../sessions/index.ts'

const SET_LEVEL_TIMEOUT_MS = 10_000

/** What a client hears that never named a level, of a server that others made more talkative. */
const UNASKED: McpLogLevel = 'info'

/** Keeps each legacy server at the most verbose level that anybody wants of it; who gets which message is decided per client. */
export interface LogLevels {
  /** What this holder wants of these servers from now on, in the place of what it wanted; undefined for nothing. Holders are told apart by identity. */
  want(holder: object, level: McpLogLevel | undefined, servers: readonly McpServerId[]): void
  /** Brings one server up to date before it is used. Never throws: a refused level costs log messages, not the call. */
  apply(upstream: McpUpstream): Promise<void>
  /** Whether a log message of the server may go to a legacy caller that named no level: what others asked for is not for it. */
  isForUnasked(upstream: McpUpstream, params: JsonText | undefined): boolean
}

interface Wish {
  readonly level: McpLogLevel
  readonly servers: readonly McpServerId[]
}

function levelOf(params: JsonText | undefined): McpLogLevel | undefined {
  const text = params && readMember(params, 'level')
  const value = text === undefined ? undefined : parseJsonText(text)
  return LOG_LEVELS.find((level) => level === value)
}

export function createLogLevels(logger: Logger): LogLevels {
  const wishes = new Map<object, Wish>()
  /** How many holders want which level of a server: a call asks for the lowest, however many clients there are. */
  const counts = new Map<McpServerId, Map<McpLogLevel, number>>()
  const applied = new WeakMap<ServerHello, { readonly level: McpLogLevel; readonly done: Promise<void> }>()

  function count({ level, servers }: Wish, change: 1 | -1): void {
    for (const server of servers) {
      const levels = counts.get(server) ?? new Map<McpLogLevel, number>()
      const next = (levels.get(level) ?? 0) + change
      if (next > 0) levels.set(level, next)
      else levels.delete(level)
      if (levels.size > 0) counts.set(server, levels)
      else counts.delete(server)
    }
  }

  async function send(upstream: McpUpstream, level: McpLogLevel): Promise<void> {
    try {
      await upstream.call({ method: 'logging/setLevel', params: toJsonText({ level }), signal: AbortSignal.timeout(SET_LEVEL_TIMEOUT_MS) })
    } catch (error) {
      logger.warn({ server: upstream.id, err: error }, 'an MCP server did not take its log level')
    }
  }

  return {
    want(holder, level, servers) {
      const before = wishes.get(holder)
      if (before) count(before, -1)
      wishes.delete(holder)
      if (level === undefined) return
      const wish = { level, servers }
      wishes.set(holder, wish)
      count(wish, 1)
    },
    async apply(upstream) {
      const { status } = upstream
      const wanted = counts.get(upstream.id)
      const level = wanted && LOG_LEVELS.find((candidate) => wanted.has(candidate))
      if (level === undefined || status.state !== 'ready') return
      const { hello } = status
      if (hello.era !== 'legacy' || hello.capabilities['logging'] === undefined) return
      let last = applied.get(hello)
      if (last?.level !== level) applied.set(hello, (last = { level, done: send(upstream, level) }))
      await last.done
    },
    isForUnasked({ status }, params) {
      if (status.state !== 'ready' || !applied.has(status.hello)) return true
      const level = levelOf(params)
      return level === undefined || LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(UNASKED)
    },
  }
}
