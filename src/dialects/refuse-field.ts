import { GatewayError } from '../domain/errors.ts'

/** A field that must not be dropped and cannot be carried: the request is refused, and the message names it. */
export function refuseField(path: string, reason: string): never {
  throw new GatewayError('invalid_request', `\`${path}\` cannot be sent to the provider of this model: ${reason}.`, { details: { path, translation: true } })
}
