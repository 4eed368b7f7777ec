import { GatewayError } from '../../../domain/errors.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { createHttpTransport } from '../shared/http-transport.ts'
import { createModelList } from '../shared/model-list.ts'
import type { LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { fetchModels } from './models.ts'
import { addParameters } from './parameters.ts'

/** The dialect has no way to count tokens. */
const PATHS: Partial<Record<LlmWireRequest['operation'], string>> = {
  generate: '/chat/completions',
  embed: '/embeddings',
}

const LIST_FRESH_MS = 5 * 60_000
const LIST_COOL_MS = 10_000

/** The provider's credential and the operator's headers come last: nothing that a client sends can replace them. */
function providerHeaders(definition: ProviderDefinition): Readonly<Record<string, string>> {
  const own = Object.entries(definition.headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  const key = definition.apiKey
  return { ...(key ? { authorization: `Bearer ${key.reveal()}` } : {}), ...Object.fromEntries(own) }
}

/** OpenAI itself and whatever speaks its Chat Completions: the address, the key and the odd parameter differ, nothing else. */
export function createOpenaiCompatibleProvider(definition: ProviderDefinition, deps: { readonly logger: Logger }): LlmUpstream {
  const logger = deps.logger.child({ provider: definition.id })
  const { id, baseUrl, timeouts, parameters } = definition
  const transport = createHttpTransport({ provider: id, baseUrl, timeouts })
  const own = providerHeaders(definition)
  const models = createModelList({
    freshMs: LIST_FRESH_MS,
    coolMs: LIST_COOL_MS,
    async fetch() {
      try {
        return await fetchModels(id, transport, { accept: 'application/json', 'accept-encoding': 'identity', 'user-agent': 'trunkline', ...own })
      } catch (error) {
        logger.warn({ err: error }, 'model list could not be fetched')
        throw error
      }
    },
  })
  return {
    id,
    dialectsFor: () => ['openai-chat'],
    async listModels(signal) {
      if (definition.models) return definition.models.map((model) => ({ id: model }))
      return models.read(signal)
    },
    send({ operation, headers, body, signal }, sink) {
      const path = PATHS[operation]
      if (path === undefined) throw new GatewayError('not_found', `Provider \`${id}\` has no operation \`${operation}\`.`)
      const wire = { accept: 'application/json, text/event-stream', 'user-agent': 'trunkline', ...headers }
      return transport.send(
        {
          method: 'POST',
          path,
          headers: { ...wire, 'content-type': 'application/json', 'accept-encoding': 'identity', ...own },
          body: addParameters(body, parameters),
          signal,
        },
        sink,
      )
    },
    retire: () => transport.retire(),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}
