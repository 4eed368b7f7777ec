import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { createHttpProvider, type RequestPlace } from '../shared/http-provider.ts'
import type { LlmUpstream } from '../upstream.ts'
import { readModels } from './models.ts'

/** Embeddings of clients that speak OpenAI's dialect go to the compatible route: it loses nothing there. */
function pathFor({ operation, dialect }: RequestPlace): string | undefined {
  if (operation === 'generate') return '/api/chat'
  if (operation === 'embed') return dialect === 'openai-chat' ? '/v1/embeddings' : '/api/embed'
  return undefined
}

/**
 * Ollama by its own dialect only: its compatible route for chat ignores `num_ctx` and cuts long conversations at their beginning.
 * @see https://github.com/ollama/ollama/blob/main/docs/api.md
 */
export function createOllamaProvider(definition: ProviderDefinition, deps: { readonly logger: Logger }): LlmUpstream {
  const { apiKey } = definition
  return createHttpProvider(
    definition,
    {
      dialectsFor: () => ['ollama-chat'],
      pathFor,
      modelsPath: '/api/tags',
      readModels,
      credential: apiKey ? { authorization: `Bearer ${apiKey.reveal()}` } : {},
      mergedParameters: ['options'],
    },
    deps,
  )
}
