import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../../domain/errors.ts'
import type { ProviderId, RouteId } from '../../domain/ids.ts'
import { targetsOf, type ModelSwitches, type RouteNode } from '../../domain/route.ts'
import { silentLogger } from '../../telemetry/index.ts'
import { createModelDirectory, type ModelDirectory, type ModelDirectoryDeps } from './model-directory.ts'
import type { ModelSettings } from './model-settings.ts'

const target = (provider: string, model: string): RouteNode => ({ kind: 'target', provider: provider as ProviderId, model })
const fallback = (first: RouteNode, ...rest: readonly RouteNode[]): RouteNode => ({ kind: 'fork', strategy: 'fallback', ways: [{ weight: 1, to: first }, ...rest.map((to) => ({ weight: 1, to }))] })

type Upstreams = ReturnType<ModelDirectoryDeps['upstreams']>
type Listing = Upstreams extends ReadonlyMap<ProviderId, infer Each> ? Each : never

const SIZES: Readonly<Record<string, object>> = { one: { contextTokens: 100, outputTokens: 10 }, two: { contextTokens: 50 } }
const listing = (id: string, models: readonly string[]): Listing => ({ id: id as ProviderId, listModels: async () => models.map((model) => ({ id: model })), factsFor: (model) => SIZES[model] })

const ROUTES: Readonly<Record<string, RouteNode>> = {
  smart: fallback(target('a', 'one'), target('b', 'two')),
  only: target('a', 'one'),
  away: target('off', 'm'),
  agent: { kind: 'roles', main: target('a', 'one'), ways: { thinking: target('b', 'two') }, longContextAbove: 1 },
}

function createDirectory(switches: Partial<ModelSwitches> = {}): ModelDirectory {
  const provider = (id: string, enabled = true, disabledReason?: string): ModelSettings['providers'][number] => ({ id: id as ProviderId, kind: 'openai-compatible', enabled, ...(disabledReason === undefined ? {} : { disabledReason }) })
  const settings: ModelSettings = {
    routes: new Map(Object.entries(ROUTES).map(([name, root]) => [name, { id: name as RouteId, publicModel: name, root }])),
    rules: [{ pattern: 'rule-*', root: target('a', 'one') }],
    providers: [provider('a'), provider('b'), provider('off', false), provider('gap', false, '`KEY` is not set.')],
    switches: { disabledRoutes: [], disabledModels: {}, favourites: [], ...switches },
  }
  const upstreams = new Map([listing('a', ['one', 'uno']), listing('b', ['two'])].map((upstream) => [upstream.id, upstream]))
  return createModelDirectory({ upstreams: () => upstreams, settings: () => settings, logger: silentLogger })
}

const resolved = (directory: ModelDirectory, name: string): readonly string[] => targetsOf(directory.resolve(name).root).map(({ provider, model }) => `${provider}/${model}`)

function refusal(directory: ModelDirectory, name: string): GatewayError {
  try {
    directory.resolve(name)
  } catch (error) {
    return error as GatewayError
  }
  throw new Error(`${name} was found`)
}

describe('createModelDirectory', () => {
  const names = async (directory: ModelDirectory): Promise<readonly string[]> => (await directory.list(AbortSignal.timeout(60_000))).map(({ name }) => name)

  it('lists public models, then what providers have', async () => {
    expect(await names(createDirectory())).toEqual(['smart', 'only', 'away', 'agent', 'a/one', 'a/uno', 'b/two'])
  })

  it('lists favourites first and marks them, and leaves out what is switched off', async () => {
    const directory = createDirectory({ favourites: ['b/two', 'only', 'nobody'], disabledModels: { a: ['one', 'unlisted'] }, disabledRoutes: ['smart'] })
    const listed = await directory.list(AbortSignal.timeout(60_000))
    expect(listed.map(({ name, isFavourite }) => `${name}${isFavourite ? '★' : ''}`)).toEqual(['only★', 'b/two★', 'away', 'agent', 'a/uno'])
    const off = (await directory.survey(AbortSignal.timeout(60_000))).filter(({ isEnabled }) => !isEnabled)
    expect(off.map(({ name }) => name)).toEqual(['smart', 'a/one', 'a/unlisted'])
  })

  it('goes round a model that is switched off', () => {
    const directory = createDirectory({ disabledModels: { a: ['one'] } })
    expect(resolved(createDirectory(), 'smart')).toEqual(['a/one', 'b/two'])
    expect(resolved(directory, 'smart')).toEqual(['b/two'])
    expect(resolved(directory, 'agent')).toEqual(['b/two', 'b/two'])
    expect(directory.explain('smart').route.root).toEqual(ROUTES['smart'])
  })

  it.each([
    [{ disabledModels: { a: ['one'] } }, 'a/one', 'unknown_model', 'trunkline models enable a/one'],
    [{ disabledModels: { a: ['one'] } }, 'only', 'unknown_model', 'trunkline models enable a/one'],
    [{ disabledModels: { a: ['one'] } }, 'rule-x', 'unknown_model', 'providers.a.disabledModels'],
    [{ disabledModels: { a: ['one'], b: ['two'] } }, 'smart', 'unknown_model', 'No target of `smart`'],
    [{ disabledRoutes: ['smart'] }, 'smart', 'unknown_model', 'trunkline models enable smart'],
    [{}, 'away', 'unknown_model', 'providers.off.enabled'],
    [{}, 'off/m', 'unknown_model', '`off` is switched off'],
    [{}, 'gap/m', 'upstream_unavailable', '`KEY` is not set.'],
  ])('says why it is off, and the cure: %j %s', (switches, name, code, cure) => {
    const error = refusal(createDirectory(switches), name)
    expect([error.code, error.message.includes(cure), error.message]).toEqual([code, true, error.message])
  })

  it('suggests nothing that is switched off', async () => {
    const directory = createDirectory({ disabledModels: { a: ['uno'] }, disabledRoutes: ['only'] })
    await directory.list(AbortSignal.timeout(60_000))
    expect(refusal(directory, 'uno').message).not.toContain('a/uno')
    expect(refusal(directory, 'onyl').message).not.toContain('only')
    expect(refusal(createDirectory(), 'onyl').message).toContain('`only`')
  })
})

describe('createModelDirectory.sizes', () => {
  it('are those that hold whichever target answers', () => {
    const directory = createDirectory()
    expect(directory.sizes('a/one')).toEqual({ contextTokens: 100, outputTokens: 10 })
    expect(directory.sizes('smart')).toEqual({ contextTokens: 50 })
    expect(directory.sizes('a/other')).toEqual({})
  })
})
