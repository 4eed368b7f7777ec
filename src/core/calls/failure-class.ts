import { GatewayError, type ErrorCode } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'

/** Why a call has no good answer: few words, so that they can be counted. */
export type FailureClass =
  | 'disabled'
  | 'held'
  | 'not_found'
  | 'invalid_request'
  | 'invalid_arguments'
  | 'invalid_timeout'
  | 'timeout'
  | 'unavailable'
  | 'overloaded'
  | 'interrupted'
  | 'rejected'
  | 'cancelled'
  | 'tool_error'
  | 'result_too_large'
  | 'unexpected'

const CLASSES: Partial<Record<ErrorCode, FailureClass>> = {
  capability_disabled: 'disabled',
  capability_held: 'held',
  unknown_capability: 'not_found',
  unknown_server: 'not_found',
  unknown_preset: 'not_found',
  invalid_request: 'invalid_request',
  upstream_timeout: 'timeout',
  server_unavailable: 'unavailable',
  upstream_unavailable: 'unavailable',
  gateway_draining: 'unavailable',
  overloaded: 'overloaded',
  upstream_interrupted: 'interrupted',
  upstream_rejected: 'rejected',
  upstream_protocol: 'rejected',
  cancelled: 'cancelled',
}

/** Whatever was thrown, as a class. A call that was aborted for a reason of the gateway's failed for that reason. */
export function failureClass(thrown: unknown, signal?: AbortSignal): FailureClass {
  const reason: unknown = signal?.aborted === true && signal.reason instanceof GatewayError ? signal.reason : thrown
  if (reason instanceof RpcError) return reason.code === RPC.invalidParams ? 'invalid_arguments' : 'rejected'
  return (reason instanceof GatewayError ? CLASSES[reason.code] : undefined) ?? 'unexpected'
}
