import type { Dialect } from '../../../domain/dialect.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { createHttpProvider, type RequestPlace } from '../shared/http-provider.ts'
import type { LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { readModels } from './models.ts'
import { needsResponses } from './responses-first.ts'

type Paths = Partial<Record<LlmWireRequest['operation'], string>>

/** Chat Completions has no way to count tokens. */
const PATHS: Partial<Record<Dialect, Paths>> = {
  'openai-chat': { generate: '/chat/completions', embed: '/embeddings' },
  'openai-responses': { generate: '/responses', 'count-tokens': '/responses/input_tokens', compact: '/responses/compact', stored: '/responses' },
}

/** OpenAI speaks both dialects for every model, a compatible server those that it is said to. */
function dialectsFor({ kind, dialects }: ProviderDefinition, model: string): readonly [Dialect, ...Dialect[]] {
  if (dialects) return dialects
  if (kind !== 'openai') return ['openai-chat']
  return needsResponses(model) ? ['openai-responses', 'openai-chat'] : ['openai-chat', 'openai-responses']
}

/** OpenAI itself and whatever speaks its dialects: the address, the key and the odd parameter differ, nothing else. */
export function createOpenaiCompatibleProvider(definition: ProviderDefinition, deps: { readonly logger: Logger }): LlmUpstream {
  const { apiKey } = definition
  return createHttpProvider(
    definition,
    {
      dialectsFor: (model) => dialectsFor(definition, model),
      pathFor({ dialect, operation, model, stored }: RequestPlace) {
        const path = dialectsFor(definition, model).includes(dialect) || operation === 'embed' ? PATHS[dialect]?.[operation] : undefined
        return path === undefined ? undefined : `${path}${stored?.path ?? ''}`
      },
      modelsPath: '/models',
      readModels,
      credential: apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {},
    },
    deps,
  )
}
