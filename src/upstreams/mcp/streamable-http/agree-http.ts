import { GatewayError } from '../../../domain/errors.ts'
import { RpcError } from '../../../domain/json-rpc.ts'
import { ConnectError } from '../connection.ts'
import type { ModernEnvelope } from '../peer/shape-params.ts'
import type { Peer } from '../peer/peer.ts'
import { discover } from '../handshake/discover.ts'
import { isRefused } from '../handshake/is-refused.ts'
import { readDiscover } from '../handshake/read-hello.ts'
import { refuseUnknownRevisions } from '../handshake/refuse-unknown-revisions.ts'
import type { ServerHello } from '../upstream.ts'
import { authorizationReason, HttpRefusal } from './http-refusal.ts'

/** Turns what a handshake threw into what may be tried next. */
export function asConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error
  if (error instanceof HttpRefusal) {
    const { status, headers } = error.refused
    if (status === 401 || status === 403) return new ConnectError({ kind: 'authorization', reason: authorizationReason(error.refused) }, { cause: error })
    const location = headers['location']
    if (status >= 300 && status <= 399) {
      const reason = `It redirects to ${JSON.stringify(location)}, which is another origin; write that address in \`url\` if it is right.`
      return new ConnectError({ kind: 'fatal', reason }, { cause: error })
    }
  }
  return new ConnectError({ kind: 'outage', reason: `refused the handshake: ${(error as Error).message}` }, { cause: error })
}

/** Busy or broken on the way: says nothing about the era. */
function isOutage({ status }: { readonly status: number }): boolean {
  return [429, 502, 503, 504].includes(status)
}

/**
 * Asks a streamable HTTP server for its era. `undefined` means legacy: an error in the body or a 4xx that is not of the modern era.
 * Throws `ConnectError` when the answer is about something else, such as credentials or an outage.
 */
export async function probeHttpEra(peer: Peer, envelope: ModernEnvelope, signal: AbortSignal): Promise<ServerHello | undefined> {
  try {
    return readDiscover(await discover(peer, envelope, signal))
  } catch (error) {
    if (error instanceof RpcError) {
      refuseUnknownRevisions(error)
      return undefined
    }
    const isVerdict = error instanceof HttpRefusal && ![401, 403].includes(error.refused.status) && !isOutage(error.refused)
    if (isVerdict && !(error.refused.status >= 300 && error.refused.status <= 399)) return undefined
    throw asConnectError(error)
  }
}

/** The server wants no such handshake: it is not away, busy, or asking for credentials. */
export function isRefusal(error: unknown): boolean {
  if (isRefused(error)) return true
  if (!(error instanceof HttpRefusal)) return false
  const { status } = error.refused
  return status >= 400 && status <= 499 && ![401, 403, 408, 425, 429].includes(status)
}

/** The statuses after which the standard has a client look for the older HTTP+SSE transport. */
export function mayBeSse(error: unknown): boolean {
  if (error instanceof HttpRefusal) return [400, 404, 405].includes(error.refused.status)
  return error instanceof GatewayError && error.code === 'upstream_interrupted'
}
