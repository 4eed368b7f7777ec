import { GatewayError } from '../../domain/errors.ts'
import type { HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'

const METHODS = ['GET', 'POST', 'PATCH', 'DELETE'] as const

/** Files, caches, interactions and what else Google keeps for its clients: nobody keeps it here, and the client is told in its own dialect. */
export function createMissingRoutes(): readonly HttpRoute[] {
  return ['/v1beta/{rest+}', '/upload/v1beta/{rest+}'].flatMap((path) =>
    METHODS.map((method) => ({
      method,
      path,
      policy: 'models:use' as const,
      renderError,
      takesKeyInQuery: true as const,
      handle(_request, _response, { params }) {
        throw new GatewayError('not_found', `The gateway serves models here, and no \`${(params['rest'] ?? '').slice(0, 80)}\`.`)
      },
    }) satisfies HttpRoute),
  )
}
