import type { IncomingHttpHeaders } from 'node:http'
import type { Identity, Principal } from '../../core/identity/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { PrincipalId } from '../../domain/ids.ts'
import { readCredential } from './credentials.ts'
import type { RoutePolicy } from './surface.ts'

const ANYONE: Principal = { id: 'anyone' as PrincipalId, via: { kind: 'local' }, scopes: new Set() }

/** Decides on the matched route's own policy; nothing of the address is read again. Throws `unauthenticated`, `forbidden` or `invalid_request`. */
export function authorize(headers: IncomingHttpHeaders, policy: RoutePolicy, identity: Identity, queryKey?: string): Principal {
  if (policy === 'anyone') return ANYONE
  const principal = identity.authenticate(readCredential(headers, queryKey))
  if (!principal.scopes.has(policy)) {
    throw new GatewayError('forbidden', `This key may not do that: it lacks the scope \`${policy}\`.`)
  }
  return principal
}
