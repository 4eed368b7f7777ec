import { GatewayError } from '../../domain/errors.ts'
import type { ExchangeClient } from '../exchange/index.ts'
import { readTarget } from './read-target.ts'

/** A client that nobody waits for. */
export interface CollectClient {
  readonly client: ExchangeClient
  /** The whole answer. Throws what it broke off with, and for an answer that is a provider's refusal. */
  read(): { readonly text: string; readonly provider: string; readonly model: string }
}

export function createCollectClient(): CollectClient {
  const pieces: Uint8Array[] = []
  let status = 0
  let target = { provider: '', model: '' }
  let failure: GatewayError | undefined
  return {
    client: {
      head(answered, headers) {
        status = answered
        target = readTarget(headers)
      },
      chunk: (bytes) => pieces.push(bytes) > 0,
      onceDrained: (listener) => listener(),
      end: () => undefined,
      fail(error) {
        failure = error
      },
    },
    read() {
      if (failure) throw failure
      const text = Buffer.concat(pieces).toString('utf8')
      if (status >= 200 && status < 300) return { text, ...target }
      throw new GatewayError(status >= 400 && status < 500 ? 'invalid_request' : 'upstream_rejected', `The provider answered ${status}: ${text.slice(0, 300)}`)
    },
  }
}
