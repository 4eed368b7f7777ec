import { encodeFailedResponse, openaiResponses } from '../../dialects/index.ts'
import { AnswerClient, sendJson, type HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'
import type { OpenaiResponsesSurfaceDeps } from './surface-deps.ts'

type Question = 'retrieve' | 'remove' | 'cancel' | 'listInput'

const PLACES: readonly (readonly [HttpRoute['method'], string, Question])[] = [
  ['GET', '/v1/responses/{id}', 'retrieve'],
  ['DELETE', '/v1/responses/{id}', 'remove'],
  ['POST', '/v1/responses/{id}/cancel', 'cancel'],
  ['GET', '/v1/responses/{id}/input_items', 'listInput'],
]

function createStoredRoute({ responses, stalledMs, keepAliveMs }: OpenaiResponsesSurfaceDeps, [method, path, question]: (typeof PLACES)[number]): HttpRoute {
  return {
    method,
    path,
    policy: 'models:use',
    renderError,
    async handle(request, response, { requestId, principal, params, url, signal }) {
      const { id = '' } = params
      const keepAlive = { text: openaiResponses.response.keepAlive, intervalMs: keepAliveMs }
      const client = new AnswerClient(response, (error) => encodeFailedResponse(error, requestId), stalledMs, keepAlive)
      const headers = openaiResponses.request.carryHeaders(request.headers)
      const answer = await responses[question]({ id, principal, requestId, query: url.searchParams, headers, signal }, client)
      if (answer !== undefined) sendJson(response, 200, answer, { 'x-request-id': requestId })
    },
  }
}

/** What can be asked about a response that is there already. */
export function createStoredRoutes(deps: OpenaiResponsesSurfaceDeps): readonly HttpRoute[] {
  return PLACES.map((place) => createStoredRoute(deps, place))
}
