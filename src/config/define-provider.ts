import type { ProviderId } from '../domain/ids.ts'
import type { ProviderDefinition, ProviderKind } from '../domain/provider.ts'
import { Secret } from '../domain/secret.ts'
import type { ProviderEntry } from './provider-entry-schema.ts'

const DEFAULT_ADDRESS: Readonly<Record<ProviderKind, string>> = {
  openai: 'https://api.openai.com/v1',
  'openai-compatible': '',
  anthropic: 'https://api.anthropic.com/v1',
  'anthropic-compatible': '',
  demo: '',
}

const MINUTE = 60_000

/** A model on the same machine may load for minutes before its first token; a remote one that is silent so long is lost. */
function firstTokenDefault(baseUrl: string): number {
  const host = URL.parse(baseUrl)?.hostname ?? ''
  return /^(localhost|127\.|\[::1\])/.test(host) ? 10 * MINUTE : MINUTE
}

/** A definition with the times that fit most providers where the document sets none. */
export function defineProvider(id: string, entry: ProviderEntry, disabledReason?: string): ProviderDefinition {
  const baseUrl = (entry.baseUrl ?? DEFAULT_ADDRESS[entry.kind]).replace(/\/+$/, '')
  return {
    id: id as ProviderId,
    kind: entry.kind,
    baseUrl,
    apiKey: entry.apiKey === undefined || entry.apiKey === '' ? undefined : new Secret(entry.apiKey),
    headers: entry.headers ?? {},
    models: entry.models,
    parameters: entry.parameters ?? {},
    enabled: entry.enabled && disabledReason === undefined,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    timeouts: {
      connectMs: entry.timeouts.connect ?? 10_000,
      firstTokenMs: entry.timeouts.firstToken ?? firstTokenDefault(baseUrl),
      idleMs: entry.timeouts.idle ?? 2 * MINUTE,
    },
  }
}
