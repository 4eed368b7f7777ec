import type { ProviderDefinition, ProviderKind } from '../domain/provider.ts'
import { defineProvider } from './define-provider.ts'

interface KnownVariable {
  readonly variables: readonly string[]
  readonly id: string
  readonly kind: ProviderKind
  readonly baseUrl: string | undefined
}

const KNOWN: readonly KnownVariable[] = [
  { variables: ['OPENAI_API_KEY', 'OPEN_AI_API_KEY'], id: 'openai', kind: 'openai', baseUrl: undefined },
  { variables: ['ANTHROPIC_API_KEY'], id: 'anthropic', kind: 'anthropic', baseUrl: undefined },
  { variables: ['GROQ_API_KEY'], id: 'groq', kind: 'openai-compatible', baseUrl: 'https://api.groq.com/openai/v1' },
  { variables: ['OPENROUTER_API_KEY'], id: 'openrouter', kind: 'openai-compatible', baseUrl: 'https://openrouter.ai/api/v1' },
]

/** Providers whose well-known key is in the environment. Only for a document that names no providers itself. */
export function environmentProviders(environment: Readonly<Record<string, string | undefined>>): readonly ProviderDefinition[] {
  return KNOWN.flatMap(({ variables, id, kind, baseUrl }) => {
    const variable = variables.find((name) => (environment[name] ?? '').trim() !== '')
    if (variable === undefined) return []
    const apiKey = (environment[variable] ?? '').trim()
    return [defineProvider(id, { kind, baseUrl, apiKey, enabled: true, timeouts: {} })]
  })
}

/** Answers without any network, so that everything can be tried at once. */
export function demoProvider(): ProviderDefinition {
  return defineProvider('demo', { kind: 'demo', enabled: true, timeouts: {} })
}
