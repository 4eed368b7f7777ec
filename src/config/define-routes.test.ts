import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { targetsOf } from '../domain/route.ts'
import { defineRoutes } from './define-routes.ts'
import { routeEntrySchema, type RouteEntry } from './route-entry-schema.ts'

const PROVIDERS = ['a', 'b', 'openrouter']
const entries = (models: Readonly<Record<string, unknown>>): Record<string, RouteEntry> => Object.fromEntries(Object.entries(models).map(([name, entry]) => [name, routeEntrySchema.parse(entry)]))
const define = (models: Readonly<Record<string, unknown>>): ReturnType<typeof defineRoutes> => defineRoutes(entries(models), PROVIDERS)
const messages = (models: Readonly<Record<string, unknown>>): readonly string[] => define(models).findings.map(({ path, message, hint }) => `${path.join('.')}: ${message}${hint === undefined ? '' : ` (${hint})`}`)
const target = (provider: string, model: string, more: object = {}): object => ({ kind: 'target', provider, model, ...more })

describe('defineRoutes', () => {
  it('puts the public models that a route names in their place', () => {
    const { routes, findings } = define({ smart: { strategy: 'fallback', targets: ['big', { model: 'big', weight: 2 }, 'a/x/y'] }, big: 'b/m' })
    expect(findings).toEqual([])
    expect(routes[0]).toEqual({
      id: 'smart',
      publicModel: 'smart',
      root: { kind: 'fork', strategy: 'fallback', ways: [{ weight: 1, to: target('b', 'm') }, { weight: 2, to: target('b', 'm') }, { weight: 1, to: target('a', 'x/y') }] },
    })
  })

  it('takes `provider/model` for that, also where a public model has the same name', () => {
    const { routes, findings } = define({ 'a/x': { strategy: 'fallback', targets: ['a/x', 'b/x'] }, 'team/x': 'a/y', other: 'team/x' })
    expect(findings).toEqual([])
    expect(routes.map(({ root }) => targetsOf(root).map(({ provider, model }) => `${provider}/${model}`))).toEqual([['a/x', 'b/x'], ['a/y'], ['a/y']])
  })

  it('hands parameters and overrides down, the inner ones before the outer ones', () => {
    const { routes } = define({
      outer: { strategy: 'weighted', targets: [{ model: 'inner', parameters: { b: 2, c: 2 } }, 'a/plain'], parameters: { a: 1, b: 1 }, overrides: { o: 1 } },
      inner: { model: 'a/x', parameters: { c: 3 }, overrides: { o: 3 } },
    })
    expect(targetsOf(routes[0]?.root ?? { kind: 'target', provider: 'none' as never, model: '' })).toEqual([
      target('a', 'x', { parameters: { a: 1, b: 2, c: 3 }, overrides: { o: 3 } }),
      target('a', 'plain', { parameters: { a: 1, b: 1 }, overrides: { o: 1 } }),
    ])
    expect(routes[1]?.root).toEqual(target('a', 'x', { parameters: { c: 3 }, overrides: { o: 3 } }))
  })

  it('reads roles, with a threshold of 60000 tokens', () => {
    const { routes } = define({ agent: { strategy: 'roles', main: 'a/m', background: 'b/s', longContext: { to: { strategy: 'fallback', targets: ['b/l', 'a/l'] } }, webSearch: 'a/w', thinking: 'a/t', subAgent: 'a/u' } })
    expect(routes[0]?.root).toMatchObject({
      kind: 'roles',
      main: target('a', 'm'),
      longContextAbove: 60_000,
      ways: { background: target('b', 's'), longContext: { kind: 'fork' }, webSearch: target('a', 'w'), thinking: target('a', 't'), subAgent: target('a', 'u') },
    })
  })

  it('keeps patterns apart, in the order of the document', () => {
    const { routes, rules, findings } = define({ 'gpt-*': 'openrouter/openai/gpt-*', small: 'a/s', 'claude-*haiku*': 'small', '*-*': 'a/*~*' })
    expect(findings).toEqual([])
    expect(routes.map(({ publicModel }) => publicModel)).toEqual(['small'])
    expect(rules).toEqual([
      { pattern: 'gpt-*', root: target('openrouter', 'openai/gpt-*') },
      { pattern: 'claude-*haiku*', root: target('a', 's') },
      { pattern: '*-*', root: target('a', '*~*') },
    ])
  })

  it.each([
    [{ m: 'smal', small: 'a/x' }, 'models.m: `models.m` names the public model `smal`, which is not configured. (Did you mean `small`?)'],
    [{ m: { strategy: 'fallback', targets: ['a/x', { model: 'aa/x' }] } }, 'models.m.targets.1.model: `models.m.targets[1].model` names the provider `aa`, which is not configured. (Did you mean `a`?)'],
    [{ m: 'a/' }, 'models.m: `models.m` names no model of `a`.'],
    [{ m: 'a/x*' }, 'models.m: `models.m` has a `*`, which only the target of a pattern may have.'],
    [{ 'x*': 'a/*-*' }, 'models.x*: `models["x*"]` has 2 `*`, and its pattern has one `*`.'],
    [{ m: 'gpt-*', 'gpt-*': 'a/x' }, 'models.m: `models.m` names the public model `gpt-*`, which is not configured. (Name an upstream model as `provider/model`, or a member of `models`.)'],
    [{ m: 'm' }, 'models.m: The public model `m` leads back to itself: `m` → `m`.'],
  ])('finds what is wrong with %j', (models, expected) => {
    expect(messages(models)).toEqual([expected])
    expect(define(models).routes.some(({ publicModel }) => publicModel === 'm')).toBe(false)
  })

  it('finds circles, and says each once', () => {
    expect(messages({ a1: { strategy: 'fallback', targets: ['a/x', 'b1'] }, b1: { strategy: 'roles', main: 'a/x', thinking: 'c1' }, c1: 'a1', fine: 'a/y' })).toEqual([
      'models.c1: The public model `a1` leads back to itself: `a1` → `b1` → `c1` → `a1`.',
    ])
  })

  it('tells of everyone who suffers from a missing provider', () => {
    const { findings, routes } = define({ top: 'mid', mid: { strategy: 'fallback', targets: ['a/x', 'gone/x'] }, fine: 'a/y' })
    expect(findings.map(({ publicModel, isAboutProvider }) => [publicModel, isAboutProvider])).toEqual([['mid', true], ['top', true]])
    expect(routes.map(({ publicModel }) => publicModel)).toEqual(['fine'])
  })

  it('refuses trees that would grow without end', () => {
    const doubling = Object.fromEntries(Array.from({ length: 40 }, (_, level) => [`m${level}`, level === 0 ? 'a/x' : { strategy: 'fallback', targets: [`m${level - 1}`, `m${level - 1}`] }]))
    expect(messages(doubling)[0]).toBe('models.m9: `models.m9` leads to 512 targets; 256 are the most.')
    const chain = Object.fromEntries(Array.from({ length: 5_000 }, (_, level) => [`m${5_000 - level}`, level === 4_999 ? 'a/x' : `m${4_999 - level}`]))
    expect(messages(chain)[0]).toMatch(/More than 32 public models name one another/)
  })

  it('ends, and finds no good route that leads nowhere, whatever names whatever', () => {
    const name = fc.constantFrom('p', 'q', 'r', 's')
    const entry = fc.oneof(
      name,
      fc.constant('a/x'),
      fc.array(fc.oneof(name, fc.constant('b/y')), { minLength: 1, maxLength: 3 }).map((targets) => ({ strategy: 'fallback', targets })),
      fc.record({ strategy: fc.constant('roles'), main: name, thinking: name }),
    )
    fc.assert(
      fc.property(fc.dictionary(name, entry, { maxKeys: 4 }), (models) => {
        const { routes, findings } = define(models)
        for (const { root } of routes) expect(targetsOf(root).length).toBeGreaterThan(0)
        if (routes.length < Object.keys(models).length) expect(findings.length).toBeGreaterThan(0)
      }),
      { numRuns: 1_000 },
    )
  })
})
