import type { IncomingMessage } from 'node:http'

/** The protocol that both sides speak. */
export const CHAT_PROTOCOL = 'trunkline.chat.v1'

const KEY_PREFIX = 'trunkline.key.'

/**
 * Pages cannot set headers of a WebSocket, but they name protocols: `trunkline.chat.v1, trunkline.key.<base64url of the key>`. Unlike an
 * address, these are in no log.
 */
export function readProtocolKey({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined {
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((word) => word.trim())
  const encoded = offered.find((word) => word.startsWith(KEY_PREFIX))?.slice(KEY_PREFIX.length)
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64url').toString('utf8')
}
