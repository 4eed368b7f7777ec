import { GatewayError } from '../../../domain/errors.ts'
import type { AnswerSink, SentRequest, WireHeaders } from '../upstream.ts'

/** A small answer in one piece, for requests that the gateway makes for itself. */
export interface CollectedAnswer {
  readonly status: number
  readonly headers: WireHeaders
  readonly body: Buffer
}

/** Rejects with what the transport failed with, and with `upstream_protocol` beyond `maxBytes`. */
export function collectAnswer(send: (sink: AnswerSink) => SentRequest, maxBytes: number): Promise<CollectedAnswer> {
  return new Promise((resolve, reject) => {
    const pieces: Uint8Array[] = []
    let bytes = 0
    let status = 0
    let headers: WireHeaders = {}
    send({
      head(answered, sent) {
        status = answered
        headers = sent
      },
      chunk(piece) {
        bytes += piece.length
        if (bytes <= maxBytes) pieces.push(piece)
        return true
      },
      end() {
        if (bytes > maxBytes) reject(new GatewayError('upstream_protocol', `The answer is larger than ${maxBytes} bytes.`))
        else resolve({ status, headers, body: Buffer.concat(pieces) })
      },
      fail: reject,
    })
  })
}
