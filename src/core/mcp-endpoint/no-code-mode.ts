import { GatewayError } from '../../domain/errors.ts'

/** For a gateway that was built without a sandbox. */
export const noCodeMode = (): GatewayError => new GatewayError('invalid_request', 'This gateway runs no scripts. Use the mode `search` instead of `code`.')
