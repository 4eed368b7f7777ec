import { GatewayError } from '../../domain/errors.ts'
import type { RequestFacts, ScannedBody } from '../codec.ts'
import { readObeyed } from '../obeyed-members.ts'

/** It streams unless it is told not to, and always tells usage. */
export function peekRequest(body: ScannedBody): RequestFacts {
  const model = readObeyed(body, 'model')
  if (typeof model !== 'string' || model === '') throw new GatewayError('invalid_request', 'Expected `model` to be the name of a model.')
  const stream = readObeyed(body, 'stream') ?? true
  if (typeof stream !== 'boolean') throw new GatewayError('invalid_request', 'Expected `stream` to be true or false.')
  return { model, stream, wantsUsage: true, choices: 1 }
}
