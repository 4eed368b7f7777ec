import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { Logger } from '../../../telemetry/index.ts'
import { createHttpProvider, type RequestPlace } from '../shared/http-provider.ts'
import type { LlmUpstream } from '../upstream.ts'
import { readModels } from './models.ts'

/** Its own maximum, so that one page is the list. */
const MODELS_PATH = '/models?pageSize=1000'

/** `gemini-2.5-pro` is one of `models/`, `tunedModels/mine` says itself where it is. Nothing in a name can lead to another path. */
function resourceOf(model: string): string {
  const tuned = /^tunedModels\/([^/]+)$/.exec(model)?.[1]
  return tuned === undefined ? `models/${encodeURIComponent(model)}` : `tunedModels/${encodeURIComponent(tuned)}`
}

/** A stream is asked for by the address alone; without `alt=sse` it would be one JSON array. */
function pathFor({ operation, model, stream }: RequestPlace): string | undefined {
  const resource = resourceOf(model)
  if (operation === 'count-tokens') return `/${resource}:countTokens`
  if (operation !== 'generate') return undefined
  return stream ? `/${resource}:streamGenerateContent?alt=sse` : `/${resource}:generateContent`
}

/** Google's Gemini API, and whatever speaks it at another address. */
export function createGoogleProvider(definition: ProviderDefinition, deps: { readonly logger: Logger }): LlmUpstream {
  const { apiKey } = definition
  return createHttpProvider(
    definition,
    {
      dialectsFor: () => ['google-generate-content'],
      pathFor,
      modelsPath: MODELS_PATH,
      readModels,
      credential: apiKey ? { 'x-goog-api-key': apiKey.reveal() } : {},
      mergedParameters: ['generationConfig'],
    },
    deps,
  )
}
