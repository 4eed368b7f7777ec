import type { Dialect } from '../../../domain/dialect.ts'
import { GatewayError } from '../../../domain/errors.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { JsonValue } from '../../../lib/json.ts'
import type { Logger } from '../../../telemetry/index.ts'
import type { ListedModel, LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { fetchModels } from './fetch-models.ts'
import { createHttpTransport } from './http-transport.ts'
import { quirksFor } from './kind-quirks.ts'
import { findModelFacts } from './model-facts.ts'
import { createModelList } from './model-list.ts'
import { addParameters } from './parameters.ts'

/** What decides where a request goes. */
export type RequestPlace = Pick<LlmWireRequest, 'dialect' | 'operation' | 'model' | 'stream' | 'stored'>

/** What sets one kind of provider apart from another; everything else about HTTP is the same for all. */
export interface ProviderTraits {
  /** Most native first. */
  dialectsFor(model: string): readonly [Dialect, ...Dialect[]]
  /** Appended to the base address; undefined for an operation that the provider does not have. */
  pathFor(request: RequestPlace): string | undefined
  readonly modelsPath: string
  readModels(answer: JsonValue): readonly ListedModel[] | undefined
  /** Headers for a client that sends none of that name itself; undefined stands for the list of models. */
  defaultsFor?(dialect: Dialect | undefined): Readonly<Record<string, string>>
  readonly credential: Readonly<Record<string, string>>
  /** Members of the body into which the operator’s parameters of that name go member by member. */
  readonly mergedParameters?: readonly string[]
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
  const commonFor = (dialect: Dialect | undefined): Readonly<Record<string, string>> => ({ 'user-agent': 'trunkline', ...traits.defaultsFor?.(dialect) })
  const models = createModelList({
    freshMs: LIST_FRESH_MS,
    coolMs: LIST_COOL_MS,
    async fetch() {
      try {
        const headers = { accept: 'application/json', ...commonFor(undefined), 'accept-encoding': 'identity', ...own }
        return await fetchModels({ provider: id, transport, path: traits.modelsPath, headers, readList: traits.readModels })
      } catch (error) {
        logger.warn({ err: error }, 'model list could not be fetched')
        throw error
      }
    },
  })
  return {
    id,
    kind: definition.kind,
    dialectsFor: (model) => traits.dialectsFor(model),
    quirksFor: (model) => quirksFor(definition, model),
    factsFor(model) {
      const known = findModelFacts(definition.kind, model)
      const own = Object.hasOwn(definition.facts, model) ? definition.facts[model] : undefined
      return known || own ? { ...known, ...own } : undefined
    },
    async listModels(signal) {
      if (definition.models) return definition.models.map((model) => ({ id: model }))
      return models.read(signal)
    },
    send(request, sink) {
      const { dialect, operation, headers, body, signal } = request
      const path = traits.pathFor(request)
      if (path === undefined) throw new GatewayError('not_found', `Provider \`${id}\` has no operation \`${operation}\`.`)
      const wire = { accept: 'application/json, text/event-stream', ...commonFor(dialect), ...headers }
      return transport.send(
        {
          method: request.stored?.method ?? 'POST',
          path,
          headers: { ...wire, 'content-type': 'application/json', 'accept-encoding': 'identity', ...own },
          // Parameters steer an answer; a question about a count, or about an answer that is there, is asked as the client wrote it.
          body: operation === 'count-tokens' || operation === 'stored' ? body : addParameters(body, parameters, traits.mergedParameters),
          signal,
        },
        sink,
      )
    },
    forward({ headers, ...request }, sink) {
      return transport.forward({ ...request, headers: { ...commonFor(traits.dialectsFor('')[0]), ...headers, 'accept-encoding': 'identity', ...own } }, sink)
    },
    retire: () => transport.retire(),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}
