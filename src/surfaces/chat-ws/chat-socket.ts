import { WebSocket } from 'ws'

/** What a client is told before it is cut off for what it sent, by the close codes of RFC 6455. */
const LAST_WORDS: Readonly<Record<number, { readonly code: string; readonly message: string }>> = {
  1002: { code: 'INVALID_MESSAGE', message: 'The frames are not those of a WebSocket.' },
  1007: { code: 'INVALID_MESSAGE', message: 'Expected text to be UTF-8.' },
  1009: { code: 'MESSAGE_TOO_LARGE', message: 'The message is longer than `chat.maxMessageSize`.' },
}

/** The library closes by itself what breaks the protocol; this says why first. */
export class ChatSocket extends WebSocket {
  override close(code?: number, reason?: string | Buffer): void {
    const words = code === undefined ? undefined : LAST_WORDS[code]
    if (words && this.readyState === WebSocket.OPEN) this.send(JSON.stringify({ type: 'error', ...words }))
    super.close(code, reason)
  }
}
