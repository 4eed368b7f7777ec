import type { UpstreamFault } from '../../dialects/index.ts'
import type { GatewayError } from '../../domain/errors.ts'
import type { Usage } from '../../domain/usage.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'

/** An attempt that failed before anything reached the client. */
export interface FailedAttempt {
  readonly kind: 'failed'
  /** What the client is told when this was the last attempt and the provider's own words cannot be passed on. */
  readonly error: GatewayError
  /** What the failure is classified by: the HTTP status, or the one that fits an error inside an answer with status 200; 0 when no answer came. */
  readonly status: number
  readonly httpStatus: number
  readonly headers: WireHeaders
  /** The provider's error body, when it is an error of the client's dialect. */
  readonly body: Uint8Array | undefined
  readonly fault: UpstreamFault | undefined
  /** What the provider had counted before it failed. */
  readonly usage?: Usage
}

/** Sent again: network failures, and these. @see docs of the official SDKs, which repeat the same. */
const RETRYABLE = new Set([408, 409, 429, 500, 502, 503, 504, 529])

/** The target is at fault and not the request: another target may do. Not this one: its credential, its account, its access. */
const OTHER_TARGET = new Set([401, 402, 403, 407])

/** Where a failure leaves an exchange: try the same target again, try only others, or stop. */
export type Reach = 'same' | 'others' | 'none'

const isSpent = (fault: UpstreamFault | undefined): boolean => /insufficient_quota|billing|spend/i.test(`${fault?.code ?? ''} ${fault?.type ?? ''}`)

/** No answer, or one with a good status that was broken. */
function reachOfBroken(error: GatewayError): Reach {
  if (error.code === 'upstream_rejected') return 'others'
  return error.retryable ? 'same' : 'none'
}

/** A limit on spending, sent as 429, does not pass with time. */
export function reachOf({ status, headers, error, fault }: FailedAttempt): Reach {
  if (status < 300) return reachOfBroken(error)
  if (status < 400 || OTHER_TARGET.has(status)) return 'others'
  if (!RETRYABLE.has(status)) return 'none'
  if (status === 429 && isSpent(fault)) return 'others'
  return headers['x-should-retry'] === 'false' ? 'others' : 'same'
}
