import type { ProviderDefinition } from '../../domain/provider.ts'
import type { Logger } from '../../telemetry/index.ts'
import { createAnthropicProvider } from './anthropic/index.ts'
import { createDemoProvider } from './demo/index.ts'
import { createGoogleProvider } from './google/index.ts'
import { createOllamaProvider } from './ollama/index.ts'
import { createOpenaiCompatibleProvider } from './openai-compatible/index.ts'
import type { LlmUpstream } from './upstream.ts'

export interface LlmUpstreamDeps {
  readonly logger: Logger
}

export function createLlmUpstream(definition: ProviderDefinition, deps: LlmUpstreamDeps): LlmUpstream {
  switch (definition.kind) {
    case 'openai':
    case 'openai-compatible':
    case 'openrouter':
    case 'glm':
    case 'groq':
    case 'deepseek':
    case 'mistral':
      return createOpenaiCompatibleProvider(definition, deps)
    case 'anthropic':
    case 'anthropic-compatible':
    case 'minimax':
      return createAnthropicProvider(definition, deps)
    case 'google':
      return createGoogleProvider(definition, deps)
    case 'ollama':
      return createOllamaProvider(definition, deps)
    case 'demo':
      return createDemoProvider(definition)
  }
}
