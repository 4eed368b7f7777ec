import type { ProviderId } from '../../domain/ids.ts'
import type { ProviderKind } from '../../domain/provider.ts'
import type { ModelSettings } from './model-settings.ts'

/** How the vendors name their own models. Clients made for one vendor ask for them without saying whose they are. */
const VENDORS: readonly { readonly kind: ProviderKind; readonly names: RegExp }[] = [
  { kind: 'anthropic', names: /^claude-/ },
  { kind: 'openai', names: /^(?:gpt-|chatgpt-|codex-|o\d)/ },
  { kind: 'google', names: /^(?:gemini-|gemma-|learnlm-)/ },
  { kind: 'deepseek', names: /^deepseek-/ },
  { kind: 'glm', names: /^glm-/ },
  { kind: 'minimax', names: /^(?:minimax|abab)/i },
  { kind: 'mistral', names: /^(?:mistral|ministral|magistral|codestral|devstral|pixtral)/ },
]

/**
 * Whose a name without a provider is: an enabled provider that lists it, the model's own vendor before others, else the
 * first enabled provider of the vendor that names its models so.
 */
export function nativeProvider(model: string, { providers }: ModelSettings, lists: (provider: ProviderId) => boolean): ProviderId | undefined {
  const enabled = providers.filter((provider) => provider.enabled)
  const vendor = VENDORS.find(({ names }) => names.test(model))
  const own = enabled.filter(({ kind }) => kind === vendor?.kind)
  return (own.find(({ id }) => lists(id)) ?? enabled.find(({ id }) => lists(id)) ?? own[0])?.id
}
