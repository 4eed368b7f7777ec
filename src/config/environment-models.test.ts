import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { targetsOf } from '../domain/route.ts'
import { loadConfig } from './load-config.ts'
import type { LoadedConfig } from './loaded-config.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

function load(environment: Readonly<Record<string, string>>, text?: string): LoadedConfig {
  if (text !== undefined) folder.write('trunkline.yaml', text)
  return loadConfig(folder.options({ environment }))
}

/** `big=openai/x small=… claude-*=…` */
const shown = ({ config }: LoadedConfig): readonly string[] =>
  [...config.models.map(({ publicModel, root }) => ({ name: publicModel, root })), ...config.modelRules.map(({ pattern, root }) => ({ name: pattern, root }))].map(
    ({ name, root }) => `${name}=${targetsOf(root).map(({ provider, model }) => `${provider}/${model}`).join(',')}`,
  )
const warned = ({ warnings }: LoadedConfig): readonly string[] => warnings.map(({ file, message }) => `${file}: ${message}`)

describe('BIG_MODEL and SMALL_MODEL', () => {
  it('become public models, with rules for the names of Claude', () => {
    const loaded = load({ OPENAI_API_KEY: 'k', BIG_MODEL: 'openai/gpt-5.1', SMALL_MODEL: 'demo/echo' })
    expect(shown(loaded)).toEqual(['small=demo/echo', 'big=openai/gpt-5.1', 'claude-*haiku*=demo/echo', 'claude-*=openai/gpt-5.1'])
    expect(loaded.sources.get('models.big')).toBe('environment')
    expect(loaded.warnings).toEqual([])
  })

  it('make nothing when they are not set', () => {
    expect(shown(load({ OPENAI_API_KEY: 'k', BIG_MODEL: ' ' }))).toEqual([])
  })

  it('work alone: the small one for the small names only, the big one for all', () => {
    expect(shown(load({ SMALL_MODEL: 'demo/echo' }))).toEqual(['small=demo/echo', 'claude-*haiku*=demo/echo'])
    expect(shown(load({ BIG_MODEL: 'demo/echo' }))).toEqual(['big=demo/echo', 'claude-*=demo/echo'])
  })

  it('have a name of our own that wins', () => {
    const loaded = load({ BIG_MODEL: 'demo/a', TRUNKLINE_BIG_MODEL: 'demo/b' })
    expect([shown(loaded)[0], loaded.warnings]).toEqual(['big=demo/b', []])
  })

  it.each([
    ['a plain name at the only provider', { OPENAI_API_KEY: 'k', BIG_MODEL: 'gpt-5.1' }, 'big=openai/gpt-5.1'],
    ['a vendor’s name at OpenRouter', { OPENROUTER_API_KEY: 'k', OPENAI_API_KEY: 'k', BIG_MODEL: 'qwen/qwen3:free' }, 'big=openrouter/qwen/qwen3:free'],
    ['its own provider before OpenRouter', { OPENROUTER_API_KEY: 'k', OPENAI_API_KEY: 'k', BIG_MODEL: 'openai/gpt' }, 'big=openai/gpt'],
  ])('understand %s', (_, environment, expected) => {
    expect(shown(load(environment))[0]).toBe(expected)
  })

  it.each([
    { OPENAI_API_KEY: 'k', GROQ_API_KEY: 'k', BIG_MODEL: 'ambiguous' },
    { OPENAI_API_KEY: 'k', BIG_MODEL: 'nobody/model' },
    { OPENAI_API_KEY: 'k', BIG_MODEL: 'openai/*' },
    { OPENAI_API_KEY: 'k', BIG_MODEL: 'openai/' },
  ])('have no effect but a warning when they mean nothing: %j', (environment) => {
    const loaded = load(environment)
    expect(shown(loaded)).toEqual([])
    expect(warned(loaded)).toEqual([`environment BIG_MODEL: Expected \`provider/model\`, got \`${environment.BIG_MODEL}\`; the variable has no effect.`])
  })

  it('leave what the document has, and say so', () => {
    const loaded = load({ BIG_MODEL: 'd/other', SMALL_MODEL: 'smart' }, 'providers: { d: { kind: demo } }\nmodels: { big: d/mine, smart: d/s, "claude-*": d/c }\n')
    expect(shown(loaded)).toEqual(['big=d/mine', 'smart=d/s', 'small=d/s', 'claude-*=d/c', 'claude-*haiku*=d/s'])
    expect(warned(loaded)).toEqual(['environment BIG_MODEL: The document has a public model `big`; it is used instead of this variable.'])
  })

  it('are named when they close a circle', () => {
    expect(() => load({ BIG_MODEL: 'smart' }, 'providers: { d: { kind: demo } }\nmodels:\n  smart: { strategy: fallback, targets: [d/x, big] }\n')).toThrow(/environment BIG_MODEL The public model `smart` leads back to itself/)
  })

  it('name models of a provider that was noticed on this machine', () => {
    const ollama = loadConfig(folder.options({ environment: { OPENAI_API_KEY: 'k' } })).config.providers[0]
    if (!ollama) throw new Error('Expected a provider.')
    const loaded = loadConfig(folder.options({ environment: { SMALL_MODEL: 'ollama/qwen3:8b' }, localProviders: [{ ...ollama, id: 'ollama' as typeof ollama.id }] }))
    expect(shown(loaded)[0]).toBe('small=ollama/qwen3:8b')
  })
})
