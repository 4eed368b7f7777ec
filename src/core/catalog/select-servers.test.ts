import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import type { PresetDefinition, PresetSelection } from '../../domain/preset.ts'
import { CAPABILITY_KINDS, type CatalogFilter, type CatalogSnapshot, type ServerCatalog } from './catalog.ts'
import { changedKinds, compareSnapshots } from './changed-kinds.ts'
import { checkFilter } from './check-filter.ts'
import { presetTags } from './requested-tags.ts'
import { selectServers } from './select-servers.ts'
import { SelectionError } from './selection-error.ts'

const all: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }
const id = (name: string): McpServerId => name as McpServerId
const preset = (name: string, selection: PresetSelection, description?: string): PresetDefinition => ({ name, description, selection, origin: 'document' })

function listed(server: string, tags: readonly string[], tools: readonly string[]): ServerCatalog {
  const capabilities = tools.map((tool) => ({ kind: 'tool' as const, upstreamName: tool, definition: `{"name":"${tool}"}` as never }))
  const list = (kind: string): ServerCatalog['lists']['tool'] => ({ capabilities: kind === 'tool' ? capabilities : [], freshUntil: 0, cacheScope: 'private' })
  return {
    server: id(server),
    tags: new Set(tags),
    facts: { era: 'legacy', overHttp: false, capabilities: {}, serverInfo: undefined, instructions: undefined },
    lists: Object.fromEntries(CAPABILITY_KINDS.map((kind) => [kind, list(kind)])) as unknown as ServerCatalog['lists'],
    stale: false,
  }
}

function snapshot(servers: readonly ServerCatalog[], presets: readonly PresetDefinition[] = []): CatalogSnapshot {
  return { generation: 1, servers, missing: [], configured: servers.map(({ server, tags }) => ({ server, tags })), presets: new Map(presets.map((each) => [each.name, each])) }
}

const three = [listed('a', ['web'], ['x']), listed('b', ['web', 'slow'], ['y']), listed('c', ['db'], ['z'])]
const presets = [
  preset('filter', { kind: 'filter', text: 'web+!slow', expression: { all: [{ tag: 'web' }, { not: { tag: 'slow' } }] } }),
  preset('tags', { kind: 'tags', tags: ['DB', 'slow'] }),
  preset('servers', { kind: 'servers', servers: [id('c'), id('a'), id('gone')] }),
]

describe('selectServers', () => {
  it.each<[Partial<CatalogFilter>, readonly string[]]>([
    [{}, ['a', 'b', 'c']],
    [{ preset: 'filter' }, ['a']],
    [{ preset: 'tags' }, ['b', 'c']],
    [{ preset: 'servers' }, ['a', 'c']],
    [{ preset: 'none' }, []],
    [{ tags: { tag: 'web' } }, ['a', 'b']],
    [{ tags: { tag: 'web' }, preset: 'tags' }, ['b']],
    [{ servers: [id('a'), id('b')], preset: 'tags' }, ['b']],
  ])('%j is %j', (filter, expected) => {
    expect(selectServers(snapshot(three, presets), { ...all, ...filter }).map(({ server }) => server)).toEqual(expected)
  })
})

describe('presetTags', () => {
  it('names every tag, also under `not`, in its normal form', () => {
    expect(presets.map(presetTags)).toEqual([['web', 'slow'], ['db', 'slow'], []])
  })
})

