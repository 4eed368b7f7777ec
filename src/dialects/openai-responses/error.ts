import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { UpstreamFault } from '../fault.ts'
import { readOverflow } from '../overflow.ts'
import { writeSseEvent } from '../sse/index.ts'

interface ErrorShape {
  readonly type: string
  readonly code: string | null
  readonly param?: string
}

/** Types and codes that clients of this dialect decide by; every other failure of ours is a `server_error`. */
const SHAPES: Partial<Record<ErrorCode, ErrorShape>> = {
  unauthenticated: { type: 'invalid_request_error', code: 'invalid_api_key' },
  forbidden: { type: 'permission_error', code: 'permission_denied' },
  host_not_allowed: { type: 'permission_error', code: 'host_not_allowed' },
  origin_not_allowed: { type: 'permission_error', code: 'origin_not_allowed' },
  invalid_request: { type: 'invalid_request_error', code: null },
  not_found: { type: 'invalid_request_error', code: 'not_found' },
  method_not_allowed: { type: 'invalid_request_error', code: 'method_not_allowed' },
  payload_too_large: { type: 'invalid_request_error', code: 'payload_too_large' },
  unsupported_media_type: { type: 'invalid_request_error', code: 'unsupported_media_type' },
  unknown_model: { type: 'invalid_request_error', code: 'model_not_found', param: 'model' },
  translation_refused: { type: 'invalid_request_error', code: 'translation_refused' },
  limit_exceeded: { type: 'rate_limit_error', code: 'rate_limit_exceeded' },
  budget_exhausted: { type: 'insufficient_quota', code: 'insufficient_quota' },
  overloaded: { type: 'server_error', code: 'server_is_overloaded' },
  gateway_draining: { type: 'server_error', code: 'server_is_overloaded' },
  upstream_unavailable: { type: 'server_error', code: 'server_is_overloaded' },
  request_timeout: { type: 'timeout', code: 'request_timeout' },
  upstream_timeout: { type: 'timeout', code: 'upstream_timeout' },
}

const OVERFLOW: ErrorShape = { type: 'invalid_request_error', code: 'context_length_exceeded', param: 'input' }

/** Codex compacts its conversation by this code; Anthropic says it in words. */
function shapeOf(error: GatewayError): ErrorShape {
  const { param, responseCode } = error.details
  if (readOverflow(error)) return OVERFLOW
  const shape = SHAPES[error.code] ?? { type: 'server_error', code: error.code }
  return { ...shape, ...(typeof responseCode === 'string' ? { code: responseCode } : {}), ...(typeof param === 'string' ? { param } : {}) }
}

/** `{"error":{"message":"…","type":"…","param":null,"code":"…","request_id":"…"}}`; `details` may hold a more exact `responseCode` and `param`. */
export function encodeError(error: GatewayError, requestId: string): string {
  const { type, code, param = null } = shapeOf(error)
  return JSON.stringify({ error: { message: error.message, type, param, code, request_id: requestId } })
}

/** The `error` member of a failed response; `invalid_prompt` is the dialect's word for a request that cannot be answered. */
export function encodeFailure(error: GatewayError): JsonObject {
  const { code } = shapeOf(error)
  const isKnown = error.code in SHAPES
  return { code: isKnown ? (code ?? 'invalid_prompt') : 'server_error', message: error.message }
}

/** What the client knows of a stream that has begun: its response as last told, and the number of the last event. */
export interface BegunResponse {
  readonly response: JsonObject
  readonly sequenceNumber: number
}

/** Codex loses the words of a bare `error` event, so a stream ends with a failed response. Without one that had begun there is only its id. */
export function encodeFailedResponse(error: GatewayError, requestId: string, begun?: BegunResponse): string {
  const known: JsonObject = begun?.response ?? { id: `resp_${requestId.replace(/^req_/, '')}`, object: 'response', created_at: 0, model: '', output: [] }
  const response = { ...known, status: 'failed', error: encodeFailure(error), incomplete_details: null }
  const data = { type: 'response.failed', sequence_number: (begun?.sequenceNumber ?? -1) + 1, response }
  return writeSseEvent({ event: 'response.failed', data: JSON.stringify(data) })
}

const STATUS_BY_WORD: readonly (readonly [RegExp, number])[] = [
  [/rate_?limit|too_many_requests/i, 429],
  [/overloaded/i, 529],
  [/insufficient_quota|billing/i, 402],
  [/invalid_api_key|authentication/i, 401],
  [/permission/i, 403],
  [/timeout/i, 504],
  [/not_found/i, 404],
  [/context_length|invalid_request|invalid_prompt|invalid_encrypted/i, 400],
  [/unavailable/i, 503],
]

function statusOf(type: string | undefined, code: JsonValue | undefined): number {
  const numeric = typeof code === 'number' ? code : Number(code)
  if (Number.isInteger(numeric) && numeric >= 400 && numeric < 600) return numeric
  const words = `${typeof code === 'string' ? code : ''} ${type ?? ''}`
  return STATUS_BY_WORD.find(([pattern]) => pattern.test(words))?.[1] ?? 500
}

const asText = (value: JsonValue | undefined): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined

/** The `error` member of a body, of a failed response, or the whole of an `error` event. */
export function decodeFault(error: JsonValue, status?: number): UpstreamFault {
  const fields: JsonObject = isJsonObject(error) ? error : { message: error }
  const word = asText(fields['type'])
  const type = word === 'error' ? undefined : word
  return {
    message: asText(fields['message']) ?? 'no message',
    type,
    code: asText(fields['code']),
    status: status ?? statusOf(type, fields['code']),
  }
}

export function decodeError(status: number, body: string): UpstreamFault | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (!isJsonObject(parsed)) return undefined
  const error = parsed['error']
  // Some compatible servers put the fields at the top, and FastAPI ones use `detail`.
  return decodeFault(error ?? { ...parsed, message: parsed['message'] ?? parsed['detail'] }, status)
}
