import { GatewayError } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'

/** A server's JSON-RPC error as a failure of the REST surface: wrong arguments are the caller's, anything else the server's. */
export function asCallFailure(thrown: unknown): unknown {
  if (!(thrown instanceof RpcError)) return thrown
  const code = thrown.code === RPC.invalidParams ? 'invalid_request' : 'upstream_rejected'
  return new GatewayError(code, thrown.message, { cause: thrown, details: { rpcCode: thrown.code } })
}