describe('changedKinds', () => {
  const kindsOf = (before: CatalogSnapshot, after: CatalogSnapshot, filter: Partial<CatalogFilter>): readonly string[] => {
    const change = compareSnapshots(before, after)
    return change ? [...changedKinds(change, { ...all, ...filter })] : []
  }
  const tagged = (name: string, tag: string): PresetDefinition => preset(name, { kind: 'tags', tags: [tag] })

  it('tells those of a preset whose meaning changed, and nobody else', () => {
    const before = snapshot(three, [tagged('p', 'db'), tagged('q', 'web')])
    const after = snapshot(three, [tagged('p', 'slow'), tagged('q', 'web')])
    expect(kindsOf(before, after, { preset: 'p' })).toEqual(['tool'])
    expect(kindsOf(before, after, { preset: 'q' })).toEqual([])
    expect(kindsOf(before, after, {})).toEqual([])
  })

  it('says nothing of a preset that is written otherwise and means the same', () => {
    const before = snapshot(three, [preset('p', { kind: 'servers', servers: [id('c')] })])
    const after = snapshot(three, [preset('p', { kind: 'tags', tags: ['db'] }, 'now by tag')])
    expect(kindsOf(before, after, { preset: 'p' })).toEqual([])
  })

  it('tells those of a preset that is gone, and of one that comes', () => {
    const [without, with_] = [snapshot(three), snapshot(three, [tagged('p', 'db')])]
    expect(kindsOf(with_, without, { preset: 'p' })).toEqual(['tool'])
    expect(kindsOf(without, with_, { preset: 'p' })).toEqual(['tool'])
  })

  it('tells those whom a change of tags lets in or out', () => {
    const after = snapshot([listed('a', ['db'], ['x']), ...three.slice(1)])
    expect(kindsOf(snapshot(three), after, { tags: { tag: 'db' } })).toEqual(['tool'])
    expect(kindsOf(snapshot(three), after, { tags: { tag: 'slow' } })).toEqual([])
  })

  it('tells of a server’s own lists only those who see it, also when it is removed', () => {
    const changed = snapshot([listed('a', ['web'], ['x', 'more']), ...three.slice(1)])
    expect(kindsOf(snapshot(three), changed, { tags: { tag: 'web' } })).toEqual(['tool'])
    expect(kindsOf(snapshot(three), changed, { tags: { tag: 'db' } })).toEqual([])
    expect(kindsOf(snapshot(three), snapshot(three.slice(1)), { servers: [id('a')] })).toEqual(['tool'])
    expect(kindsOf(snapshot(three), snapshot(three.slice(1)), { tags: { tag: 'db' } })).toEqual([])
  })

  it('is no change at all when nothing differs', () => {
    expect(compareSnapshots(snapshot(three, presets), snapshot(three, presets))).toBeUndefined()
  })
})

describe('checkFilter', () => {
  const problemOf = (filter: Partial<CatalogFilter>): unknown => {
    try {
      return checkFilter(snapshot(three, [...presets, preset('tagz', { kind: 'tags', tags: ['x'] })]), { ...all, ...filter })
    } catch (error) {
      if (error instanceof SelectionError) return [error.status, error.message, error.problem]
      throw error
    }
  }

  it('lets pass what means something, or nothing', () => {
    expect(problemOf({ preset: 'tags', servers: [id('c')] })).toBeUndefined()
    expect(problemOf({ tags: { tag: 'nobody' } })).toBeUndefined()
  })

  it('is a 404 with the nearest names for an unknown preset', () => {
    expect(problemOf({ preset: 'tag' })).toEqual([404, 'There is no preset `tag`. Did you mean `tags` or `tagz`?', { reason: 'unknown-preset', preset: 'tag', nearest: ['tags', 'tagz'] }])
    expect(problemOf({ preset: 'quite-other' })).toMatchObject([404, 'There is no preset `quite-other`. There are: filter, tags, servers, tagz.', { nearest: [] }])
  })

  it('is a 404 for a server that is not there, or that the selection leaves out', () => {
    expect(problemOf({ servers: [id('d')] })).toMatchObject([404, expect.stringContaining('Did you mean `'), { reason: 'unknown-server', server: 'd' }])
    expect(problemOf({ servers: [id('a')], preset: 'tags' })).toMatchObject([404, 'MCP server `a` is not in the selection.', { reason: 'not-selected', server: 'a' }])
  })
})
