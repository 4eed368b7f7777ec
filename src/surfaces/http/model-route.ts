import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeRequest, ExchangeService } from '../../core/exchange/index.ts'
import type { DialectCodec } from '../../dialects/index.ts'
import { asGatewayError, type GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import { AnswerClient } from './answer-client.ts'
import type { BodyLimits } from './body.ts'
import { readModelRequest } from './read-model-request.ts'
import type { ErrorRenderer, HttpRoute, RequestContext } from './surface.ts'

/** A dialect whose requests name their model in the body, at an address. */
export interface ModelRouteOptions {
  readonly codec: DialectCodec
  readonly path: string
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  readonly renderError: ErrorRenderer
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number | undefined
}

/** Once the gateway has tried, a client that tries again multiplies the attempts. */
export function noteAttempts(response: ServerResponse, error: GatewayError): void {
  const { attempts } = error.details
  if (typeof attempts !== 'number' || response.headersSent) return
  response.setHeader('x-trunkline-attempts', String(attempts))
  if (attempts > 0) response.setHeader('x-should-retry', 'false')
}

/** The exchange of one HTTP request, before it runs. The surface's name is the dialect's. */
export async function openExchange(
  request: IncomingMessage,
  { requestId, principal, logger, signal }: RequestContext,
  { codec, bodyLimits }: Pick<ModelRouteOptions, 'codec' | 'bodyLimits'>,
): Promise<ExchangeRequest> {
  const { body, facts } = await readModelRequest(request, codec, bodyLimits())
  const headers = codec.request.carryHeaders(request.headers)
  const id = `exc_${randomUUID().replaceAll('-', '')}` as ExchangeId
  return { id, requestId, surface: codec.dialect, principal, dialect: codec.dialect, facts, body, headers, logger, signal }
}

/** `POST` of a request to a model; the answer is written as the exchange delivers it. */
export function createModelRoute({ codec, path, exchanges, bodyLimits, renderError, stalledMs }: ModelRouteOptions): HttpRoute {
  return {
    method: 'POST',
    path,
    policy: 'models:use',
    renderError,
    async handle(request, response, context) {
      const exchange = await openExchange(request, context, { codec, bodyLimits })
      const client = new AnswerClient(response, (error) => codec.error.encodeInStream(error, context.requestId), stalledMs)
      try {
        await exchanges.run(exchange, client)
      } catch (thrown) {
        noteAttempts(response, asGatewayError(thrown))
        throw thrown
      }
    },
  }
}
