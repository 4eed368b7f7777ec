import { WebSocket, type ClientOptions } from 'ws'
import { serverMessage } from '../../../src/surfaces/chat-ws/index.ts'

export type Told = Readonly<Record<string, unknown>> & { readonly type: string; readonly seq?: number }

/** An independent client of `/ws/chat`: sends JSON, keeps what comes, and refuses what the documented messages do not allow. */
export interface ChatClient extends AsyncDisposable {
  readonly socket: WebSocket
  readonly told: readonly Told[]
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
  send(message: object | string | Buffer): void
  /** The first message that fits, of those that no earlier call gave. */
  next(type: string, fits?: (message: Told) => boolean): Promise<Told>
}

const DEADLINE_MS = 120_000

export async function openChat(url: string, options: ClientOptions & { readonly protocols?: readonly string[] } = {}): Promise<ChatClient> {
  const { protocols = [], ...rest } = options
  const socket = new WebSocket(url, [...protocols], rest)
  const told: Told[] = []
  const unread: Told[] = []
  let look = (): void => undefined
  const closed = new Promise<{ code: number; reason: string }>((resolve) => socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })))
  socket.on('message', (data: Buffer) => {
    const message = serverMessage.parse(JSON.parse(data.toString('utf8'))) as Told
    told.push(message)
    unread.push(message)
    look()
  })
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('error', () => undefined)
  return {
    socket,
    told,
    closed,
    send: (message) => socket.send(typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message)),
    next: (type, fits = () => true) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`No \`${type}\` came within ${DEADLINE_MS} ms. The last were ${JSON.stringify(told.slice(-6)).slice(0, 2000)}`)), DEADLINE_MS)
        look = () => {
          const index = unread.findIndex((message) => message.type === type && fits(message))
          const found = unread[index]
          if (!found) return
          unread.splice(0, index + 1)
          clearTimeout(timer)
          look = () => undefined
          resolve(found)
        }
        look()
      }),
    async [Symbol.asyncDispose]() {
      socket.terminate()
      await closed
    },
  }
}

export const textOf = (told: readonly Told[]): string => told.filter(({ type }) => type === 'assistant_delta').map(({ content }) => (typeof content === 'string' ? content : '')).join('')
