import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../domain/errors.ts'

/** More than any provider takes in one file. */
const MAX_UPLOAD_BYTES = 2 * 1024 * 1024 * 1024

/** Whether there is a body at all: without one none is announced either. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}

/**
 * The pieces of a body as they come, each through `edit`. Ends with `request_timeout` when none came for so long, and with
 * `payload_too_large`. Nothing is kept.
 */
export async function* readUpload(request: IncomingMessage, idleMs: number, edit: (piece: Uint8Array) => Uint8Array, rest: () => Uint8Array): AsyncGenerator<Uint8Array> {
  let received = 0
  const timer = setTimeout(() => request.destroy(new GatewayError('request_timeout', `No byte of the request body came for ${idleMs} ms.`)), idleMs)
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      timer.refresh()
      received += piece.length
      if (received > MAX_UPLOAD_BYTES) throw new GatewayError('payload_too_large', `The request body is larger than ${MAX_UPLOAD_BYTES} bytes.`)
      const edited = edit(piece)
      if (edited.length > 0) yield edited
      // The provider may take its time; only the client's is counted.
      timer.refresh()
    }
    const last = rest()
    if (last.length > 0) yield last
  } finally {
    clearTimeout(timer)
  }
}
