import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts'
import { maskKeys } from '../../lib/mask-keys.ts'
import type { UpstreamFault } from '../fault.ts'
import { readOverflow } from '../overflow.ts'

/** Status words that clients of this dialect decide by; every other failure of ours is `INTERNAL`. @see https://google.aip.dev/193 */
const WORDS: Partial<Record<ErrorCode, string>> = {
  unauthenticated: 'UNAUTHENTICATED',
  forbidden: 'PERMISSION_DENIED',
  host_not_allowed: 'PERMISSION_DENIED',
  origin_not_allowed: 'PERMISSION_DENIED',
  invalid_request: 'INVALID_ARGUMENT',
  unsupported_media_type: 'INVALID_ARGUMENT',
  payload_too_large: 'INVALID_ARGUMENT',
  method_not_allowed: 'INVALID_ARGUMENT',
  translation_refused: 'FAILED_PRECONDITION',
  not_found: 'NOT_FOUND',
  unknown_model: 'NOT_FOUND',
  limit_exceeded: 'RESOURCE_EXHAUSTED',
  budget_exhausted: 'RESOURCE_EXHAUSTED',
  overloaded: 'UNAVAILABLE',
  gateway_draining: 'UNAVAILABLE',
  upstream_unavailable: 'UNAVAILABLE',
  request_timeout: 'DEADLINE_EXCEEDED',
  upstream_timeout: 'DEADLINE_EXCEEDED',
  cancelled: 'CANCELLED',
}

const TYPE_URL = 'type.googleapis.com/google.rpc.'

/** Google's own words for it, which its clients look for. */
function wordOverflow(error: GatewayError): string {
  const numbers = readOverflow(error)?.numbers
  return numbers ? `The input token count (${numbers.count}) exceeds the maximum number of tokens allowed (${numbers.maximum}).` : error.message
}

/** `{"error":{"code":429,"message":"…","status":"RESOURCE_EXHAUSTED","details":[…]}}`; the request's id and the pause are details. */
export function encodeError(error: GatewayError, requestId: string): string {
  const pause = error.retryAfterMs === undefined ? [] : [{ '@type': `${TYPE_URL}RetryInfo`, retryDelay: `${error.retryAfterMs / 1000}s` }]
  const details = [{ '@type': `${TYPE_URL}RequestInfo`, requestId }, ...pause]
  return JSON.stringify({ error: { code: error.status, message: wordOverflow(error), status: WORDS[error.code] ?? 'INTERNAL', details } })
}

/** Clients throw at this event; no answer may follow it. */
export function encodeErrorEvent(error: GatewayError, requestId: string): string {
  return `data: ${encodeError(error, requestId)}\r\n\r\n`
}

const STATUS_BY_WORD: Readonly<Record<string, number>> = {
  INVALID_ARGUMENT: 400,
  FAILED_PRECONDITION: 400,
  OUT_OF_RANGE: 400,
  UNAUTHENTICATED: 401,
  PERMISSION_DENIED: 403,
  NOT_FOUND: 404,
  ABORTED: 409,
  RESOURCE_EXHAUSTED: 429,
  CANCELLED: 499,
  UNIMPLEMENTED: 501,
  UNAVAILABLE: 503,
  DEADLINE_EXCEEDED: 504,
}

const asText = (value: JsonValue | undefined): string | undefined => (typeof value === 'string' ? value : undefined)

function findDetail(details: JsonValue | undefined, type: string): JsonObject | undefined {
  const list: readonly JsonValue[] = Array.isArray(details) ? details : []
  return list.filter(isJsonObject).find((detail) => detail['@type'] === `${TYPE_URL}${type}`)
}

/** `{"retryDelay":"34.07s"}` */
function readPause(details: JsonValue | undefined): number | undefined {
  const seconds = /^([\d.]+)s$/.exec(asText(findDetail(details, 'RetryInfo')?.['retryDelay']) ?? '')?.[1]
  return seconds === undefined || !Number.isFinite(Number(seconds)) ? undefined : Math.ceil(Number(seconds) * 1000)
}

/** The `error` member of a body or event. A wrong key is answered with 400, and is no fault of the client. */
export function decodeFault(error: JsonValue, status?: number): UpstreamFault {
  const { message = 'no message', status: word, code, details }: JsonObject = isJsonObject(error) ? error : { message: error }
  const reason = asText(findDetail(details, 'ErrorInfo')?.['reason'])
  const own = status ?? (typeof code === 'number' ? code : (STATUS_BY_WORD[asText(word) ?? ''] ?? 500))
  const retryAfterMs = readPause(details)
  const said = maskKeys(asText(message) ?? JSON.stringify(message))
  return {
    type: asText(word),
    message: said,
    code: reason,
    status: reason === 'API_KEY_INVALID' ? 401 : own,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }
}

/** An error of a stream comes in a list. */
export function decodeError(status: number, body: string): UpstreamFault | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return undefined
  }
  const value: unknown = Array.isArray(parsed) ? parsed[0] : parsed
  return isJsonObject(value) ? decodeFault(value['error'] ?? value, status) : undefined
}
