import { GatewayError } from '../../../domain/errors.ts'
import type { UpstreamStatus } from '../upstream.ts'

/** Names the state, the cause and, if there is one, the next attempt. */
export function explainUnavailable(server: string, status: UpstreamStatus, now: number = Date.now()): GatewayError {
  switch (status.state) {
    case 'backing-off': {
      const retryAfterMs = Math.max(0, status.nextAttemptAt.getTime() - now)
      const next = `attempt ${status.attempt} follows in ${Math.ceil(retryAfterMs / 1000)} s`
      return new GatewayError('server_unavailable', `MCP server "${server}" is backing off: it ${status.reason}; ${next}.`, { retryAfterMs })
    }
    case 'needs-authorization':
      return new GatewayError('server_unavailable', `MCP server "${server}" needs authorization: ${status.reason}`)
    case 'failed':
    case 'stopped':
      return new GatewayError('server_unavailable', `MCP server "${server}" is ${status.state}: ${status.reason}`)
    case 'starting':
      return new GatewayError('server_unavailable', `MCP server "${server}" is still starting.`, { retryAfterMs: 1_000 })
    case 'ready':
      return new GatewayError('server_unavailable', `MCP server "${server}" is reconnecting.`, { retryAfterMs: 1_000 })
  }
}
