import { isLegacyVersion, type LegacyPeer, type McpEndpoint } from '../../core/mcp-endpoint/index.ts'
import type { McpSession, Sessions } from '../../core/sessions/index.ts'
import type { SessionId } from '../../domain/ids.ts'
import type { RpcId } from '../../domain/json-rpc.ts'
import { describeSession, headerOf, refuse, type LegacyHttp } from './legacy-http.ts'
import { createSessionOutlet, type SessionOutlet } from './session-outlet.ts'

/** A session with what serves it here. */
export interface Found {
  readonly session: McpSession
  readonly peer: LegacyPeer
  readonly outlet: SessionOutlet
}

/** Finds the session that a request names in its header, and keeps the outlet of each session that is in use. */
export interface SessionFinder {
  /** Answers with 400 or 404 and gives nothing when there is no session to serve. Rejects when it cannot be known now. */
  find(http: LegacyHttp, id: RpcId | null): Promise<Found | undefined>
  /** Takes note of a session that was just opened. */
  keep(session: McpSession, outlet: SessionOutlet): void
}

export function createSessionFinder(endpoint: McpEndpoint, sessions: Sessions): SessionFinder {
  const outlets = new Map<SessionId, SessionOutlet>()
  sessions.onEnd(({ id }) => {
    outlets.get(id)?.end()
    outlets.delete(id)
  })
  endpoint.onDrain(() => {
    for (const outlet of outlets.values()) outlet.release()
  })

  function outletOf({ id }: McpSession): SessionOutlet {
    const outlet = outlets.get(id) ?? createSessionOutlet()
    outlets.set(id, outlet)
    return outlet
  }

  async function lookUp(http: LegacyHttp, header: string): Promise<McpSession | undefined> {
    const { filter, context } = http
    const { principal, logger } = context
    const lookup = await sessions.find({ id: header, principal, filter })
    switch (lookup.kind) {
      case 'failed':
        throw lookup.error
      case 'missing':
      case 'invalid':
        return undefined
      case 'restored':
        logger.info({ ...describeSession(lookup.session), outcome: lookup.kind }, 'MCP session opened')
        return lookup.session
      case 'found':
        return lookup.session
    }
  }

  return {
    async find(http, id) {
      const { response, context } = http
      const header = headerOf(http, 'mcp-session-id')
      if (header === undefined) {
        refuse(response, 400, 'Expected the header `Mcp-Session-Id`, or `initialize`, or the `_meta` envelope of a modern request.', id)
        return undefined
      }
      const session = await lookUp(http, header)
      if (!session) {
        refuse(response, 404, 'Session not found: it ended, or never was. Initialize anew.', id)
        return undefined
      }
      const version = headerOf(http, 'mcp-protocol-version')
      if (version !== undefined && !isLegacyVersion(version)) {
        refuse(response, 400, `Unsupported protocol version in \`MCP-Protocol-Version\`: ${version}`, id)
        return undefined
      }
      const outlet = outletOf(session)
      return { session, outlet, peer: endpoint.peer(session, { sendUnrelated: (text) => outlet.send(text), logger: context.logger }) }
    },
    keep: ({ id }, outlet) => void outlets.set(id, outlet),
  }
}
