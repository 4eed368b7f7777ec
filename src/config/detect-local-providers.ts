import type { ProviderDefinition } from '../domain/provider.ts'
import { defineProvider } from './define-provider.ts'

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
  return [defineProvider('ollama', { kind: 'ollama', baseUrl: ollamaUrl, enabled: true, timeouts: {} })]
}
