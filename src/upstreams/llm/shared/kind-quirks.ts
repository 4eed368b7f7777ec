import type { DialectQuirks, QuirkRule } from '../../../domain/dialect-quirks.ts'
import type { ProviderDefinition, ProviderKind } from '../../../domain/provider.ts'
import { matchWildcard } from '../../../lib/match-wildcard.ts'

const rule = (models: string, quirks: DialectQuirks): QuirkRule => ({ models, quirks })

const OPENAI_EFFORTS = ['minimal', 'low', 'medium', 'high'] as const

/** Models that answer in JSON of a schema only when a tool carries it. @see https://docs.anthropic.com/en/docs/build-with-claude/structured-outputs */
const WITHOUT_FORMAT = ['claude-2*', 'claude-3*', 'claude-instant*', 'claude-opus-4-0*', 'claude-opus-4-2025*', 'claude-sonnet-4-0*', 'claude-sonnet-4-2025*']

/** What is known of each kind of provider, from its documentation and from what its users met. Later rules win. */
const KIND_QUIRKS: Readonly<Partial<Record<ProviderKind, readonly QuirkRule[]>>> = {
  openai: [
    // Its reasoning models refuse `max_tokens`, and everything else takes both.
    rule('*', { maxTokensField: 'max_completion_tokens', takesLateSystem: true, hasOpenaiTools: true }),
    rule('o1*', { refusesSamplingWithReasoning: true, efforts: ['low', 'medium', 'high'] }),
    rule('o3*', { refusesSamplingWithReasoning: true, efforts: ['low', 'medium', 'high'] }),
    rule('o4*', { refusesSamplingWithReasoning: true, efforts: ['low', 'medium', 'high'] }),
    rule('gpt-5*', { refusesSamplingWithReasoning: true, efforts: OPENAI_EFFORTS }),
    rule('gpt-5.*', { refusesSamplingWithReasoning: true, efforts: ['none', 'low', 'medium', 'high', 'xhigh'] }),
    rule('gpt-6*', { refusesSamplingWithReasoning: true, efforts: ['none', 'low', 'medium', 'high', 'xhigh', 'max'] }),
    rule('*-search-preview*', { webSearch: 'web_search_options' }),
    rule('*-search-api*', { webSearch: 'web_search_options' }),
    rule('gpt-6.1*', { refusesSamplingWithReasoning: true, efforts: ['low', 'medium', 'high', 'xhigh', 'max'] }),
  ],
  anthropic: [rule('*', { hasServerTools: true, hasThreads: true }), ...WITHOUT_FORMAT.map((models) => rule(models, { structuredOutput: 'tool' }))],
  'anthropic-compatible': [rule('*', { structuredOutput: 'tool' })],
  minimax: [rule('*', { structuredOutput: 'tool' })],
  openrouter: [
    rule('*', { reasoningRequest: 'openrouter', reasoningField: 'reasoning_details', takesTopK: true, takesLateSystem: true, webSearch: 'openrouter-tool' }),
    rule('anthropic/*', { takesCacheControl: true }),
  ],
  glm: [rule('*', { reasoningRequest: 'thinking-switch', reasoningField: 'reasoning_content', structuredOutput: 'tool' })],
  deepseek: [
    rule('*', { reasoningRequest: 'thinking-switch', reasoningField: 'reasoning_content', structuredOutput: 'tool' }),
    // @see https://github.com/earendil-works/pi/issues/3636
    rule('deepseek-v4*', { needsReasoningOnAssistant: true }),
  ],
  mistral: [rule('*', { callIdLength: 9, reasoningRequest: 'none', seedField: 'random_seed', refusesUnknownMembers: true })],
  groq: [
    rule('*', { reasoningField: 'reasoning', structuredOutput: 'tool', refusesUnknownMembers: true }),
    rule('openai/gpt-oss*', { structuredOutput: 'native', efforts: ['low', 'medium', 'high'] }),
    rule('moonshotai/*', { structuredOutput: 'native' }),
  ],
}

/** All that is known of how a provider's model departs from its dialect, the operator's own rules last. */
export function quirksFor({ kind, quirks, betas }: Pick<ProviderDefinition, 'kind' | 'quirks' | 'betas'>, model: string): DialectQuirks {
  const own = betas === undefined ? [] : [rule('*', { betas })]
  const rules = [...(KIND_QUIRKS[kind] ?? []), ...own, ...quirks].filter(({ models }) => matchWildcard(models, model) !== undefined)
  return Object.assign({}, ...rules.map((one) => one.quirks)) as DialectQuirks
}
