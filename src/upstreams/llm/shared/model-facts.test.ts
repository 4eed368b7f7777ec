import { describe, expect, it } from 'vitest'
import { findModelFacts } from './model-facts.ts'

describe('findModelFacts', () => {
  it('knows a model by its exact name and its seller', () => {
    expect(findModelFacts('anthropic', 'claude-haiku-4-5')).toEqual({
      price: { input: 1, output: 5, cacheRead: 0.1, cacheWrite: 1.25 },
      contextTokens: 200_000,
      outputTokens: 64_000,
      canReason: true,
      canSee: true,
    })
  })

  it.each([['anthropic', 'claude-haiku-4-5x'], ['anthropic', 'constructor'], ['openai-compatible', 'claude-haiku-4-5']] as const)('guesses nothing for %s %s', (kind, model) => {
    expect(findModelFacts(kind, model)).toBeUndefined()
  })
})
