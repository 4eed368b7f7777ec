import type { QuirkRule } from '../domain/dialect-quirks.ts'
import type { ProviderId } from '../domain/ids.ts'
import type { ProviderDefinition, ProviderKind } from '../domain/provider.ts'
import { Secret } from '../domain/secret.ts'
import type { ProviderEntry } from './provider-entry-schema.ts'

const DEFAULT_ADDRESS: Readonly<Record<ProviderKind, string>> = {
  openai: 'https://api.openai.com/v1',
  'openai-compatible': '',
  anthropic: 'https://api.anthropic.com/v1',
  'anthropic-compatible': '',
  openrouter: 'https://openrouter.ai/api/v1',
  minimax: 'https://api.minimax.io/anthropic/v1',
  glm: 'https://open.bigmodel.cn/api/paas/v4',
  groq: 'https://api.groq.com/openai/v1',
  deepseek: 'https://api.deepseek.com/v1',
  mistral: 'https://api.mistral.ai/v1',
  google: 'https://generativelanguage.googleapis.com/v1beta',
  ollama: 'http://127.0.0.1:11434',
  demo: '',
}

const MINUTE = 60_000

/** A model on the same machine may load for minutes before its first token; a remote one that is silent so long is lost. */
function firstTokenDefault(baseUrl: string): number {
  const host = URL.parse(baseUrl)?.hostname ?? ''
  return /^(localhost|127\.|\[::1\])/.test(host) ? 10 * MINUTE : MINUTE
}

/** `quirks` of the entry hold for all its models, those under a pattern for the models that it matches. */
function readQuirks({ quirks, modelQuirks = {} }: ProviderEntry): readonly QuirkRule[] {
  return [...(quirks ? [{ models: '*', quirks }] : []), ...Object.entries(modelQuirks).map(([models, own]) => ({ models, quirks: own }))]
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
    quirks: readQuirks(entry),
    facts: entry.facts ?? {},
    ...(entry.dialects === undefined ? {} : { dialects: entry.dialects }),
    ...(entry.betas === undefined ? {} : { betas: entry.betas }),
    enabled: entry.enabled && disabledReason === undefined,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    timeouts: {
      connectMs: entry.timeouts.connect ?? 10_000,
      firstTokenMs: entry.timeouts.firstToken ?? firstTokenDefault(baseUrl),
      idleMs: entry.timeouts.idle ?? 2 * MINUTE,
    },
  }
}
