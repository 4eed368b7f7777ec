import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonValue } from '../../lib/json.ts'
import { maskKeys } from '../../lib/mask-keys.ts'
import type { UpstreamFault } from '../fault.ts'
import { readOverflow } from '../overflow.ts'
import { writeSseEvent } from '../sse/index.ts'

/** Types that clients of this dialect decide by; every other failure of ours is an `api_error`. */
const TYPES: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'authentication_error',
  forbidden: 'permission_error',
  host_not_allowed: 'permission_error',
  origin_not_allowed: 'permission_error',
  invalid_request: 'invalid_request_error',
  unsupported_media_type: 'invalid_request_error',
  translation_refused: 'invalid_request_error',
  method_not_allowed: 'invalid_request_error',
  not_found: 'not_found_error',
  unknown_model: 'not_found_error',
  payload_too_large: 'request_too_large',
  limit_exceeded: 'rate_limit_error',
  budget_exhausted: 'billing_error',
  overloaded: 'overloaded_error',
  gateway_draining: 'overloaded_error',
  upstream_unavailable: 'overloaded_error',
  request_timeout: 'timeout_error',
  upstream_timeout: 'timeout_error',
}

/** Claude Code compacts its conversation when it reads exactly this wording. */
function wordOverflow(error: GatewayError): string {
  const overflow = readOverflow(error)
  if (!overflow) return error.message
  const { numbers } = overflow
  return numbers ? `prompt is too long: ${numbers.count} tokens > ${numbers.maximum} maximum` : `prompt is too long. ${error.message}`
}

/** A provider's 529 keeps its number, by which clients of this dialect know it. */
export const statusOf = ({ code, details }: GatewayError): number | undefined => (code === 'upstream_unavailable' && details['status'] === 529 ? 529 : undefined)

/**
 * Tool runners thread by themselves, and at this code alone they send the whole conversation instead, so that the model still answers.
 * @see https://github.com/anthropics/anthropic-sdk-python/blob/main/src/anthropic/lib/threads/_thread_state.py
 */
const adviseThreads = ({ details }: GatewayError): object =>
  details['path'] === '/thread' ? { details: { error_code: 'thread_unsupported_request' } } : {}

/** `{"type":"error","error":{"type":"…","message":"…"},"request_id":"…"}` */
export function encodeError(error: GatewayError, requestId: string): string {
  return JSON.stringify({
    type: 'error',
    error: { type: TYPES[error.code] ?? 'api_error', message: wordOverflow(error), ...adviseThreads(error) },
    request_id: requestId,
  })
}

/** Clients throw at this event; no `message_stop` may follow it. */
export function encodeErrorEvent(error: GatewayError, requestId: string): string {
  return writeSseEvent({ event: 'error', data: encodeError(error, requestId) })
}

/** @see https://docs.anthropic.com/en/api/errors */
const STATUS_BY_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  conflict_error: 409,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
}

const asText = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/** A whole error body or event: `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}`. */
export function decodeFault(envelope: JsonValue, status?: number): UpstreamFault {
  const inner = isJsonObject(envelope) ? (envelope['error'] ?? envelope) : envelope
  if (!isJsonObject(inner)) {
    return { message: typeof inner === 'string' ? maskKeys(inner) : 'no message', type: undefined, code: undefined, status: status ?? 500 }
  }
  const { type, message, details } = inner
  const word = type === 'error' ? undefined : asText(type)
  const code = isJsonObject(details) ? details['error_code'] : inner['code']
  return {
    message: maskKeys(asText(message) ?? 'no message'),
    type: word,
    code: asText(code),
    status: status ?? STATUS_BY_TYPE[word ?? ''] ?? 500,
  }
}

export function decodeError(status: number, body: string): UpstreamFault | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  return isJsonObject(parsed) ? decodeFault(parsed, status) : undefined
}
