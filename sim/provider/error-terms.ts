/** One failure in the words of each family of providers. */
export interface ErrorTerms {
  readonly type: string
  readonly code: string
  readonly anthropic: string
  readonly google: string
}

const TERMS: Readonly<Record<number, ErrorTerms>> = {
  400: { type: 'invalid_request_error', code: 'invalid_request', anthropic: 'invalid_request_error', google: 'INVALID_ARGUMENT' },
  401: { type: 'invalid_request_error', code: 'invalid_api_key', anthropic: 'authentication_error', google: 'UNAUTHENTICATED' },
  403: { type: 'permission_error', code: 'permission_denied', anthropic: 'permission_error', google: 'PERMISSION_DENIED' },
  404: { type: 'invalid_request_error', code: 'model_not_found', anthropic: 'not_found_error', google: 'NOT_FOUND' },
  429: { type: 'rate_limit_error', code: 'rate_limit_exceeded', anthropic: 'rate_limit_error', google: 'RESOURCE_EXHAUSTED' },
  503: { type: 'server_error', code: 'server_is_overloaded', anthropic: 'api_error', google: 'UNAVAILABLE' },
  504: { type: 'server_error', code: 'server_error', anthropic: 'timeout_error', google: 'DEADLINE_EXCEEDED' },
  529: { type: 'server_error', code: 'overloaded', anthropic: 'overloaded_error', google: 'UNAVAILABLE' },
}

const UNKNOWN: ErrorTerms = { type: 'server_error', code: 'server_error', anthropic: 'api_error', google: 'INTERNAL' }

export const errorTerms = (status: number): ErrorTerms => TERMS[status] ?? UNKNOWN

export const toldToFail = (status: number): string => `The simulator was told to fail with ${status}.`
