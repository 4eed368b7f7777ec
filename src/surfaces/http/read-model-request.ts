import type { IncomingMessage } from 'node:http'
import { createJsonScanner, type DialectCodec, type RequestAddress, type RequestFacts, type ScannedBody } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { readBodyPieces, type BodyLimits } from './body.ts'

/** A request to a model as its surface read it: the bytes, and the little of them that routing needs. */
export interface ModelRequest {
  readonly body: ScannedBody
  readonly facts: RequestFacts
}

function requireJson(request: IncomingMessage): void {
  const type = request.headers['content-type']
  if (type !== undefined && /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(type)) return
  throw new GatewayError('unsupported_media_type', `Expected content-type \`application/json\`, got \`${type ?? 'none'}\`.`)
}

/** Scans the body while it arrives; a broken one is refused at its first wrong byte. */
export async function readModelRequest(request: IncomingMessage, codec: DialectCodec, limits: BodyLimits, address?: RequestAddress): Promise<ModelRequest> {
  requireJson(request)
  const scanner = createJsonScanner()
  const pieces: Uint8Array[] = []
  try {
    await readBodyPieces(request, limits, (piece) => {
      scanner.push(piece)
      pieces.push(piece)
    })
    const body = { pieces, scan: scanner.end() }
    return { body, facts: codec.request.peek(body, address) }
  } catch (error) {
    if (error instanceof SyntaxError) throw new GatewayError('invalid_request', error.message, { cause: error })
    throw error
  }
}
