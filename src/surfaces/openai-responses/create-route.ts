import { encodeFailedResponse, openaiResponses } from '../../dialects/index.ts'
import { asGatewayError } from '../../domain/errors.ts'
import { AnswerClient, noteAttempts, openExchange, sendJson, type HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'
import type { OpenaiResponsesSurfaceDeps } from './surface-deps.ts'

/** `POST /v1/responses`. */
export function createCreateRoute({ responses, bodyLimits, stalledMs, keepAliveMs }: OpenaiResponsesSurfaceDeps): HttpRoute {
  return {
    method: 'POST',
    path: '/v1/responses',
    policy: 'models:use',
    renderError,
    async handle(request, response, context) {
      const keepAlive = { text: openaiResponses.response.keepAlive, intervalMs: keepAliveMs }
      const exchange = await openExchange(request, context, { codec: openaiResponses, bodyLimits })
      try {
        const queued = await responses.answer(exchange, (begun) => new AnswerClient(response, (error) => encodeFailedResponse(error, context.requestId, begun()), stalledMs, keepAlive))
        if (queued !== undefined) sendJson(response, 200, queued, { 'x-request-id': context.requestId })
      } catch (thrown) {
        noteAttempts(response, asGatewayError(thrown))
        throw thrown
      }
    },
  }
}
