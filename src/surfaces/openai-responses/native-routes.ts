import { encodeFailedResponse, openaiResponses } from '../../dialects/index.ts'
import { asGatewayError } from '../../domain/errors.ts'
import { AnswerClient, noteAttempts, openExchange, type HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'
import type { OpenaiResponsesSurfaceDeps } from './surface-deps.ts'

/** What is best asked of a provider of the client's own dialect: counts are estimates elsewhere, and compacting is an honest 404. */
export function createNativeRoutes({ exchanges, responses, bodyLimits, stalledMs }: OpenaiResponsesSurfaceDeps): readonly HttpRoute[] {
  const common = { method: 'POST', policy: 'models:use', renderError } as const
  return [
    {
      ...common,
      path: '/v1/responses/input_tokens',
      async handle(request, response, context) {
        const exchange = await openExchange(request, context, { codec: openaiResponses, bodyLimits })
        try {
          const { status, headers, body } = await exchanges.countTokens(await responses.resolve(exchange))
          const written = Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]] as const)
          response.writeHead(status, { ...Object.fromEntries(written), 'content-length': body.length }).end(body)
        } catch (thrown) {
          noteAttempts(response, asGatewayError(thrown))
          throw thrown
        }
      },
    },
    {
      ...common,
      path: '/v1/responses/compact',
      async handle(request, response, context) {
        const exchange = await openExchange(request, context, { codec: openaiResponses, bodyLimits })
        try {
          const resolved = await responses.resolve(exchange)
          await exchanges.run({ ...resolved, operation: 'compact' }, new AnswerClient(response, (error) => encodeFailedResponse(error, context.requestId), stalledMs))
        } catch (thrown) {
          noteAttempts(response, asGatewayError(thrown))
          throw thrown
        }
      },
    },
  ]
}
