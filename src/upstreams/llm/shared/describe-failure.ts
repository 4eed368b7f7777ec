import { GatewayError } from '../../../domain/errors.ts'

/** A failure of the connection, with what the connection knew when it failed. */
export interface FailureFacts {
  readonly provider: string
  readonly sawHead: boolean
  readonly reusedSocket: boolean
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  ENOTFOUND: 'host name not found',
  EAI_AGAIN: 'host name lookup failed',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'no route to network',
  ETIMEDOUT: 'connection timed out',
  EPIPE: 'connection closed while sending',
  UND_ERR_SOCKET: 'connection closed',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate chain is self-signed',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
}

/** A wrong certificate is wrong at the next try too. */
const CERTIFICATE = /CERT|VERIFY_LEAF/

/** `AggregateError` of an IPv6-then-IPv4 race holds the real reasons inside. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'unknown'
}

/** The transport's error as the gateway's: says what happened in words, keeps the cause for the log. */
export function describeFailure(error: Error, facts: FailureFacts): GatewayError {
  if (error instanceof GatewayError) return error
  const code = codeOf(error)
  const details = { layer: 'transport', cause: code, reusedSocket: facts.reusedSocket }
  const options = { cause: error, details }
  const provider = `Provider \`${facts.provider}\``
  if (code === 'UND_ERR_CONNECT_TIMEOUT') {
    return new GatewayError('upstream_timeout', `${provider} could not be connected to in time.`, options)
  }
  const reason = REASONS[code] ?? (code === 'unknown' ? error.message : code)
  if (error.name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new GatewayError('upstream_protocol', `${provider} does not speak HTTP as expected (${reason}).`, options)
  }
  if (facts.sawHead) {
    return new GatewayError('upstream_interrupted', `${provider} stopped in the middle of its answer (${reason}).`, options)
  }
  if (CERTIFICATE.test(code)) {
    return new GatewayError('upstream_rejected', `${provider} could not be trusted: ${reason}.`, options)
  }
  return new GatewayError('upstream_unavailable', `${provider} did not answer: ${reason}.`, options)
}
