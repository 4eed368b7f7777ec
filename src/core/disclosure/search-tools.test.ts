import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { viewCatalog, type CatalogSnapshot, type CatalogView, type ServerCatalog, type ServerList } from '../catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import { indexServer } from './index-server.ts'
import { searchTools } from './search-tools.ts'

const EMPTY: ServerList = { capabilities: [], freshUntil: 0, cacheScope: 'public' }

interface Tool {
  readonly name: string
  readonly description?: string
  readonly inputSchema?: object
}

function server(name: string, tools: readonly Tool[], tags: readonly string[] = []): ServerCatalog {
  const list: ServerList = { ...EMPTY, capabilities: tools.map((tool) => ({ kind: 'tool', upstreamName: tool.name, definition: JSON.stringify(tool) as JsonText })) }
  const lists = { tool: list, resource: EMPTY, 'resource-template': EMPTY, prompt: EMPTY }
  return { server: name as McpServerId, tags: new Set(tags), facts: { era: 'legacy', overHttp: false, capabilities: {}, serverInfo: undefined, instructions: undefined }, lists, stale: false }
}

function viewOf(...servers: readonly ServerCatalog[]): CatalogView {
  const snapshot: CatalogSnapshot = { generation: 1, servers, missing: [], configured: servers, presets: new Map() }
  return viewCatalog(snapshot, LOCAL_PRINCIPAL, { servers: 'all', tags: undefined, naming: 'prefixed' })
}

const find = (view: CatalogView, query: string): readonly string[] => searchTools(view, query, 5).map(({ entry }) => entry.exposedName)

describe('searchTools', () => {
  it('puts a word of the name before the same word of a description', () => {
    const view = viewOf(server('s', [{ name: 'other', description: 'Also knows about invoices.' }, { name: 'invoice' }]))
    expect(find(view, 'invoices')).toEqual(['s__invoice', 's__other'])
  })

  it('finds by parameter, by parameter of a parameter, by server and by tag', () => {
    const nested = { type: 'object', properties: { options: { type: 'object', properties: { altitude: { description: 'Above the sea.' } } } } }
    const view = viewOf(server('alpha', [{ name: 'one', inputSchema: nested }]), server('beta', [{ name: 'two' }], ['garden']))
    expect(find(view, 'altitude')).toEqual(['alpha__one'])
    expect(find(view, 'sea')).toEqual(['alpha__one'])
    expect(find(view, 'beta')).toEqual(['beta__two'])
    expect(find(view, 'gardens')).toEqual(['beta__two'])
  })

  it('finds by a related word, a misspelt one and the beginning of one', () => {
    const view = viewOf(server('s', [{ name: 'delete_file' }, { name: 'forecast' }]), server('mongodb', [{ name: 'count' }]))
    expect(find(view, 'remove')).toEqual(['s__delete_file'])
    expect(find(view, 'forcast')).toEqual(['s__forecast'])
    expect(find(view, 'mongo')).toEqual(['mongodb__count'])
  })

  it('finds nothing where no word fits, and nothing for no word', () => {
    const view = viewOf(server('s', [{ name: 'forecast' }]))
    expect(find(view, 'qqqqqqq')).toEqual([])
    expect(find(view, '?!')).toEqual([])
  })

  it('says the same twice, equal scores in the order of the list', () => {
    const view = viewOf(server('s', [{ name: 'b_thing' }, { name: 'a_thing' }]))
    expect(find(view, 'thing')).toEqual(['s__b_thing', 's__a_thing'])
    expect(find(view, 'thing')).toEqual(find(view, 'thing'))
  })

  it('is not held up by a long question', () => {
    const view = viewOf(server('s', [{ name: 'forecast' }]))
    expect(find(view, `forecast ${'x'.repeat(100_000)} ${'ab '.repeat(50_000)}`)).toEqual(['s__forecast'])
  })
})

describe('indexServer', () => {
  it('is kept with the list of its server, and made anew for another list', () => {
    const first = server('s', [{ name: 'a' }])
    expect(indexServer({ ...first, stale: true })).toBe(indexServer(first))
    expect(indexServer(server('s', [{ name: 'a' }]))).not.toBe(indexServer(first))
    expect(indexServer({ ...first, tags: new Set(['new']) }).postings.has('new')).toBe(true)
  })
})
