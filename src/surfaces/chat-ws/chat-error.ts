import type { ErrorCode, GatewayError } from '../../domain/errors.ts'
import { isJsonObject, type JsonObject } from '../../lib/json.ts'

/** What a chat client is told of a failure. */
export const CHAT_ERRORS = [
  'INVALID_MESSAGE',
  'MESSAGE_TOO_LARGE',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'BUSY',
  'SESSION_NOT_FOUND',
  'QUESTION_NOT_FOUND',
  'STORAGE_FULL',
  'MODEL_UNAVAILABLE',
  'MCP_SERVER_UNAVAILABLE',
  'RATE_LIMITED',
  'BUDGET_EXHAUSTED',
  'CANCELLED',
  'SHUTTING_DOWN',
  'INTERNAL',
] as const

export type ChatErrorCode = (typeof CHAT_ERRORS)[number]

const BY_CODE: Partial<Record<ErrorCode, ChatErrorCode>> = {
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  invalid_request: 'INVALID_MESSAGE',
  translation_refused: 'INVALID_MESSAGE',
  unsupported_media_type: 'INVALID_MESSAGE',
  payload_too_large: 'MESSAGE_TOO_LARGE',
  conflict: 'BUSY',
  unknown_session: 'SESSION_NOT_FOUND',
  not_found: 'QUESTION_NOT_FOUND',
  storage_unavailable: 'STORAGE_FULL',
  unknown_model: 'MODEL_UNAVAILABLE',
  upstream_rejected: 'MODEL_UNAVAILABLE',
  upstream_unavailable: 'MODEL_UNAVAILABLE',
  upstream_timeout: 'MODEL_UNAVAILABLE',
  upstream_protocol: 'MODEL_UNAVAILABLE',
  upstream_interrupted: 'MODEL_UNAVAILABLE',
  unknown_capability: 'MCP_SERVER_UNAVAILABLE',
  unknown_server: 'MCP_SERVER_UNAVAILABLE',
  unknown_preset: 'MCP_SERVER_UNAVAILABLE',
  server_unavailable: 'MCP_SERVER_UNAVAILABLE',
  limit_exceeded: 'RATE_LIMITED',
  overloaded: 'RATE_LIMITED',
  budget_exhausted: 'BUDGET_EXHAUSTED',
  cancelled: 'CANCELLED',
  gateway_draining: 'SHUTTING_DOWN',
}

export const chatErrorCode = ({ code }: GatewayError): ChatErrorCode => BY_CODE[code] ?? 'INTERNAL'

export interface ChatError {
  readonly type: 'error'
  readonly code: ChatErrorCode
  readonly message: string
  readonly retry_after_ms?: number
}

export function writeChatError(error: GatewayError): ChatError {
  return { type: 'error', code: chatErrorCode(error), message: error.message, ...(error.retryAfterMs === undefined ? {} : { retry_after_ms: Math.ceil(error.retryAfterMs) }) }
}

/** The id that a message gave itself, read also from messages that are otherwise wrong. */
export function requestIdOf(value: unknown): JsonObject {
  const id = isJsonObject(value) ? value['request_id'] : undefined
  return typeof id === 'string' && id.length <= 200 ? { request_id: id } : {}
}
