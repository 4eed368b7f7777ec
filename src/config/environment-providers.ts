import type { ProviderDefinition, ProviderKind } from '../domain/provider.ts'
import { defineProvider } from './define-provider.ts'

interface KnownVariable {
  readonly variables: readonly string[]
  readonly id: string
  readonly kind: ProviderKind
}

const KNOWN: readonly KnownVariable[] = [
  { variables: ['OPENAI_API_KEY', 'OPEN_AI_API_KEY'], id: 'openai', kind: 'openai' },
  { variables: ['ANTHROPIC_API_KEY'], id: 'anthropic', kind: 'anthropic' },
  { variables: ['GEMINI_API_KEY', 'GOOGLE_API_KEY'], id: 'google', kind: 'google' },
  { variables: ['GROQ_API_KEY'], id: 'groq', kind: 'groq' },
  { variables: ['OPENROUTER_API_KEY'], id: 'openrouter', kind: 'openrouter' },
  { variables: ['MINIMAX_API_KEY'], id: 'minimax', kind: 'minimax' },
  { variables: ['ZHIPU_API_KEY', 'GLM_API_KEY', 'ZAI_API_KEY'], id: 'glm', kind: 'glm' },
  { variables: ['DEEPSEEK_API_KEY'], id: 'deepseek', kind: 'deepseek' },
  { variables: ['MISTRAL_API_KEY'], id: 'mistral', kind: 'mistral' },
]

/** Providers whose well-known key is in the environment. Only for a document that names no providers itself. */
export function environmentProviders(environment: Readonly<Record<string, string | undefined>>): readonly ProviderDefinition[] {
  return KNOWN.flatMap(({ variables, id, kind }) => {
    const variable = variables.find((name) => (environment[name] ?? '').trim() !== '')
    if (variable === undefined) return []
    const apiKey = (environment[variable] ?? '').trim()
    return [defineProvider(id, { kind, apiKey, enabled: true, timeouts: {} })]
  })
}

/** Answers without any network, so that everything can be tried at once. */
export function demoProvider(): ProviderDefinition {
  return defineProvider('demo', { kind: 'demo', enabled: true, timeouts: {} })
}
