import type { IncomingMessage } from 'node:http'
import { createUntrustedNote, prepareContext } from '../../core/instances/index.ts'
import type { ClientContext } from '../../domain/client-context.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { readGivenContext } from './read-given-context.ts'
import type { RequestContext } from './surface.ts'

/**
 * The request context of a script, for template servers: `_meta["trunkline/context"]` of its body, else the header
 * `x-trunkline-context`, believed by the same rule as those of MCP clients. Undefined for none and for one that is not believed.
 * Throws `invalid_request` for what is no context.
 */
export type ReadRestContext = (request: IncomingMessage, context: Pick<RequestContext, 'principal' | 'logger'>, body?: JsonText) => ClientContext | undefined

export function createRestContextReader(trustsAll: boolean): ReadRestContext {
  const noteUntrusted = createUntrustedNote()
  return (request, { principal, logger }, body) => {
    const given = readGivenContext(request, principal, trustsAll)
    const prepared = prepareContext(given, body)
    if (prepared.kind === 'invalid') throw new GatewayError('invalid_request', prepared.problem)
    if (prepared.kind === 'ready') return prepared.context
    noteUntrusted(logger)
    return undefined
  }
}
