import type { JsonObject } from '../lib/json.ts'
import type { QuirkRule } from './dialect-quirks.ts'
import type { Dialect } from './dialect.ts'
import type { ProviderId } from './ids.ts'
import type { ModelFacts } from './model-facts.ts'
import type { Secret } from './secret.ts'

export const PROVIDER_KINDS = [
  'openai',
  'openai-compatible',
  'anthropic',
  'anthropic-compatible',
  'google',
  'openrouter',
  'minimax',
  'glm',
  'groq',
  'deepseek',
  'mistral',
  'ollama',
  'demo',
] as const

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
  /** How models depart from their dialect, beyond what is known of the kind; a later rule wins over an earlier one. */
  readonly quirks: readonly QuirkRule[]
  /** What the operator knows of models, by their exact names; it wins over the built-in table. */
  readonly facts: Readonly<Record<string, ModelFacts>>
  /** Dialects that a compatible server speaks, most native first; undefined leaves it to what is known of the kind. */
  readonly dialects?: readonly [Dialect, ...Dialect[]]
  /** Betas of the Messages API that may be sent, `*` for any run of characters; unset lets all through. */
  readonly betas?: readonly string[]
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
