import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import type { McpEra } from '../../domain/mcp-server.ts'
import type { Scope } from '../../domain/scope.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText, type JsonText } from '../../lib/json-text.ts'
import { LOCAL_PRINCIPAL, type Principal } from '../identity/index.ts'
import { CAPABILITY_KINDS, type CapabilityKind, type CatalogFilter, type CatalogSnapshot, type ServerCatalog } from './catalog.ts'
import { LIST_METHODS } from './fetch-list.ts'
import { viewCatalog, type CatalogView } from './view-catalog.ts'

type Lists = Partial<Record<CapabilityKind, readonly (JsonObject | string)[]>>

interface Facts {
  readonly era?: McpEra
  readonly overHttp?: boolean
  readonly capabilities?: JsonObject
  readonly instructions?: string
  readonly tags?: readonly string[]
  readonly freshUntil?: number
}

function server(id: string, lists: Lists, facts: Facts = {}): ServerCatalog {
  const { era = 'legacy', overHttp = false, capabilities = { tools: {}, resources: {}, prompts: {} }, freshUntil = 0 } = facts
  const built = CAPABILITY_KINDS.map((kind) => {
    const capabilities = (lists[kind] ?? []).map((item) => {
      const definition = (typeof item === 'string' ? item : toJsonText(item)) as JsonText
      return { kind, upstreamName: String((JSON.parse(definition) as Record<string, string>)[LIST_METHODS[kind].key]), definition }
    })
    return [kind, { capabilities, freshUntil, cacheScope: 'private' }] as const
  })
  return {
    server: id as McpServerId,
    tags: new Set(facts.tags),
    facts: { era, overHttp, capabilities, serverInfo: undefined, instructions: facts.instructions },
    lists: Object.fromEntries(built) as unknown as ServerCatalog['lists'],
    stale: false,
  }
}

function view(servers: readonly ServerCatalog[], filter: Partial<CatalogFilter> = {}, principal: Principal = LOCAL_PRINCIPAL): CatalogView {
  const snapshot: CatalogSnapshot = { generation: 1, servers, missing: [], configured: servers.map(({ server: id, tags }) => ({ server: id, tags })), presets: new Map() }
  return viewCatalog(snapshot, principal, { servers: 'all', tags: undefined, naming: 'prefixed', ...filter })
}

const single = (one: ServerCatalog): CatalogView => view([one], { servers: [one.server], naming: 'original' })
const listed = (shown: CatalogView, kind: CapabilityKind, era: McpEra): JsonObject[] => Object.values(JSON.parse(`{${shown.renderList(kind, era).body}}`) as object)[0] as JsonObject[]

