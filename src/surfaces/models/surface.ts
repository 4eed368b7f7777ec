import type { IncomingMessage } from 'node:http'
import type { ModelDirectory } from '../../core/routing/index.ts'
import { openaiChat } from '../../dialects/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { sendJson, type ErrorRenderer, type HttpRoute, type HttpSurface } from '../http/index.ts'
import { anthropicShape, openaiShape, type ModelShape } from './shapes.ts'

export interface ModelsSurfaceDeps {
  readonly directory: ModelDirectory
}

/** Both families ask the same path; Anthropic's always send their version. */
function shapeFor(request: IncomingMessage): ModelShape {
  return request.headers['anthropic-version'] === undefined ? openaiShape : anthropicShape
}

const renderError: ErrorRenderer = (error, requestId) => ({ body: openaiChat.error.encode(error, requestId) })

/** `GET /v1/models` and `GET /v1/models/{id}`: every model of every enabled provider, and the configured public ones. */
export function createModelsSurface({ directory }: ModelsSurfaceDeps): HttpSurface {
  const list: HttpRoute = {
    method: 'GET',
    path: '/v1/models',
    policy: 'models:use',
    renderError,
    async handle(request, response, { url, signal }) {
      const models = await directory.list(signal)
      sendJson(response, 200, JSON.stringify(shapeFor(request).list(models, url.searchParams)))
    },
  }
  const one: HttpRoute = {
    method: 'GET',
    path: '/v1/models/{id+}',
    policy: 'models:use',
    renderError,
    async handle(request, response, { params, signal }) {
      const models = await directory.list(signal)
      const model = models.find(({ name }) => name === params['id'])
      if (!model) {
        // A name that leads somewhere need not be listed; only one that leads nowhere has suggestions.
        directory.resolve(params['id'] ?? '')
        throw new GatewayError('unknown_model', `The model \`${params['id']}\` is not in its provider’s list.`)
      }
      sendJson(response, 200, JSON.stringify(shapeFor(request).one(model)))
    },
  }
  return { name: 'models', routes: [list, one] }
}
