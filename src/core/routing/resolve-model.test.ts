import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../../domain/errors.ts'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import type { ProviderKind } from '../../domain/provider.ts'
import type { Route, RouteNode, RouteRule } from '../../domain/route.ts'
import { literalLength, matchWildcard } from '../../lib/match-wildcard.ts'
import type { ModelSettings } from './model-settings.ts'
import { resolveModel } from './resolve-model.ts'

const smart: Route = { id: 'smart' as RouteId, publicModel: 'smart', root: { kind: 'target', provider: 'x' as ProviderId, model: 'y' } }
const provider = (id: string, enabled = true): ModelSettings['providers'][number] => ({ id: id as ProviderId, kind: 'openai-compatible' satisfies ProviderKind, enabled })
const target = (name: string, model: string): RouteNode => ({ kind: 'target', provider: name as ProviderId, model })
const rule = (pattern: string, root: RouteNode): RouteRule => ({ pattern, root })

const SETTINGS: ModelSettings = {
  routes: new Map([
    ['smart', smart],
    ['open/shadowed', smart],
  ]),
  rules: [],
  providers: ['open', 'open/router', 'demo'].map((id) => provider(id)),
  switches: { disabledRoutes: [], disabledModels: {}, favourites: [] },
}
const names = { known: (): readonly string[] => ['smart', 'demo/echo', 'demo/tools', 'open/gpt-5.1'], lists: (): boolean => false }

function refusal(model: string, settings = SETTINGS): GatewayError {
  try {
    resolveModel(model, settings, names)
  } catch (error) {
    return error as GatewayError
  }
  throw new Error(`${model} was found`)
}

describe('resolveModel', () => {
  it('prefers a configured route', () => {
    expect(resolveModel('smart', SETTINGS, names)).toEqual({ by: { kind: 'public-model' }, route: smart })
    expect(resolveModel('open/shadowed', SETTINGS, names).route).toBe(smart)
  })

  it.each([
    ['demo/echo', 'demo', 'echo'],
    ['open/meta/llama:free', 'open', 'meta/llama:free'],
    ['open/router/meta/llama', 'open/router', 'meta/llama'],
    ['open/routerx', 'open', 'routerx'],
  ])('reads %s', (name, owner, model) => {
    expect(resolveModel(name, SETTINGS, names)).toMatchObject({ by: { kind: 'provider', provider: owner }, route: { publicModel: name, root: { kind: 'target', provider: owner, model } } })
  })

  it.each([
    ['demo/', '`demo/echo`'],
    ['dmeo/echo', '`demo/echo`'],
    ['echo', '`demo/echo`'],
    ['GPT-5.1', '`open/gpt-5.1`'],
    ['smrt', '`smart`'],
    ['__proto__', '/v1/models'],
    ['nothing-like-it-at-all', '/v1/models'],
    ['x'.repeat(100_000), '/v1/models'],
  ])('refuses %s with a hint', (model, hint) => {
    const { code, message } = refusal(model)
    expect([code, message.includes(hint), message.length < 500]).toEqual(['unknown_model', true, true])
  })
})

describe('resolveModel by rules', () => {
  const rules = [
    rule('claude-*', target('demo', 'big')),
    rule('claude-*haiku*', target('demo', 'small')),
    rule('*haiku*claude-', target('demo', 'same-length-but-later')),
    rule('gpt-*', target('open', 'openai/gpt-*')),
    rule('*-at-*', target('open', '*~*')),
    rule('demo/*', target('open', 'never')),
  ]
  const settings = { ...SETTINGS, rules }
  const found = (name: string): unknown => resolveModel(name, settings, names).route.root

  it.each([
    ['claude-opus-5', target('demo', 'big')],
    ['claude-3-5-haiku-latest', target('demo', 'small')],
    ['gpt-5.1', target('open', 'openai/gpt-5.1')],
    ['gpt-', target('open', 'openai/gpt-')],
    ['x-at-y', target('open', 'x~y')],
    ['demo/echo', target('demo', 'echo')],
    ['smart', smart.root],
  ])('%s', (name, root) => {
    expect(found(name)).toEqual(root)
  })

  it('says which pattern it was', () => {
    expect(resolveModel('gpt-5.1', settings, names).by).toEqual({ kind: 'rule', pattern: 'gpt-*' })
  })

  it('fills every target of a tree', () => {
    const tree: RouteNode = { kind: 'roles', main: { kind: 'fork', strategy: 'fallback', ways: [{ weight: 1, to: target('open', 'a-*') }, { weight: 2, to: target('demo', 'plain') }] }, ways: { thinking: target('open', '*-t') }, longContextAbove: 1 }
    expect(resolveModel('m-7', { ...SETTINGS, rules: [rule('m-*', tree)] }, names).route.root).toEqual({
      ...tree,
      main: { kind: 'fork', strategy: 'fallback', ways: [{ weight: 1, to: target('open', 'a-7') }, { weight: 2, to: target('demo', 'plain') }] },
      ways: { thinking: target('open', '7-t') },
    })
  })

  it('takes the pattern with the most literal text, of equals the first, whatever there is', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 6 })
    const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 6 }).filter((text) => text.includes('*'))
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 6 }), letters, (patterns, name) => {
        const matching = patterns.filter((each) => matchWildcard(each, name))
        const longest = Math.max(...matching.map(literalLength))
        const expected = matching.find((each) => literalLength(each) === longest)
        const all = { ...SETTINGS, routes: new Map(), rules: patterns.map((each) => rule(each, target('demo', 'x'))) }
        if (expected === undefined) expect(refusal(name, all).code).toBe('unknown_model')
        else expect(resolveModel(name, all, names).by).toEqual({ kind: 'rule', pattern: expected })
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('resolveModel with OpenRouter', () => {
  const settings = { ...SETTINGS, providers: [...SETTINGS.providers, provider('openrouter'), provider('anthropic', false)], rules: [rule('meta/*', target('demo', '*'))] }

  it('sends any other vendor/model there as it is', () => {
    expect(resolveModel('qwen/qwen3-coder:free', settings, names)).toMatchObject({
      by: { kind: 'catch-all', provider: 'openrouter' },
      route: { root: target('openrouter', 'qwen/qwen3-coder:free') },
    })
  })

  it('comes last: after providers, also those that are switched off, and after rules', () => {
    expect(resolveModel('anthropic/claude-x', settings, names).by).toEqual({ kind: 'provider', provider: 'anthropic' })
    expect(resolveModel('meta/llama', settings, names).by).toEqual({ kind: 'rule', pattern: 'meta/*' })
    expect(resolveModel('openrouter/qwen/x', settings, names).route.root).toEqual(target('openrouter', 'qwen/x'))
  })

  it.each(['plain', '/x', 'qwen/', 'a b/c', 'openrouter/'])('does not take %j', (name) => {
    expect(refusal(name, settings).code).toBe('unknown_model')
  })

  it('takes nothing while it is switched off', () => {
    expect(refusal('qwen/qwen3', { ...SETTINGS, providers: [provider('openrouter', false)] }).code).toBe('unknown_model')
  })
})
