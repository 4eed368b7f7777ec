import { describe, expect, it } from 'vitest'
import { quirksFor } from './kind-quirks.ts'

describe('quirksFor', () => {
  it('adds up what is known of a kind and of a model', () => {
    expect(quirksFor({ kind: 'openrouter', quirks: [] }, 'anthropic/claude-x')).toMatchObject({ reasoningRequest: 'openrouter', takesCacheControl: true })
    expect(quirksFor({ kind: 'openrouter', quirks: [] }, 'openai/gpt-x')).not.toHaveProperty('takesCacheControl')
    expect(quirksFor({ kind: 'openai-compatible', quirks: [] }, 'any')).toEqual({})
  })

  it('LT-L01 knows that a newer OpenAI model wants its own field for the limit and takes no temperature', () => {
    expect(quirksFor({ kind: 'openai', quirks: [] }, 'gpt-6-sol')).toMatchObject({ maxTokensField: 'max_completion_tokens', refusesSamplingWithReasoning: true })
    expect(quirksFor({ kind: 'openai', quirks: [] }, 'gpt-4.1')).not.toHaveProperty('refusesSamplingWithReasoning')
  })

  it('lets the operator have the last word', () => {
    const quirks = [{ models: 'deepseek-*', quirks: { structuredOutput: 'native' } }] as const
    expect(quirksFor({ kind: 'deepseek', quirks }, 'deepseek-chat')).toMatchObject({ structuredOutput: 'native', reasoningRequest: 'thinking-switch' })
  })
})
