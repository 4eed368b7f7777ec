import type { IncomingMessage } from 'node:http'
import type { Principal } from '../../core/identity/index.ts'
import type { GivenContext } from '../../core/instances/index.ts'

const LOOPBACK = /^(?:127\.\d+\.\d+\.\d+|::1|::ffff:127\.\d+\.\d+\.\d+)$/

/** Behind any of these somebody else may stand, wherever the connection comes from. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-real-ip', 'via'] as const

/**
 * The header of a client with a request context, and whether it is believed: it reaches command lines. A client without a
 * key on this very machine could start those programs itself.
 */
export function readGivenContext({ headers, socket }: IncomingMessage, principal: Principal, trustsAll: boolean): GivenContext {
  const isLocal = principal.via.kind === 'local' && LOOPBACK.test(socket.remoteAddress ?? '') && FORWARDED.every((name) => headers[name] === undefined)
  const header = headers['x-trunkline-context']
  return { isTrusted: trustsAll || isLocal, header: typeof header === 'string' ? header : undefined, derived: undefined }
}
