import { describe, expect, it } from 'vitest'
import type { ProviderId } from '../../../domain/ids.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import { silentLogger } from '../../../telemetry/index.ts'
import { createOpenaiCompatibleProvider } from './provider.ts'
import { needsResponses } from './responses-first.ts'

describe('needsResponses', () => {
  it.each(['gpt-6-astra', 'gpt-6.1-sol', 'gpt-5.6', 'gpt-5.1-codex-max', 'codex-mini-latest', 'o1-pro', 'o3-pro-2025-06-10', 'gpt-5-pro', 'gpt-5.2-pro', 'o3-deep-research', 'computer-use-preview'])('%s', (model) => {
    expect(needsResponses(model)).toBe(true)
  })

  it.each(['gpt-4.1', 'gpt-5', 'gpt-5.1', 'o3', 'o4-mini', 'gpt-4o'])('not %s', (model) => {
    expect(needsResponses(model)).toBe(false)
  })
})

describe('dialects of createOpenaiCompatibleProvider', () => {
  const dialectsFor = async (changes: Partial<ProviderDefinition>, model: string): Promise<readonly string[]> => {
    const definition: ProviderDefinition = { id: 'p' as ProviderId, kind: 'openai', baseUrl: 'http://127.0.0.1:1/v1', apiKey: undefined, headers: {}, models: undefined, parameters: {}, quirks: [], facts: {}, enabled: true, timeouts: { connectMs: 1_000, firstTokenMs: 1_000, idleMs: 1_000 }, ...changes }
    await using provider = createOpenaiCompatibleProvider(definition, { logger: silentLogger })
    return provider.dialectsFor(model)
  }

  it('offers both for OpenAI, the one first that the model is whole in', async () => {
    expect(await dialectsFor({}, 'gpt-6-astra')).toEqual(['openai-responses', 'openai-chat'])
    expect(await dialectsFor({}, 'gpt-4.1')).toEqual(['openai-chat', 'openai-responses'])
  })

  it('offers what a compatible server is said to speak, and Chat without a word', async () => {
    expect(await dialectsFor({ kind: 'openai-compatible' }, 'gpt-6-astra')).toEqual(['openai-chat'])
    expect(await dialectsFor({ kind: 'openai-compatible', dialects: ['openai-responses'] }, 'x')).toEqual(['openai-responses'])
  })
})
