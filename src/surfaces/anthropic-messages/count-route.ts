import { asGatewayError } from '../../domain/errors.ts'
import type { ExchangeService } from '../../core/exchange/index.ts'
import { anthropicMessages } from '../../dialects/index.ts'
import { noteAttempts, openExchange, type BodyLimits, type HttpRoute } from '../http/index.ts'
import { renderError } from './render-error.ts'

export interface CountRouteDeps {
  readonly exchanges: ExchangeService
  bodyLimits(): BodyLimits
}

/** `POST /v1/messages/count_tokens`: the provider's own count, or an estimate that says that it is one. */
export function createCountRoute({ exchanges, bodyLimits }: CountRouteDeps): HttpRoute {
  return {
    method: 'POST',
    path: '/v1/messages/count_tokens',
    policy: 'models:use',
    renderError,
    async handle(request, response, context) {
      const exchange = await openExchange(request, context, { codec: anthropicMessages, bodyLimits })
      try {
        const { status, headers, body } = await exchanges.countTokens(exchange)
        const written = Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]] as const)
        response.writeHead(status, { ...Object.fromEntries(written), 'content-length': body.length }).end(body)
      } catch (thrown) {
        noteAttempts(response, asGatewayError(thrown))
        throw thrown
      }
    },
  }
}
