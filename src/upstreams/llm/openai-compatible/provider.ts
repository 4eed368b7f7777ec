import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { createHttpProvider } from '../shared/http-provider.ts'
import type { LlmUpstream } from '../upstream.ts'
import { readModels } from './models.ts'

/** OpenAI itself and whatever speaks its Chat Completions: the address, the key and the odd parameter differ, nothing else. */
export function createOpenaiCompatibleProvider(definition: ProviderDefinition, deps: { readonly logger: Logger }): LlmUpstream {
  const { apiKey, kind } = definition
  return createHttpProvider(
    definition,
    {
      dialect: 'openai-chat',
      // The dialect has no way to count tokens.
      paths: { generate: '/chat/completions', embed: '/embeddings' },
      modelsPath: '/models',
      readModels,
      defaults: {},
      // OpenAI's reasoning models refuse `max_tokens`, most compatible servers know nothing else.
      ...(kind === 'openai' ? { quirks: { maxTokensField: 'max_completion_tokens', takesLateSystem: true } } : {}),
      credential: apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {},
    },
    deps,
  )
}
