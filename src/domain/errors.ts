interface ErrorSpec {
  /** HTTP status used by every HTTP surface. */
  readonly status: number
  /** Whether the same request may succeed if sent again unchanged. */
  readonly retryable: boolean
}

/** The closed catalogue of failures. `docs/reference/errors.md` is tested against it. */
export const ERROR_CODES = {
  unauthenticated: { status: 401, retryable: false },
  forbidden: { status: 403, retryable: false },
  host_not_allowed: { status: 403, retryable: false },
  origin_not_allowed: { status: 403, retryable: false },
  invalid_request: { status: 400, retryable: false },
  not_found: { status: 404, retryable: false },
  method_not_allowed: { status: 405, retryable: false },
  request_timeout: { status: 408, retryable: true },
  payload_too_large: { status: 413, retryable: false },
  unsupported_media_type: { status: 415, retryable: false },
  unknown_model: { status: 404, retryable: false },
  unknown_capability: { status: 404, retryable: false },
  /** It is there and switched off. */
  capability_disabled: { status: 409, retryable: false },
  /** Its definition changed since it was approved. */
  capability_held: { status: 403, retryable: false },
  unknown_server: { status: 404, retryable: false },
  unknown_preset: { status: 404, retryable: false },
  unknown_session: { status: 404, retryable: false },
  /** Something else is going on there that has to end first. */
  conflict: { status: 409, retryable: true },
  limit_exceeded: { status: 429, retryable: true },
  budget_exhausted: { status: 402, retryable: false },
  translation_refused: { status: 422, retryable: false },
  /** The upstream answered, and refused: its own status and body go with it where the dialect allows. */
  upstream_rejected: { status: 502, retryable: false },
  /** Nobody answered: refused connection, crashed child, name not found. */
  upstream_unavailable: { status: 503, retryable: true },
  upstream_timeout: { status: 504, retryable: true },
  /** It answered something that its protocol does not allow, or stopped in the middle. */
  upstream_protocol: { status: 502, retryable: true },
  upstream_interrupted: { status: 502, retryable: true },
  /** An MCP server is not ready; the message names its state, cause and next attempt. */
  server_unavailable: { status: 503, retryable: true },
  gateway_draining: { status: 503, retryable: true },
  overloaded: { status: 503, retryable: true },
  storage_unavailable: { status: 507, retryable: true },
  config_invalid: { status: 422, retryable: false },
  cancelled: { status: 499, retryable: false },
  internal: { status: 500, retryable: false },
} as const satisfies Record<string, ErrorSpec>

export type ErrorCode = keyof typeof ERROR_CODES

export interface GatewayErrorOptions extends ErrorOptions {
  /** Facts for logs and the admin API. Never sent to clients. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly retryAfterMs?: number
}

/** A failure the gateway understands. `message` is safe to show to the client. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterMs = options.retryAfterMs
  }

  get status(): number {
    return ERROR_CODES[this.code].status
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable
  }
}

/** Everything thrown is normalised once, at the boundary. Unknown failures are ours, never the client's. */
export function asGatewayError(thrown: unknown): GatewayError {
  if (thrown instanceof GatewayError) return thrown
  return new GatewayError('internal', 'The gateway failed to handle this request.', { cause: thrown })
}
