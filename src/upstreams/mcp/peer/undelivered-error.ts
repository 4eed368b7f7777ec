import { GatewayError } from '../../../domain/errors.ts'

/** The request provably never reached the server, or the server refused it before processing: repeating it is safe. */
export class UndeliveredError extends GatewayError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('server_unavailable', message, options)
  }
}
