import { GatewayError } from '../../../domain/errors.ts'
import type { McpServerDefinition } from '../../../domain/mcp-server.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { Connector } from '../connection.ts'
import { createEnvelopes } from '../handshake/envelopes.ts'
import { INITIALIZED, initialize } from '../handshake/initialize.ts'
import type { ClientInfo } from '../handshake/requests.ts'
import { createPeerConnection } from '../peer-connection.ts'
import { cancelledParams, createPeer, type Peer } from '../peer/peer.ts'
import type { Wire } from '../peer/wire.ts'
import { writeNotification } from '../peer/write-message.ts'
import type { BuiltinServer } from './builtin-server.ts'

export interface InProcessConnectorDeps {
  readonly logger: Logger
  readonly clientInfo: ClientInfo
  readonly nextId: () => number
}

export type CreateServer = (send: (text: string) => void) => BuiltinServer

/** Connects to a server that runs in this process, by the same messages as any other. `open` may throw `ConnectError`. */
export function createInProcessConnector(definition: McpServerDefinition, open: (signal: AbortSignal) => Promise<CreateServer>, deps: InProcessConnectorDeps): Connector {
  const { logger, clientInfo, nextId } = deps
  return {
    async connect(events, signal) {
      const create = await open(signal)
      const server = create((text) => queueMicrotask(() => peer.receive(text)))
      const wire: Wire = {
        sendRequest(request) {
          request.sent = true
          server.receive(request.text)
        },
        sendMessage: (text) => server.receive(text),
        abandon: (request, reason) => server.receive(writeNotification('notifications/cancelled', cancelledParams(request, reason))),
      }
      const peer: Peer = createPeer({ wire, server: definition.id, logger, onChange: events.onChange, nextId })
      const end = (reason: string): void => {
        server[Symbol.dispose]()
        peer.close(({ method }) => new GatewayError('upstream_interrupted', `${method} was interrupted: MCP server "${definition.id}" ${reason}.`))
      }
      const hello = await initialize(peer, clientInfo, signal)
      peer.notify(INITIALIZED, undefined)
      return createPeerConnection({
        peer,
        hello: () => hello,
        envelopes: createEnvelopes(clientInfo),
        end,
        async dispose() {
          end('was stopped')
          await server.closed()
        },
      })
    },
    stderrTail: () => '',
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
