import { openaiResponses } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'

/**
 * A WebSocket is asked for at the address of `POST`. Codex takes exactly this status for “not here”, and goes on with `POST`.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.22
 */
export function createUpgradeRoute(): HttpRoute {
  return {
    method: 'GET',
    path: '/v1/responses',
    policy: 'models:use',
    renderError,
    handle(request, response, { requestId }) {
      const error = new GatewayError('method_not_allowed', 'Expected `POST`: responses are not served over WebSocket.', { details: { allowed: ['POST'] } })
      if (request.headers.upgrade === undefined) throw error
      const body = openaiResponses.error.encode(error, requestId)
      response.writeHead(426, { 'content-type': 'application/json; charset=utf-8', upgrade: 'HTTP/1.1', connection: 'upgrade, close', 'content-length': Buffer.byteLength(body) }).end(body)
    },
  }
}
