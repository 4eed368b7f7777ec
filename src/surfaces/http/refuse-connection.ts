import type { Duplex } from 'node:stream'

interface ConnectionError extends Error {
  readonly code?: string
}

/** As Node itself answers what is no request. */
const STATUS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Payload Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

const hasSaidNothing = (socket: Duplex & { readonly bytesRead?: number }): boolean => socket.bytesRead === 0

/**
 * Ends a connection on which no whole request came. One that was opened and never used is closed without a word: clients open
 * connections ahead, and would take a 408 for the answer to the request that they are just sending.
 */
export function refuseConnection(error: ConnectionError, socket: Duplex): void {
  const { code = '' } = error
  if (code === 'ECONNRESET' || !socket.writable || (code === 'ERR_HTTP_REQUEST_TIMEOUT' && hasSaidNothing(socket))) return void socket.destroy()
  socket.end(`HTTP/1.1 ${STATUS[code] ?? '400 Bad Request'}\r\nConnection: close\r\n\r\n`)
}
