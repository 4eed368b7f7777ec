import type { DialectQuirks } from '../../../dialects/index.ts'
import type { Dialect } from '../../../domain/dialect.ts'
import { GatewayError } from '../../../domain/errors.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { JsonValue } from '../../../lib/json.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { ListedModel, LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { fetchModels } from './fetch-models.ts'
import { createHttpTransport } from './http-transport.ts'
import { createModelList } from './model-list.ts'
import { addParameters } from './parameters.ts'

/** What sets one kind of provider apart from another; everything else about HTTP is the same for all. */
export interface ProviderTraits {
  readonly dialect: Dialect
  /** An operation without a path is one that the provider does not have. */
  readonly paths: Partial<Record<LlmWireRequest['operation'], string>>
  readonly modelsPath: string
  readModels(answer: JsonValue): readonly ListedModel[] | undefined
  /** Headers for a client that sends none of that name itself. */
  readonly defaults: Readonly<Record<string, string>>
  readonly quirks?: DialectQuirks
  readonly credential: Readonly<Record<string, string>>
}

const LIST_FRESH_MS = 5 * 60_000
const LIST_COOL_MS = 10_000

/** The provider's credential and the operator's headers come last: nothing that a client sends can replace them. */
function ownHeaders(definition: ProviderDefinition, { credential }: ProviderTraits): Readonly<Record<string, string>> {
  const operators = Object.entries(definition.headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return { ...credential, ...Object.fromEntries(operators) }
}

/** A provider over HTTP with JSON bodies. */
export function createHttpProvider(definition: ProviderDefinition, traits: ProviderTraits, deps: { readonly logger: Logger }): LlmUpstream {
  const logger = deps.logger.child({ provider: definition.id })
  const { id, baseUrl, timeouts, parameters } = definition
  const transport = createHttpTransport({ provider: id, baseUrl, timeouts })
  const own = ownHeaders(definition, traits)
  const common = { 'user-agent': 'trunkline', ...traits.defaults }
  const models = createModelList({
    freshMs: LIST_FRESH_MS,
    coolMs: LIST_COOL_MS,
    async fetch() {
      try {
        const headers = { accept: 'application/json', ...common, 'accept-encoding': 'identity', ...own }
        return await fetchModels({ provider: id, transport, path: traits.modelsPath, headers, readList: traits.readModels })
      } catch (error) {
        logger.warn({ err: error }, 'model list could not be fetched')
        throw error
      }
    },
  })
  return {
    id,
    dialectsFor: () => [traits.dialect],
    ...(traits.quirks ? { quirks: traits.quirks } : {}),
    async listModels(signal) {
      if (definition.models) return definition.models.map((model) => ({ id: model }))
      return models.read(signal)
    },
    send({ operation, headers, body, signal }, sink) {
      const path = traits.paths[operation]
      if (path === undefined) throw new GatewayError('not_found', `Provider \`${id}\` has no operation \`${operation}\`.`)
      const wire = { accept: 'application/json, text/event-stream', ...common, ...headers }
      return transport.send(
        {
          method: 'POST',
          path,
          headers: { ...wire, 'content-type': 'application/json', 'accept-encoding': 'identity', ...own },
          // Parameters steer an answer; a question about a count is asked as the client wrote it.
          body: operation === 'count-tokens' ? body : addParameters(body, parameters),
          signal,
        },
        sink,
      )
    },
    retire: () => transport.retire(),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}
