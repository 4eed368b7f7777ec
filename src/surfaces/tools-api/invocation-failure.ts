import { SelectionError, type SelectionProblem } from '../../core/catalog/index.ts'
import { GatewayError, type ErrorCode } from '../../domain/errors.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'

/** Why an invocation has no result, with the status of its answer. */
export const FAILURE_STATUS = {
  invalid_request: 400,
  invalid_selection: 400,
  invalid_arguments: 400,
  invalid_timeout: 400,
  not_found: 404,
  /** The server or the tool is there and switched off. */
  disabled: 409,
  /** The tool’s definition changed and nobody approved that. */
  held: 403,
  /** It does not run, or not yet. */
  unavailable: 503,
  /** As many calls run and wait as its server may have. */
  overloaded: 503,
  timeout: 504,
  /** It answered with an error of the protocol. */
  rejected: 502,
  /** It stopped in the middle. */
  interrupted: 502,
  /** It wants something of the client that a script cannot give. */
  unfinished: 502,
  cancelled: 499,
  unexpected: 500,
} as const

export type FailureClass = keyof typeof FAILURE_STATUS

export interface FailureFacts extends ErrorOptions {
  /** The server's own code, when it answered with an error. */
  readonly rpcCode?: number
  readonly selection?: SelectionProblem
  readonly retryable?: boolean
}

/** An invocation that has no result. Its message is safe to show. */
export class InvocationFailure extends Error {
  override readonly name = 'InvocationFailure'
  readonly failure: FailureClass
  readonly facts: FailureFacts

  constructor(failure: FailureClass, message: string, facts: FailureFacts = {}) {
    super(message, facts)
    this.failure = failure
    this.facts = facts
  }
}

const CLASSES: Partial<Record<ErrorCode, FailureClass>> = {
  invalid_request: 'invalid_request',
  unsupported_media_type: 'invalid_request',
  payload_too_large: 'invalid_request',
  request_timeout: 'invalid_request',
  unknown_capability: 'not_found',
  capability_disabled: 'disabled',
  capability_held: 'held',
  unknown_server: 'not_found',
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

/** Whatever was thrown, as a failure with a class. What nobody foresaw is `unexpected` and says nothing of itself. */
export function asInvocationFailure(thrown: unknown): InvocationFailure {
  if (thrown instanceof InvocationFailure) return thrown
  if (thrown instanceof RpcError) {
    return new InvocationFailure(thrown.code === RPC.invalidParams ? 'invalid_arguments' : 'rejected', thrown.message, { cause: thrown, rpcCode: thrown.code })
  }
  if (thrown instanceof SelectionError) {
    return new InvocationFailure(thrown.status === 404 ? 'not_found' : 'invalid_selection', thrown.message, { cause: thrown, selection: thrown.problem })
  }
  const known = thrown instanceof GatewayError ? CLASSES[thrown.code] : undefined
  if (known && thrown instanceof GatewayError) return new InvocationFailure(known, thrown.message, { cause: thrown, retryable: thrown.retryable })
  return new InvocationFailure('unexpected', 'The gateway failed to make this call.', { cause: thrown })
}
