import type { UpstreamFault } from '../../dialects/index.ts'
import { GatewayError, type ErrorCode } from '../../domain/errors.ts'
import type { Target } from '../../domain/route.ts'
import type { WireHeaders } from '../../upstreams/llm/index.ts'
import { nameTarget } from '../routing/index.ts'
import type { FailedAttempt } from './failed-attempt.ts'
import type { PastAttempt } from './plan-retry.ts'
import { readRetryAfter } from './retry-after.ts'

/** The provider refused *our* key. As the client's 401 it would send clients into login loops and point them at the wrong key. */
const OUR_CREDENTIAL = new Set([401, 403, 407])

const CODES: Readonly<Record<number, ErrorCode>> = {
  400: 'invalid_request',
  422: 'invalid_request',
  413: 'payload_too_large',
  408: 'upstream_timeout',
  504: 'upstream_timeout',
  429: 'limit_exceeded',
  503: 'upstream_unavailable',
  529: 'upstream_unavailable',
}

const MAX_QUOTE = 300

/** A page of a proxy is not quoted; a sentence of a provider is. */
function quote(fault: UpstreamFault | undefined): string {
  if (!fault) return '.'
  return `: ${fault.message.slice(0, MAX_QUOTE)}`
}

/** What an error answer, or an error inside a good one, means in the gateway's words. */
export function explainAnswer(
  target: Target,
  status: number,
  headers: WireHeaders,
  fault: UpstreamFault | undefined,
  now: number,
): GatewayError {
  const provider = `Provider \`${target.provider}\``
  const retryAfterMs = readRetryAfter(headers, now)
  const options = { details: { layer: 'provider', status, type: fault?.type, faultCode: fault?.code }, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (OUR_CREDENTIAL.has(status)) {
    const message = `${provider} refused the gateway’s credential (${status}). Check \`providers.${target.provider}.apiKey\`.`
    return new GatewayError('upstream_rejected', message, options)
  }
  if (status >= 300 && status < 400) {
    return new GatewayError('upstream_rejected', `${provider} answered with a redirect (${status}), which is not followed.`, options)
  }
  // Only an answer in the provider's own dialect speaks of a model; a page says that the address is wrong.
  const code = status === 404 && fault ? 'unknown_model' : CODES[status]
  return new GatewayError(code ?? 'upstream_rejected', `${provider} answered ${status}${quote(fault)}`, options)
}

/** The provider's own error goes to the client as it is, unless it is about our credential. */
export function mayPassOn({ status, body }: FailedAttempt): boolean {
  return body !== undefined && !OUR_CREDENTIAL.has(status)
}

/** One failure for an exchange whose targets all failed: each with its reason, and when the first may be back. */
export function explainAll(publicModel: string, past: readonly PastAttempt[], now: number): GatewayError {
  const last = past.at(-1)
  const byTarget = new Map(past.map(({ target, failure }) => [nameTarget(target), failure]))
  if (last && byTarget.size === 1) return last.failure.error
  const reasons = [...byTarget].map(([name, { error }]) => `${name}: ${error.message}`)
  const waits = past.map(({ failure }) => readRetryAfter(failure.headers, now)).filter((wait) => wait !== undefined)
  return new GatewayError('upstream_unavailable', `Every target of \`${publicModel}\` failed. ${reasons.join(' ')}`, {
    details: { layer: 'exchange', targets: [...byTarget.keys()] },
    ...(waits.length > 0 ? { retryAfterMs: Math.min(...waits) } : {}),
    ...(last ? { cause: last.failure.error } : {}),
  })
}
