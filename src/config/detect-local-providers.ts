import type { ProviderDefinition } from '../domain/provider.ts'
import { defineProvider } from './define-provider.ts'
import type { LoadedConfig } from './loaded-config.ts'

const OLLAMA = 'http://127.0.0.1:11434'

export interface DetectOptions {
  readonly ollamaUrl?: string
  readonly deadlineMs?: number
}

/**
 * Model servers that run on this machine: an Ollama that answers on its own port. Somebody who does not answer in time,
 * or answers something else, is not there; that is no failure.
 */
export async function detectLocalProviders({ ollamaUrl = OLLAMA, deadlineMs = 300 }: DetectOptions = {}): Promise<readonly ProviderDefinition[]> {
  try {
    const response = await fetch(`${ollamaUrl}/api/version`, { signal: AbortSignal.timeout(deadlineMs) })
    const body: unknown = await response.json()
    if (!response.ok || typeof (body as { version?: unknown }).version !== 'string') return []
  } catch {
    return []
  }
  return [defineProvider('ollama', { kind: 'openai-compatible', baseUrl: `${ollamaUrl}/v1`, enabled: true, timeouts: {} })]
}

/** Adds what was noticed to a configuration whose document names no providers; any other stays as it is. */
export function withLocalProviders(loaded: LoadedConfig, found: readonly ProviderDefinition[]): LoadedConfig {
  const fresh = found.filter((provider) => !loaded.config.providers.some(({ id }) => id === provider.id))
  if (!loaded.providersAreDiscovered || fresh.length === 0) return loaded
  const sources = new Map(loaded.sources)
  for (const { id } of fresh) sources.set(`providers.${id}`, 'environment')
  return { ...loaded, config: { ...loaded.config, providers: [...loaded.config.providers, ...fresh] }, sources }
}
