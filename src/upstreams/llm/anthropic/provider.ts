import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { createHttpProvider } from '../shared/http-provider.ts'
import type { LlmUpstream, LlmWireRequest } from '../upstream.ts'
import { readModels } from './models.ts'

/** Its own maximum, so that one page is the list. */
const MODELS_PATH = '/models?limit=1000'

const PATHS: Partial<Record<LlmWireRequest['operation'], string>> = { generate: '/messages', 'count-tokens': '/messages/count_tokens' }

/** For clients of other dialects, which name no version. It still takes sampling parameters; the next one refuses them. */
const DEFAULT_VERSION = '2023-06-01'

/** Anthropic itself and whatever speaks its Messages. */
export function createAnthropicProvider(definition: ProviderDefinition, deps: { readonly logger: Logger }): LlmUpstream {
  const { apiKey } = definition
  return createHttpProvider(
    definition,
    {
      dialectsFor: () => ['anthropic-messages'],
      pathFor: ({ operation }) => PATHS[operation],
      modelsPath: MODELS_PATH,
      readModels,
      defaultsFor: () => ({ 'anthropic-version': DEFAULT_VERSION }),
      credential: apiKey ? { 'x-api-key': apiKey.reveal() } : {},
    },
    deps,
  )
}
