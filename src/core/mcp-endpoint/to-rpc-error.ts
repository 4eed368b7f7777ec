import { asGatewayError, GatewayError, type ErrorCode } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText } from '../../lib/json-text.ts'
import { SelectionError } from '../catalog/index.ts'

const CODES: Partial<Record<ErrorCode, number>> = {
  invalid_request: RPC.invalidParams,
  unknown_capability: RPC.invalidParams,
  capability_disabled: RPC.invalidParams,
  capability_held: RPC.invalidParams,
  unknown_preset: RPC.invalidParams,
}

/** Facts about a server that its clients are told anyway in `_meta["trunkline/missing"]`. */
const TOLD = ['server', 'state', 'nextAttemptAt'] as const

function tellable(details: Readonly<Record<string, unknown>>): JsonObject {
  const told = TOLD.flatMap((key) => (typeof details[key] === 'string' ? [[key, details[key]] as const] : []))
  return Object.fromEntries(told)
}

/** Any failure as the error a client is answered with. A server's own error stays as it came. */
export function toRpcError(thrown: unknown): RpcError {
  if (thrown instanceof RpcError) return thrown
  const error = asGatewayError(thrown)
  const retry = error.retryAfterMs === undefined ? {} : { retryAfterMs: Math.round(error.retryAfterMs) }
  const selection = error instanceof SelectionError ? { selection: { ...error.problem } } : {}
  const data = { code: error.code, ...tellable(error.details), ...selection, ...retry }
  return new RpcError(CODES[error.code] ?? RPC.internalError, error.message, toJsonText(data))
}

/** True for failures that deserve a log line of their own: nobody foresaw them. */
export function isUnexpected(thrown: unknown): boolean {
  return !(thrown instanceof RpcError) && !(thrown instanceof GatewayError)
}
