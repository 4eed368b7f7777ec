import { setTimeout as sleep } from 'node:timers/promises'
import { GatewayError } from '../../../domain/errors.ts'
import { RpcError } from '../../../domain/json-rpc.ts'
import type { McpEra } from '../../../domain/mcp-server.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import { ConnectError } from '../connection.ts'
import type { Envelopes } from '../handshake/envelopes.ts'
import { discover } from '../handshake/discover.ts'
import { INITIALIZED, initialize } from '../handshake/initialize.ts'
import { readDiscover } from '../handshake/read-hello.ts'
import { refuseUnknownRevisions } from '../handshake/refuse-unknown-revisions.ts'
import type { ClientInfo } from '../handshake/requests.ts'
import { MODERN_VERSION } from '../handshake/revisions.ts'
import type { Peer } from '../peer/peer.ts'
import type { ServerHello } from '../upstream.ts'

export interface AgreeOptions {
  readonly peer: Peer
  readonly era: McpEra | 'auto'
  readonly clientInfo: ClientInfo
  readonly envelopes: Envelopes
  readonly signal: AbortSignal
  readonly probeMs: number
}

async function agreeLegacy({ peer, clientInfo, signal }: AgreeOptions): Promise<ServerHello> {
  const hello = await initialize(peer, clientInfo, signal)
  peer.notify(INITIALIZED, undefined)
  return hello
}

async function agreeModern(options: AgreeOptions): Promise<ServerHello> {
  const hello = readDiscover(await discover(options.peer, options.envelopes.own, options.signal))
  if (hello) return hello
  throw new ConnectError({ kind: 'fatal', reason: `Expected the MCP server to serve revision ${MODERN_VERSION}. Set \`era: auto\` or \`era: legacy\` for it.` })
}

/** What a `discover` request came to: a modern hello, or the word to go on with `initialize`. */
async function readProbe(answer: Promise<JsonText>): Promise<ServerHello | undefined> {
  try {
    return readDiscover(await answer)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    refuseUnknownRevisions(error)
    return undefined
  }
}

async function whicheverServes(probe: Promise<ServerHello | undefined>, legacy: Promise<ServerHello>): Promise<ServerHello> {
  const modern = probe.then((hello) => hello ?? Promise.reject(new GatewayError('upstream_protocol', 'not a modern server')))
  try {
    return await Promise.any([modern, legacy])
  } catch {
    return legacy
  }
}

/**
 * Finds a stdio server's era in place: `server/discover` first; any error means legacy. A server that stays silent may be one that
 * ignores what it does not know, or one that is still starting, so it is sent `initialize` too and the first good answer counts.
 */
export async function agreeEra(options: AgreeOptions): Promise<ServerHello> {
  if (options.era === 'legacy') return agreeLegacy(options)
  if (options.era === 'modern') return agreeModern(options)
  const probe = readProbe(discover(options.peer, options.envelopes.own, options.signal))
  const silent = Symbol('silent')
  const stop = new AbortController()
  const timer = sleep(options.probeMs, silent, { signal: stop.signal }).catch(() => silent)
  const first = await Promise.race([probe, timer]).finally(() => stop.abort())
  if (first === silent) return whicheverServes(probe, agreeLegacy(options))
  return (first as ServerHello | undefined) ?? agreeLegacy(options)
}
