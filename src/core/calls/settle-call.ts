import { Buffer } from 'node:buffer'
import { GatewayError } from '../../domain/errors.ts'
import { RpcError } from '../../domain/json-rpc.ts'
import { readMember, type JsonText } from '../../lib/json-text.ts'
import type { CallSettled, Events } from '../../telemetry/index.ts'
import type { CallAudit } from './call-audit.ts'
import type { CallRequest } from './call-request.ts'
import { failureClass, type FailureClass } from './failure-class.ts'

export interface SettleDeps {
  readonly events: Events
  readonly audit: CallAudit | undefined
}

/** Where a call went. */
export interface SettledTarget {
  readonly server: string
  readonly name: string
}

/** One call from its beginning to its one end, which is told to metrics, log and record. */
export interface CallSettlement {
  /** How often it was sent so far. */
  attempts: number
  answered(target: SettledTarget, result: JsonText, failure?: FailureClass): void
  failed(target: SettledTarget, error: unknown): void
}

function outcomeOf(error: unknown): CallSettled['outcome'] {
  if (error instanceof RpcError) return 'rpc-error'
  if (!(error instanceof GatewayError)) return 'failed'
  switch (error.code) {
    case 'upstream_timeout':
      return 'timeout'
    case 'server_unavailable':
    case 'unknown_server':
      return 'unavailable'
    case 'upstream_interrupted':
      return 'interrupted'
    case 'cancelled':
      return 'cancelled'
    default:
      return 'failed'
  }
}

const isToolError = (result: JsonText): boolean => result.includes('"isError"') && readMember(result, 'isError') === 'true'

export function beginCall({ method, params, principal, logger, signal, requestId }: CallRequest, { events, audit }: SettleDeps): CallSettlement {
  const startedAt = new Date()
  const started = performance.now()
  const settlement: CallSettlement = {
    attempts: 1,
    answered(target, result, failure) {
      const errorClass = failure ?? (isToolError(result) ? 'tool_error' : undefined)
      settle(target, errorClass === undefined ? 'answered' : 'tool-error', errorClass, result)
    },
    failed: (target, error) => settle(target, outcomeOf(error), failureClass(error, signal), undefined),
  }
  function settle({ server, name }: SettledTarget, outcome: CallSettled['outcome'], errorClass: FailureClass | undefined, result: JsonText | undefined): void {
    const durationMs = performance.now() - started
    const { attempts } = settlement
    events.callSettled(logger, { server, method, name, outcome, durationMs, errorClass, attempts })
    if (audit?.settings.enabled !== true) return
    audit.record({
      startedAt,
      principal: principal.id,
      server,
      method,
      name,
      outcome,
      errorClass,
      durationMs,
      attempts,
      requestBytes: params === undefined ? 0 : Buffer.byteLength(params),
      resultBytes: result === undefined ? undefined : Buffer.byteLength(result),
      requestId,
      arguments: audit.settings.arguments && params !== undefined ? readMember(params, 'arguments') : undefined,
    })
  }
  return settlement
}
