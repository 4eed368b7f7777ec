import type { JsonObject } from '../lib/json.ts'
import type { ProviderId } from './ids.ts'
import type { Secret } from './secret.ts'

export const PROVIDER_KINDS = ['openai', 'openai-compatible', 'anthropic', 'anthropic-compatible', 'demo'] as const

export type ProviderKind = (typeof PROVIDER_KINDS)[number]

/** One configured provider account. */
export interface ProviderDefinition {
  readonly id: ProviderId
  readonly kind: ProviderKind
  /** Without a trailing slash; paths such as `/chat/completions` or `/messages` are appended. Unused by `demo`. */
  readonly baseUrl: string
  readonly apiKey: Secret | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Upstream model names to list; undefined asks the provider. */
  readonly models: readonly string[] | undefined
  /** Sent with every request that does not set them itself, known to us or not. */
  readonly parameters: JsonObject
  readonly enabled: boolean
  /** Why it is not enabled, when the document did not ask for that: an unset variable, for example. */
  readonly disabledReason?: string
  readonly timeouts: {
    /** TCP and TLS. */
    readonly connectMs: number
    /** From the sent request to the first content-bearing event. */
    readonly firstTokenMs: number
    /** Between two reads of an answer. */
    readonly idleMs: number
  }
}
