import { RPC, RpcError } from '../../../domain/json-rpc.ts'
import { parseJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { ModernEnvelope } from '../peer/shape-params.ts'
import type { Peer } from '../peer/peer.ts'
import { readVersions } from './read-hello.ts'
import { MODERN_VERSION } from './revisions.ts'

function mayTryAgain(error: unknown): boolean {
  if (!(error instanceof RpcError) || error.code !== RPC.unsupportedProtocolVersion || error.data === undefined) return false
  return readVersions(parseJsonText(error.data), 'supported').includes(MODERN_VERSION)
}

/**
 * Asks for a `DiscoverResult`. A server that refuses the revision and names the very same one as served is asked once more.
 * @see https://modelcontextprotocol.io/specification/2026-07-28/basic/versioning
 */
export async function discover(peer: Peer, envelope: ModernEnvelope, signal: AbortSignal): Promise<JsonText> {
  const ask = (): Promise<JsonText> => peer.request({ method: 'server/discover', params: undefined, timeoutMs: undefined, envelope, signal })
  try {
    return await ask()
  } catch (error) {
    if (mayTryAgain(error)) return ask()
    throw error
  }
}
