import type { IncomingMessage } from 'node:http'
import { GatewayError } from '../../domain/errors.ts'

export interface BodyLimits {
  readonly maxBytes: number
  /** Longest pause between two pieces. */
  readonly idleMs: number
}

function refuseEncoding(request: IncomingMessage): void {
  const encoding = request.headers['content-encoding']
  if (encoding === undefined || encoding === 'identity') return
  throw new GatewayError('unsupported_media_type', `Expected an uncompressed body, got content-encoding \`${encoding}\`.`)
}

const tooLarge = (maxBytes: number): GatewayError =>
  new GatewayError('payload_too_large', `The request body is larger than ${maxBytes} bytes (\`server.limits.bodyBytes\`).`)

/**
 * Hands each piece of a request body to `onPiece` as it arrives and settles at its end. Rejects with `payload_too_large`,
 * `request_timeout`, `unsupported_media_type`, or `cancelled` when the client leaves; also with whatever `onPiece` throws.
 */
export function readBodyPieces(request: IncomingMessage, limits: BodyLimits, onPiece: (piece: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    refuseEncoding(request)
    if (Number(request.headers['content-length'] ?? 0) > limits.maxBytes) throw tooLarge(limits.maxBytes)
    let received = 0
    const finish = (error?: unknown): void => {
      clearTimeout(timer)
      request.off('data', onData).off('end', onEnd).off('error', onGone).off('close', onGone)
      if (error === undefined) return resolve()
      request.pause()
      reject(error)
    }
    const onTimeout = (): void =>
      finish(new GatewayError('request_timeout', `No byte of the request body came for ${limits.idleMs} ms.`))
    const timer = setTimeout(onTimeout, limits.idleMs)
    const onData = (piece: Buffer): void => {
      timer.refresh()
      received += piece.length
      if (received > limits.maxBytes) return finish(tooLarge(limits.maxBytes))
      try {
        onPiece(piece)
      } catch (error) {
        finish(error)
      }
    }
    const onEnd = (): void => finish()
    const onGone = (): void => finish(new GatewayError('cancelled', 'The client left before its request was complete.'))
    request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone)
  })
}

/** A whole body, in the pieces in which it came. */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<Buffer[]> {
  const pieces: Buffer[] = []
  await readBodyPieces(request, limits, (piece) => void pieces.push(piece))
  return pieces
}
