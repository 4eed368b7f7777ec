import type { ErrorCode, GatewayError } from '../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts'
import { maskKeys } from '../lib/mask-keys.ts'
import type { UpstreamFault } from './fault.ts'
import { readOverflow } from './overflow.ts'

export interface OpenaiErrorShape {
  readonly type: string
  readonly code: string | null
  readonly param?: string
}

/** Types and codes that clients of OpenAI's dialects decide by; every other failure of ours is a `server_error`. */
const SHAPES: Partial<Record<ErrorCode, OpenaiErrorShape>> = {
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

const BUSY: OpenaiErrorShape = { type: 'server_error', code: 'server_is_overloaded' }

export interface OpenaiErrorTerms {
  /** The member of a request that holds the conversation. */
  readonly conversation: 'messages' | 'input'
  /** Whether a failure that passes with time is told as a server that has too much to do, instead of by its own word. */
  isBusy(error: GatewayError): boolean
}

/** Undefined for a failure that the dialects have no word for. `details` may hold a more exact `responseCode` and `param`. */
export function findOpenaiShape(error: GatewayError, { conversation, isBusy }: OpenaiErrorTerms): OpenaiErrorShape | undefined {
  // Codex and others compact their conversation by this code; Anthropic says it in words.
  if (readOverflow(error)) return { type: 'invalid_request_error', code: 'context_length_exceeded', param: conversation }
  const shape = isBusy(error) ? BUSY : SHAPES[error.code]
  const { param, responseCode } = error.details
  return shape && { ...shape, ...(typeof responseCode === 'string' ? { code: responseCode } : {}), ...(typeof param === 'string' ? { param } : {}) }
}

/** `{"error":{"message":"…","type":"…","param":null,"code":"…","request_id":"…"}}` */
export function writeOpenaiError(error: GatewayError, requestId: string, terms: OpenaiErrorTerms): string {
  const { type, code, param = null } = findOpenaiShape(error, terms) ?? { type: 'server_error', code: error.code }
  return JSON.stringify({ error: { message: error.message, type, param, code, request_id: requestId } })
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

const asText = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined)

/** The `error` member of a body, of a failed response or of an event: an object, or with some servers (Ollama) a bare string. */
export function decodeOpenaiFault(error: JsonValue, status?: number): UpstreamFault {
  const fields: JsonObject = isJsonObject(error) ? error : { message: error }
  const word = asText(fields['type'])
  const type = word === 'error' ? undefined : word
  return { message: maskKeys(asText(fields['message']) ?? 'no message'), type, code: asText(fields['code']), status: status ?? statusOf(type, fields['code']) }
}

/** Undefined for a body that is no JSON object. */
export function decodeOpenaiError(status: number, body: string): UpstreamFault | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  if (!isJsonObject(parsed)) return undefined
  // Some compatible servers put the fields at the top, and FastAPI ones use `detail`.
  return decodeOpenaiFault(parsed['error'] ?? { ...parsed, message: parsed['message'] ?? parsed['detail'] }, status)
}
