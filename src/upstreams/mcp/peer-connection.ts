import { RpcError } from '../../domain/json-rpc.ts'
import type { JsonText } from '../../lib/json-text.ts'
import type { Connection } from './connection.ts'
import type { Envelopes } from './handshake/envelopes.ts'
import type { Peer } from './peer/peer.ts'
import type { McpCall, ServerHello } from './upstream.ts'

export interface PeerConnectionOptions {
  readonly peer: Peer
  /** Read at every use, since a server may say hello again. */
  readonly hello: () => ServerHello
  readonly envelopes: Envelopes
  /** Ends the pending calls with this reason. */
  readonly end: (reason: string) => void
  readonly dispose: () => Promise<void>
  /** What a transport does around a call, such as learning from its result. */
  readonly around?: (call: Connection['call']) => Connection['call']
}

/** A connection whose calls go through one peer as they are; what differs between transports stays behind the wire. */
export function createPeerConnection({ peer, hello, envelopes, end, dispose, around }: PeerConnectionOptions): Connection {
  const isModern = (): boolean => hello().era === 'modern'

  function call(asked: McpCall, timeoutMs: number): Promise<JsonText> {
    return peer.request({
      method: asked.method,
      params: asked.params,
      call: asked,
      signal: asked.signal,
      timeoutMs: asked.method === 'subscriptions/listen' ? undefined : timeoutMs,
      envelope: isModern() ? envelopes.forCall(asked) : undefined,
    })
  }

  return {
    get hello() {
      return hello()
    },
    get lastHeardAt() {
      return peer.lastHeardAt
    },
    get lastTimeoutAt() {
      return peer.lastTimeoutAt
    },
    get pending() {
      return peer.pending
    },
    call: around ? around(call) : call,
    notify: (method, params) => peer.notify(method, params),
    async probe(timeoutMs) {
      const modern = isModern()
      const method = modern ? 'server/discover' : 'ping'
      try {
        await peer.request({ method, params: undefined, timeoutMs, envelope: modern ? envelopes.own : undefined })
      } catch (error) {
        if (!(error instanceof RpcError)) throw error
      }
    },
    end,
    [Symbol.asyncDispose]: dispose,
  }
}
