import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ExchangeClient, ExchangeRequest, ExchangeService } from '../../core/exchange/index.ts'
import type { DialectCodec, RequestAddress } from '../../dialects/index.ts'
import { asGatewayError, GatewayError } from '../../domain/errors.ts'
import type { ExchangeId } from '../../domain/ids.ts'
import { AnswerClient } from './answer-client.ts'
import type { BodyLimits } from './body.ts'
import { readModelRequest } from './read-model-request.ts'
import type { ErrorRenderer, HttpRoute, RequestContext } from './surface.ts'

/** A dialect at an address, which its requests may name their model in. */
export interface ModelRouteOptions {
  readonly codec: DialectCodec
  readonly path: string
  readonly exchanges: ExchangeService
  /** Read per request, so that a reload needs no new surface. */
  bodyLimits(): BodyLimits
  readonly renderError: ErrorRenderer
  /** How long a client may take nothing of its answer. */
  readonly stalledMs?: number | undefined
  /** How long a stream is silent before it is given a sign of life. */
  readonly keepAliveMs?: number | undefined
  /** What is asked for, where it is no answer of the model. */
  readonly operation?: ExchangeRequest['operation']
  /** For a dialect whose address names the model. */
  address?(context: RequestContext): RequestAddress
  /** For a client that takes its stream in another form than the dialect's events. */
  shapeClient?(client: ExchangeClient, context: RequestContext): ExchangeClient
}

/** Once the gateway has tried, a client that tries again multiplies the attempts. */
export function noteAttempts(response: ServerResponse, error: GatewayError): void {
  const { attempts } = error.details
  if (typeof attempts !== 'number' || response.headersSent) return
  response.setHeader('x-trunkline-attempts', String(attempts))
  if (attempts > 0) response.setHeader('x-should-retry', 'false')
}

function readOnLoss({ headers }: IncomingMessage): Pick<ExchangeRequest, 'onLoss'> {
  const wish = headers['x-trunkline-on-loss']
  if (wish === undefined) return {}
  if (wish === 'report' || wish === 'reject') return { onLoss: wish }
  throw new GatewayError('invalid_request', `Expected the header \`x-trunkline-on-loss\` to be report or reject, got \`${String(wish)}\`.`)
}

function readTools({ headers }: IncomingMessage): Pick<ExchangeRequest, 'tools'> {
  const wish = headers['x-trunkline-tools']
  return typeof wish === 'string' && wish.trim() !== '' ? { tools: wish } : {}
}

/** The exchange of one HTTP request, before it runs. The surface's name is the dialect's. */
export async function openExchange(
  request: IncomingMessage,
  context: RequestContext,
  { codec, bodyLimits, address }: Pick<ModelRouteOptions, 'codec' | 'bodyLimits' | 'address'>,
): Promise<ExchangeRequest> {
  const { requestId, principal, logger, signal } = context
  const { body, facts } = await readModelRequest(request, codec, bodyLimits(), address?.(context))
  const headers = codec.request.carryHeaders(request.headers)
  const id = `exc_${randomUUID().replaceAll('-', '')}` as ExchangeId
  return { id, requestId, surface: codec.dialect, principal, dialect: codec.dialect, facts, body, headers, logger, signal, ...readOnLoss(request), ...readTools(request) }
}

/** `POST` of a request to a model; the answer is written as the exchange delivers it. */
export function createModelRoute(options: ModelRouteOptions): HttpRoute {
  const { codec, path, exchanges, renderError, stalledMs, keepAliveMs, operation } = options
  return {
    method: 'POST',
    path,
    policy: 'models:use',
    renderError,
    async handle(request, response, context) {
      const exchange = await openExchange(request, context, options)
      const plain = new AnswerClient(response, (error) => codec.error.encodeInStream(error, context.requestId), stalledMs, { text: codec.response.keepAlive, intervalMs: keepAliveMs })
      const client = options.shapeClient?.(plain, context) ?? plain
      try {
        await exchanges.run(operation === undefined ? exchange : { ...exchange, operation }, client)
      } catch (thrown) {
        noteAttempts(response, asGatewayError(thrown))
        throw thrown
      }
    },
  }
}