describe('viewCatalog', () => {
  it('is the same view for the same snapshot and filter, with the same text', () => {
    const servers = [server('a', { tool: [{ name: 'x' }] })]
    const snapshot: CatalogSnapshot = { generation: 1, servers, missing: [], configured: servers.map(({ server: id, tags }) => ({ server: id, tags })), presets: new Map() }
    const filter = { servers: 'all', tags: undefined, naming: 'prefixed' } as const
    const first = viewCatalog(snapshot, LOCAL_PRINCIPAL, filter)
    expect(viewCatalog(snapshot, LOCAL_PRINCIPAL, { ...filter })).toBe(first)
    expect(first.renderList('tool', 'modern')).toBe(first.renderList('tool', 'modern'))
  })

  it('has tools that need a scope for those who have it, under the same names as for everybody', () => {
    const plain = server('a', { tool: [{ name: 'x' }, { name: 'y' }] })
    const [first, second] = plain.lists.tool.capabilities
    if (!first || !second) throw new Error('The server lists two tools.')
    const guarded: ServerCatalog = { ...plain, lists: { ...plain.lists, tool: { ...plain.lists.tool, capabilities: [{ ...first, needs: 'admin:write' }, { ...second, needs: 'admin:read' }] } } }
    const servers = [guarded, server('b', { tool: [{ name: 'x' }] })]
    const as = (...scopes: readonly Scope[]): CatalogView => view(servers, { naming: 'bare' }, { ...LOCAL_PRINCIPAL, scopes: new Set(scopes) })
    const names = (shown: CatalogView): readonly string[] => shown.list('tool').map(({ exposedName }) => exposedName)
    expect(names(as('admin:read', 'admin:write'))).toEqual(['x', 'y', 'b__x'])
    expect(names(as('admin:read', 'tools:use'))).toEqual(['y', 'b__x'])
    expect(names(as('tools:use'))).toEqual(['b__x'])
    expect(as('tools:use').find('tool', 'y')).toBeUndefined()
    expect(as('tools:use').findTool('a', 'x')).toBeUndefined()
    expect(listed(as('admin:read'), 'tool', 'legacy').map(({ name }) => name)).toEqual(['y', 'b__x'])
  })

  it('finds exactly what it lists', () => {
    const shown = view([server('a', { tool: [{ name: 'x' }, { name: 'y z' }] }), server('b', { tool: [{ name: 'x' }] })])
    for (const entry of shown.list('tool')) expect(shown.find('tool', entry.exposedName)).toBe(entry)
    expect(shown.find('tool', 'x')).toBeUndefined()
    expect(shown.find('tool', 'a__x')?.route).toEqual({ server: 'a', upstreamName: 'x' })
  })

  it('shows definitions as they were written but for the name', () => {
    const definition = '{"name" : "x","inputSchema":{"2":1,"1":1e400,"big":12345678901234567890},"unknown":null}'
    expect(single(server('a', { tool: [definition] })).renderList('tool', 'legacy').body).toBe(`"tools":[${definition}]`)
    expect(view([server('a', { tool: [definition] })]).renderList('tool', 'legacy').body).toBe(`"tools":[${definition.replace('"x"', '"a__x"')}]`)
  })

  it('selects servers by name and by tag, for listing and calling alike', () => {
    const servers = [server('a', { tool: [{ name: 'x' }] }, { tags: ['web'] }), server('b', { tool: [{ name: 'y' }] }, { tags: ['slow'] })]
    const shown = view(servers, { tags: { not: { tag: 'slow' } } })
    expect(shown.list('tool').map(({ exposedName }) => exposedName)).toEqual(['a__x'])
    expect(shown.find('tool', 'b__y')).toBeUndefined()
    expect(view(servers, { servers: ['b' as McpServerId] }).find('tool', 'a__x')).toBeUndefined()
  })

  it('takes `execution` from modern clients and wraps open output schemas for legacy ones', () => {
    const tools = [{ name: 'x', execution: { taskSupport: 'optional' }, outputSchema: { type: 'array' } }, { name: 'y', outputSchema: { type: 'object', properties: {} } }]
    const shown = single(server('a', { tool: tools }, { era: 'modern' }))
    expect(listed(shown, 'tool', 'modern')).toEqual([{ name: 'x', outputSchema: { type: 'array' } }, tools[1]])
    expect(listed(shown, 'tool', 'legacy')).toEqual([
      { ...tools[0], outputSchema: { type: 'object', properties: { result: { type: 'array' } }, required: ['result'] } },
      tools[1],
    ])
  })

  it('hides tools with invalid header annotations of modern HTTP servers, and strips the annotation of others for modern clients', () => {
    const bad = { name: 'bad', inputSchema: { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' } } } }
    const overHttp = single(server('a', { tool: [bad, { name: 'good' }] }, { era: 'modern', overHttp: true }))
    expect(overHttp.list('tool').map(({ exposedName }) => exposedName)).toEqual(['good'])
    expect(overHttp.find('tool', 'bad')).toBeUndefined()
    const overStdio = single(server('a', { tool: [bad] }))
    expect(listed(overStdio, 'tool', 'legacy')).toEqual([bad])
    expect(listed(overStdio, 'tool', 'modern')).toEqual([{ name: 'bad', inputSchema: { type: 'object', properties: { a: { type: 'number' } } } }])
  })

  it('keeps a URI where it is unique and makes a valid one where it is not', () => {
    const same = { uri: 'x://same', name: 'same' }
    const shown = view([server('a', { resource: [same, { uri: 'x://a', name: 'a' }] }), server('b', { resource: [same] })])
    const uris = shown.list('resource').map(({ exposedName }) => exposedName)
    expect(uris).toEqual(['x://same', 'x://a', 'trunkline://servers/b/x://same'])
    for (const uri of uris) expect(() => new URL(uri)).not.toThrow()
    expect(uris.map((uri) => shown.resolveResource(uri))).toEqual([
      { server: 'a', uri: 'x://same' },
      { server: 'a', uri: 'x://a' },
      { server: 'b', uri: 'x://same' },
    ])
  })

  it('routes what a template can expand to, conflicts included', () => {
    const template = { uriTemplate: 'file:///{+path}', name: 'files' }
    const shown = view([server('a', { 'resource-template': [template] }), server('b', { 'resource-template': [template] })])
    expect(shown.list('resource-template').map(({ exposedName }) => exposedName)).toEqual(['file:///{+path}', 'trunkline://servers/b/file:///{+path}'])
    expect(shown.resolveResource('file:///etc/x')).toEqual({ server: 'a', uri: 'file:///etc/x' })
    expect(shown.resolveResource('trunkline://servers/b/file:///etc/x')).toEqual({ server: 'b', uri: 'file:///etc/x' })
    expect(shown.resolveResource('trunkline://servers/c/file:///etc/x')).toBeUndefined()
  })

  it('shows a link that nobody listed so that it leads back, and leaves links to the web alone', () => {
    const shown = view([server('a', { resource: [{ uri: 'x://1', name: '1' }] }), server('b', { resource: [{ uri: 'x://2', name: '2' }] })])
    expect(shown.exposeUri('b' as McpServerId, 'x://dynamic')).toBe('trunkline://servers/b/x://dynamic')
    expect(shown.exposeUri('b' as McpServerId, 'x://2')).toBe('x://2')
    expect(shown.exposeUri('b' as McpServerId, 'x://1')).toBe('trunkline://servers/b/x://1')
    expect(shown.exposeUri('b' as McpServerId, 'https://example.com/a')).toBe('https://example.com/a')
  })

  it('rewrites the UI resource of a tool with its resource', () => {
    const ui = { uri: 'ui://app', name: 'app' }
    const tool = { name: 't', _meta: { ui: { resourceUri: 'ui://app' }, 'ui/resourceUri': 'ui://app', other: 1 } }
    const shown = view([server('a', { resource: [ui] }), server('b', { resource: [ui], tool: [tool] })])
    const expected = 'trunkline://servers/b/ui://app'
    expect(listed(shown, 'tool', 'modern')[0]?.['_meta']).toEqual({ ui: { resourceUri: expected }, 'ui/resourceUri': expected, other: 1 })
  })

  it('promises what some server does, and of an aggregate always the lists', () => {
    const logging = server('a', {}, { capabilities: { tools: {}, logging: {}, tasks: {}, experimental: { x: {} } } })
    expect(single(logging).capabilities('legacy')).toEqual({ experimental: { x: {} }, tools: { listChanged: true }, logging: {} })
    expect(single(logging).capabilities('modern')).toEqual({ tools: { listChanged: true }, logging: {} })
    const subscribing = server('b', {}, { capabilities: { resources: { subscribe: true }, completions: {} } })
    expect(view([logging, subscribing]).capabilities('modern')).toEqual({
      tools: { listChanged: true }, prompts: { listChanged: true }, resources: { subscribe: true, listChanged: true }, completions: {}, logging: {},
    })
  })

  it('merges instructions under a heading per server, and gives one server’s as they are', () => {
    const servers = [server('a', {}, { instructions: 'Use a.' }), server('b', {}), server('c', {}, { instructions: 'Use c.' })]
    expect(view(servers).instructions).toBe('# a\n\nUse a.\n\n# c\n\nUse c.')
    expect(single(servers[0] ?? server('a', {})).instructions).toBe('Use a.')
    expect(view([server('b', {})]).instructions).toBeUndefined()
  })

  it('lets a list live as long as its shortest-lived part', () => {
    const shown = view([server('a', {}, { freshUntil: 500 }), server('b', {}, { freshUntil: 300 })])
    expect(shown.renderList('tool', 'modern').freshUntil).toBe(300)
    expect(view([server('a', {}, { freshUntil: 500 }), server('b', {})]).renderList('tool', 'modern').freshUntil).toBe(0)
  })
})
