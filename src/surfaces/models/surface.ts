import type { IncomingHttpHeaders } from 'node:http'
import type { ModelDirectory, PublicModel } from '../../core/routing/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import { sendJson, type HttpRoute, type HttpSurface, type RequestContext } from '../http/index.ts'
import { familyOf, GEMINI, type ModelFamily } from './family.ts'
import type { ModelShape, SizedModel } from './shapes.ts'

export interface ModelsSurfaceDeps {
  readonly directory: ModelDirectory
}

type Writer = (shape: ModelShape, models: readonly PublicModel[], context: RequestContext) => JsonObject

/**
 * `GET /v1/models` and `GET /v1/models/{id}`, and Google's under `/v1beta`: every model of every enabled provider, and the
 * configured public ones.
 */
export function createModelsSurface({ directory }: ModelsSurfaceDeps): HttpSurface {
  const sized = (model: PublicModel): SizedModel => ({ ...model, ...directory.sizes(model.name) })
  const writeList: Writer = (shape, models, { url }) => shape.list(models.map(sized), url.searchParams)
  const writeOne: Writer = (shape, models, { params }) => {
    const name = params['id'] ?? ''
    const model = models.find((candidate) => candidate.name === name)
    if (model) return shape.one(sized(model))
    // A name that leads somewhere need not be listed; only one that leads nowhere has suggestions.
    directory.resolve(name)
    throw new GatewayError('unknown_model', `The model \`${name}\` is not in its provider’s list.`)
  }

  function createRoute(path: string, choose: (headers: IncomingHttpHeaders) => ModelFamily, write: Writer): HttpRoute {
    return {
      method: 'GET',
      path,
      policy: 'models:use',
      ...(path.startsWith('/v1beta') ? { takesKeyInQuery: true } : {}),
      renderError(error, requestId, headers) {
        const { codec, idHeader } = choose(headers)
        return { headers: { [idHeader]: requestId }, body: codec.error.encode(error, requestId) }
      },
      async handle(request, response, context) {
        const models = await directory.list(context.signal)
        sendJson(response, 200, JSON.stringify(write(choose(request.headers).shape, models, context)))
      },
    }
  }
  const asGemini = (): ModelFamily => GEMINI
  return {
    name: 'models',
    routes: [
      createRoute('/v1/models', familyOf, writeList),
      createRoute('/v1/models/{id+}', familyOf, writeOne),
      createRoute('/v1beta/models', asGemini, writeList),
      createRoute('/v1beta/models/{id+}', asGemini, writeOne),
    ],
  }
}
