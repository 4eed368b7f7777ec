import { GatewayError } from '../../../domain/errors.ts'
import { RPC, type RpcError } from '../../../domain/json-rpc.ts'
import { readMessages } from '../peer/read-messages.ts'
import type { AnswerEnd } from './http-endpoint.ts'

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

/** The JSON-RPC error in the body of a 4xx, if it has one. */
export function readRefusalError({ body }: Refused): RpcError | undefined {
  const [message] = readMessages(body) ?? []
  return message?.kind === 'error' ? message.error : undefined
}

/** Errors that only a server of the modern era makes. */
export function isModernError(error: RpcError | undefined): boolean {
  const codes: readonly number[] = [RPC.headerMismatch, RPC.missingClientCapability, RPC.unsupportedProtocolVersion]
  return error !== undefined && codes.includes(error.code)
}

/**
 * 404 is the standard's word for a session that is gone. A restarted server built on the SDK's examples says 400 with
 * “No valid session ID provided” or “Server not initialized” instead. Either comes before the request is looked at.
 */
export function isDeadSession(refused: Refused, sessionId: string | undefined): boolean {
  if (refused.status === 404) return sessionId !== undefined && readRefusalError(refused)?.code !== RPC.methodNotFound
  return refused.status === 400 && /session|not initialized/i.test(refused.body)
}

export function readRetryAfterMs({ headers }: Refused): number | undefined {
  const seconds = Number(headers['retry-after'])
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined
}

/** What a 401 or 403 says about itself. */
export function authorizationReason({ status, headers }: Refused): string {
  const challenge = headers['www-authenticate']
  const text = Array.isArray(challenge) ? challenge.join(', ') : (challenge as string | undefined)
  return `It answered HTTP ${status}${text === undefined ? '' : ` (${text.slice(0, 500)})`}.`
}
