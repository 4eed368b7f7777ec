import { GatewayError } from '../../../domain/errors.ts'
import { RpcError } from '../../../domain/json-rpc.ts'

/** The server answered a handshake, and will not have it. */
export function isRefused(error: unknown): boolean {
  return error instanceof RpcError || (error instanceof GatewayError && error.code === 'upstream_protocol')
}
