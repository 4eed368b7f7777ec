import { googleGenerateContent } from '../../dialects/index.ts'
import type { ExchangeService } from '../../core/exchange/index.ts'
import { asGatewayError } from '../../domain/errors.ts'
import { createModelRoute, noteAttempts, openExchange, type BodyLimits, type HttpRoute, type RequestContext } from '../http/index.ts'
import { ArrayClient } from './array-client.ts'
import { readCallAddress, type CallAddress } from './call-address.ts'
import { renderError } from './render-error.ts'

export interface CallRouteDeps {
  readonly exchanges: ExchangeService
  bodyLimits(): BodyLimits
  readonly stalledMs?: number | undefined
}

const codec = googleGenerateContent

const address = ({ params }: RequestContext): CallAddress => readCallAddress(params['call'] ?? '')

const wantsEvents = ({ url }: RequestContext): boolean => (url.searchParams.get('alt') ?? url.searchParams.get('$alt')) === 'sse'

/** `POST …/{model}:generateContent`, `:streamGenerateContent` and `:countTokens`: one path, since names of models have slashes. */
export function createCallRoute(path: `${string}/{call+}`, { exchanges, bodyLimits, stalledMs }: CallRouteDeps): HttpRoute {
  const generate = createModelRoute({
    codec,
    path,
    exchanges,
    bodyLimits,
    renderError,
    stalledMs,
    address,
    shapeClient: (client, context) => (address(context).stream && !wantsEvents(context) ? new ArrayClient(client, (error) => codec.error.encode(error, context.requestId)) : client),
  })
  return {
    ...generate,
    takesKeyInQuery: true,
    async handle(request, response, context) {
      if (address(context).method !== 'countTokens') return generate.handle(request, response, context)
      const exchange = await openExchange(request, context, { codec, bodyLimits, address })
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
