import { WebSocketServer } from 'ws'
import type { Conversations } from '../../core/conversations/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { renderProblem, type HttpSurface, type HttpUpgrade } from '../http/index.ts'
import { ChatConnection } from './chat-connection.ts'
import { ChatSocket } from './chat-socket.ts'
import { startHeartbeat, type HeartbeatSettings } from './heartbeat.ts'
import { CHAT_PROTOCOL, readProtocolKey } from './read-protocol-key.ts'
import type { ToolNotifications } from './write-event.ts'

export interface ChatWsSettings {
  readonly maxMessageBytes: number
  readonly heartbeat: HeartbeatSettings
  /** Undefined for those of the server. */
  readonly allowedOrigins: readonly string[] | undefined
  readonly notifications: ToolNotifications
}

export interface ChatWsDeps {
  readonly conversations: Conversations
  /** Read per connection; how tools are told of also while it is open. */
  readonly settings: () => ChatWsSettings
}

const PATH = '/ws/chat'

function readAfter(text: string | null): number | undefined {
  return text !== null && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}

/** `/ws/chat`: conversations over WebSocket. */
export function createChatWsSurface({ conversations, settings }: ChatWsDeps): HttpSurface {
  const serverFor = (maxPayload: number): WebSocketServer =>
    new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload, WebSocket: ChatSocket, handleProtocols: (offered) => (offered.has(CHAT_PROTOCOL) ? CHAT_PROTOCOL : false) })
  let server = serverFor(settings().maxMessageBytes)

  const accept: HttpUpgrade['accept'] = (request, socket, head, { principal, requestId, url, logger, signal }) => {
    const { maxMessageBytes, heartbeat } = settings()
    if (server.options.maxPayload !== maxMessageBytes) server = serverFor(maxMessageBytes)
    server.handleUpgrade(request, socket, head, (opened) => {
      const speaker = { principal, requestId, surface: 'chat-ws', logger }
      const connection = new ChatConnection({ conversations, socket: opened, speaker, notifications: () => settings().notifications })
      const beating = startHeartbeat(opened, heartbeat)
      const onAbort = (): void => opened.close(1001, 'The gateway is shutting down.')
      signal.addEventListener('abort', onAbort, { once: true })
      opened.on('message', (data: Buffer, isBinary) => connection.receive(data, isBinary))
      opened.on('error', (err) => logger.debug({ err }, 'a chat connection broke'))
      opened.once('close', () => {
        signal.removeEventListener('abort', onAbort)
        beating[Symbol.dispose]()
        connection[Symbol.dispose]()
      })
      connection.begin(url.searchParams.get('session') ?? undefined, readAfter(url.searchParams.get('after')))
    })
  }

  return {
    name: 'chat-ws',
    upgrades: [{ path: PATH, policy: 'models:use', readKey: readProtocolKey, origins: () => settings().allowedOrigins, accept }],
    routes: [
      {
        method: 'GET',
        path: PATH,
        policy: 'models:use',
        renderError: (error, requestId, headers) => {
          const answer = renderProblem(error, requestId, headers)
          return error.code === 'method_not_allowed' ? { ...answer, status: 426, headers: { ...answer.headers, upgrade: 'websocket', connection: 'upgrade, close' } } : answer
        },
        handle() {
          throw new GatewayError('method_not_allowed', 'Expected a WebSocket: this address is not served over plain HTTP.')
        },
      },
    ],
  }
}
