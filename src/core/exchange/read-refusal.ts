import { findCodec } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'

/** The provider's own error in OpenAI's dialect, said in a sentence. */
export function readRefusal(status: number, body: string): GatewayError {
  const fault = findCodec('openai-chat')?.error.decode(status, body)
  const code = status === 429 ? 'limit_exceeded' : status === 404 ? 'unknown_model' : status >= 500 ? 'upstream_unavailable' : 'invalid_request'
  return new GatewayError(code, fault?.message ?? `The provider answered ${status}.`)
}
