import { describe, expect, it } from 'vitest'
import type { ProviderId } from '../../domain/ids.ts'
import type { ProviderKind } from '../../domain/provider.ts'
import { nativeProvider } from './native-provider.ts'

const provider = (id: string, kind: ProviderKind, enabled = true): { id: ProviderId; kind: ProviderKind; enabled: boolean } => ({ id: id as ProviderId, kind, enabled })
const settings = (...providers: ReturnType<typeof provider>[]): Parameters<typeof nativeProvider>[1] => ({
  providers, routes: new Map(), rules: [], switches: { disabledRoutes: [], disabledModels: {}, favourites: [] },
})
const nobody = (): boolean => false

describe('nativeProvider', () => {
  it.each([['claude-sonnet-5', 'mine'], ['gpt-6-sol', 'oai'], ['o3', 'oai'], ['gemini-2.5-pro', 'g'], ['other', undefined]])('finds the vendor of %s', (model, id) => {
    expect(nativeProvider(model, settings(provider('g', 'google'), provider('oai', 'openai'), provider('mine', 'anthropic')), nobody)).toBe(id)
  })

  it('prefers who lists the model, the vendor first', () => {
    const both = settings(provider('proxy', 'anthropic-compatible'), provider('a', 'anthropic'), provider('b', 'anthropic'))
    expect(nativeProvider('claude-x', both, () => true)).toBe('a')
    expect(nativeProvider('claude-x', both, (id) => id === 'proxy')).toBe('proxy')
    expect(nativeProvider('llama', both, (id) => id === 'b')).toBe('b')
  })

  it('uses nobody who is switched off', () => {
    expect(nativeProvider('claude-x', settings(provider('a', 'anthropic', false)), () => true)).toBeUndefined()
  })
})
