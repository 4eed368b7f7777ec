import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import type { UpstreamFault } from '../fault.ts'
import { readOverflow } from '../overflow.ts'

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
  request_timeout: { type: 'timeout', code: 'request_timeout' },
  upstream_timeout: { type: 'timeout', code: 'upstream_timeout' },
}

const BUSY: ErrorShape = { type: 'server_error', code: 'server_is_overloaded' }

/** The provider itself said that it has too much to do; where nobody answered, the gateway's own word says so. */
const isBusy = ({ code, details }: GatewayError): boolean => code === 'upstream_unavailable' && (details['status'] === 529 || details['status'] === 503)

const OVERFLOW: ErrorShape = { type: 'invalid_request_error', code: 'context_length_exceeded', param: 'messages' }

/** `{"error":{"message":"…","type":"…","param":null,"code":"…","request_id":"…"}}` */
export function encodeError(error: GatewayError, requestId: string): string {
  // Codex and others compact their conversation by this code; Anthropic says it in words.
  const shape = readOverflow(error) ? OVERFLOW : isBusy(error) ? BUSY : SHAPES[error.code] ?? { type: 'server_error', code: error.code }
  return JSON.stringify({
    error: {
      message: error.message,
      type: shape.type,
      param: shape.param ?? null,
      code: shape.code,
      request_id: requestId,
    },
  })
}

/** Clients throw at this event; no `[DONE]` may follow it. */
export function encodeErrorEvent(error: GatewayError, requestId: string): string {
  return `data: ${encodeError(error, requestId)}\n\n`
}

const STATUS_BY_WORD: readonly (readonly [RegExp, number])[] = [
  [/rate_?limit|too_many_requests/i, 429],
  [/overloaded/i, 529],
  [/insufficient_quota|billing/i, 402],
  [/invalid_api_key|authentication/i, 401],
  [/permission/i, 403],
  [/timeout/i, 504],
  [/not_found/i, 404],
  [/context_length|invalid_request/i, 400],
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

/** The `error` member of a body or event: an object, or with some servers (Ollama) a bare string. */
export function decodeFault(error: JsonValue, status?: number): UpstreamFault {
  const fields: JsonObject = isJsonObject(error) ? error : { message: error }
  const type = asText(fields['type'])
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
