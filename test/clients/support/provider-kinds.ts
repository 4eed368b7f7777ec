import type { ProviderSimulator } from '../../../sim/index.ts'

interface SimulatedKind {
  /** Its entry in the document, without the key. */
  readonly entry: (sim: ProviderSimulator) => object
  /** The paths of its dialect. */
  readonly path: RegExp
}

/** How the simulator is configured as a provider of each dialect. */
export const PROVIDER_KINDS = {
  anthropic: { entry: ({ url }) => ({ kind: 'anthropic-compatible', baseUrl: url }), path: /^\/v1\/messages(\?|\/|$)/ },
  chat: { entry: ({ url }) => ({ kind: 'openai-compatible', baseUrl: url }), path: /^\/v1\/chat\/completions$/ },
  responses: { entry: ({ url }) => ({ kind: 'openai', baseUrl: url, dialects: ['openai-responses'] }), path: /^\/v1\/responses(\?|\/|$)/ },
  gemini: { entry: ({ origin }) => ({ kind: 'google', baseUrl: `${origin}/v1beta` }), path: /^\/v1(beta)?\/models\/[^/]+:\w+/ },
  ollama: { entry: ({ origin }) => ({ kind: 'ollama', baseUrl: origin }), path: /^\/api\/chat$/ },
} as const satisfies Record<string, SimulatedKind>

export type ProviderName = keyof typeof PROVIDER_KINDS
