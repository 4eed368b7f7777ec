import { GatewayError } from '../../../domain/errors.ts'
import { RPC, type RpcError } from '../../../domain/json-rpc.ts'
import type { McpEra } from '../../../domain/mcp-server.ts'
import { readMessages } from '../peer/read-messages.ts'
import type { AnswerEnd } from './http-exchange.ts'

export type Refused = Extract<AnswerEnd, { kind: 'refused' }>

/** A server answered with something that carries no result. */
export class HttpRefusal extends GatewayError {
  readonly refused: Refused

  constructor(server: string, refused: Refused) {
    const said = excerpt(refused.body)
    super('upstream_rejected', `MCP server "${server}" answered HTTP ${refused.status}${said === '' ? '' : `: ${said}`}.`, {
      details: { status: refused.status },
    })
    this.refused = refused
  }
}

function excerpt(body: string): string {
  // eslint-disable-next-line no-control-regex
  return body.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim().slice(0, 200)
}

/** What refused the handshake. A 405 is about the address and no answer to it, whatever its body says: servers of HTTP+SSE give one, ours too. */
export function readHandshakeRefusal(server: string, refused: Refused): RpcError | HttpRefusal {
  const error = refused.status === 405 ? undefined : readRefusalError(refused)
  return error ?? new HttpRefusal(server, refused)
}

/** The JSON-RPC error in the body of a 4xx, if it has one. */
export function readRefusalError({ body }: Refused): RpcError | undefined {
  const [message] = readMessages(body) ?? []
  return message?.kind === 'error' ? message.error : undefined
}

const MODERN_CODES: readonly number[] = [RPC.headerMismatch, RPC.missingClientCapability, RPC.unsupportedProtocolVersion]

function wantsSession({ status, body }: Refused): boolean {
  return status === 400 && /session|not initialized/i.test(body)
}

/** Whether the server speaks as one of the other era would: it was replaced since its era was found. */
export function isEraShaped(refused: Refused, era: McpEra): boolean {
  const error = readRefusalError(refused)
  if (era === 'legacy') return error !== undefined && MODERN_CODES.includes(error.code)
  if (error?.code === RPC.unsupportedProtocolVersion) return true
  return (!error && [404, 405].includes(refused.status)) || wantsSession(refused)
}

/**
 * 404 is the standard's word for a session that is gone. A restarted server built on the SDK's examples says 400 with
 * “No valid session ID provided” or “Server not initialized” instead. Either comes before the request is looked at.
 */
export function isDeadSession(refused: Refused, sessionId: string | undefined): boolean {
  if (refused.status === 404) return sessionId !== undefined && readRefusalError(refused)?.code !== RPC.methodNotFound
  return wantsSession(refused)
}

function readRetryAfterMs({ headers }: Refused): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

/** What a refused call ends with: the server's own error if it wrote one. */
export function asFailure(server: string, refused: Refused): RpcError | GatewayError {
  const error = readRefusalError(refused)
  if (error) return error
  const retryAfterMs = readRetryAfterMs(refused)
  if (retryAfterMs === undefined || ![429, 503].includes(refused.status)) return new HttpRefusal(server, refused)
  return new GatewayError('server_unavailable', `MCP server "${server}" is busy (HTTP ${refused.status}).`, { retryAfterMs })
}

/** What a 401 or 403 says about itself. */
export function authorizationReason({ status, headers }: Refused): string {
  const challenge = headers['www-authenticate']
  const text = Array.isArray(challenge) ? challenge.join(', ') : (challenge as string | undefined)
  return `It answered HTTP ${status}${text === undefined ? '' : ` (${text.slice(0, 500)})`}.`
}
