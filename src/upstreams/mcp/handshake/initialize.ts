import type { Peer } from '../peer/peer.ts'
import type { ServerHello } from '../upstream.ts'
import { readInitialize } from './read-hello.ts'
import { initializeParams, type ClientInfo } from './requests.ts'

/** The legacy handshake's request; `notifications/initialized` is the caller's to send. */
export async function initialize(peer: Peer, clientInfo: ClientInfo, signal: AbortSignal): Promise<ServerHello> {
  const params = initializeParams(clientInfo, peer.hasRoots)
  return readInitialize(await peer.request({ method: 'initialize', params, timeoutMs: undefined, signal }))
}

export const INITIALIZED = 'notifications/initialized'
