import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../domain/ids.ts'
import type { ServerSettings } from '../../domain/server-settings.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { silentLogger } from '../../telemetry/index.ts'
import type { ServerCatalog, ServerList } from './catalog.ts'
import { createServerDresser, overrideDefinition } from './dress-server.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import { viewCatalog } from './view-catalog.ts'

const EMPTY: ServerList = { capabilities: [], freshUntil: 0, cacheScope: 'public' }

function server(id: string, tools: readonly string[]): ServerCatalog {
  const capabilities = tools.map((name) => ({ kind: 'tool' as const, upstreamName: name, definition: `{"name":"${name}", "inputSchema":{"2":1,"1":1e400}}` as JsonText }))
  return {
    server: id as McpServerId,
    tags: new Set(),
    facts: { era: 'legacy', overHttp: false, capabilities: { tools: {} }, serverInfo: undefined, instructions: 'Own.' },
    lists: { tool: { ...EMPTY, capabilities }, resource: EMPTY, 'resource-template': EMPTY, prompt: EMPTY },
    stale: false,
  }
}

const settings = (more: Partial<ServerSettings> = {}): ServerSettings => ({
  server: 's' as McpServerId,
  tools: {},
  disabledTools: [],
  enabledTools: undefined,
  instructions: undefined,
  pinning: 'off',
  limits: { concurrency: undefined, queue: 0, queueTimeoutMs: 0, resultBytes: undefined },
  retries: 0,
  ...more,
})

const dress = (wanted: ServerSettings, tools: readonly string[]): ServerCatalog => createServerDresser({ settingsOf: () => wanted, pins: undefined, logger: silentLogger })(server('s', tools))

const shown = ({ lists, withheld = [] }: ServerCatalog): object => ({
  shown: lists.tool.capabilities.map(({ ownName, upstreamName, isHidden }) => `${ownName ?? upstreamName}${isHidden === true ? '?' : ''}`),
  withheld: withheld.map(({ capability }) => capability.upstreamName),
})

describe('createServerDresser', () => {
  it.each<[string, Partial<ServerSettings>, object]>([
    ['leaves everything as it is', {}, { shown: ['a', 'b', 'c'], withheld: [] }],
    ['withholds what is off', { disabledTools: ['a'], tools: { b: { enabled: false } } }, { shown: ['c'], withheld: ['a', 'b'] }],
    ['lets a switch win over the lists of the document', { disabledTools: ['a'], enabledTools: ['b'], tools: { a: { enabled: true } } }, { shown: ['a', 'b'], withheld: ['c'] }],
    ['hides', { tools: { b: { hidden: true } } }, { shown: ['a', 'b?', 'c'], withheld: [] }],
    ['lets two tools change their names', { tools: { a: { name: 'b' }, b: { name: 'a' } } }, { shown: ['b', 'a', 'c'], withheld: [] }],
    ['gives no name twice', { tools: { a: { name: 'c' }, b: { name: 'd' } } }, { shown: ['a', 'd', 'c'], withheld: [] }],
    ['gives no name to two that want it', { tools: { a: { name: 'd' }, b: { name: 'd' } } }, { shown: ['d', 'b', 'c'], withheld: [] }],
    ['knows no tool by a name of objects', { tools: { constructor: { enabled: false } } }, { shown: ['a', 'b', 'c'], withheld: [] }],
  ])('%s', (_what, wanted, expected) => {
    expect(shown(dress(settings(wanted), ['a', 'b', 'c']))).toEqual(expected)
  })

  it('puts other instructions in the place of the server’s, or none', () => {
    expect(dress(settings({ instructions: 'Ours.' }), []).facts.instructions).toBe('Ours.')
    expect(dress(settings({ instructions: false }), []).facts.instructions).toBeUndefined()
    expect(dress(settings(), []).facts.instructions).toBe('Own.')
  })

  it('remembers a list as long as its settings are the same', () => {
    let wanted = settings({ disabledTools: ['a'] })
    const dresser = createServerDresser({ settingsOf: () => wanted, pins: undefined, logger: silentLogger })
    const raw = server('s', ['a', 'b'])
    const first = dresser(raw).lists.tool
    expect(dresser(raw).lists.tool).toBe(first)
    wanted = settings()
    expect(dresser(raw).lists.tool.capabilities).toHaveLength(2)
  })

  it('keeps the name of a withheld tool from the tools of other servers', () => {
    const one = dress(settings({ disabledTools: ['read'] }), ['read'])
    const snapshot = { generation: 1, servers: [one, server('t', ['read'])], missing: [], presets: new Map(), configured: ['s', 't'].map((id) => ({ server: id as McpServerId, tags: new Set<string>() })) }
    const view = viewCatalog(snapshot, LOCAL_PRINCIPAL, { servers: 'all', tags: undefined, naming: 'bare' })
    expect(view.list('tool').map(({ exposedName }) => exposedName)).toEqual(['t__read'])
    expect(view.find('tool', 'read')).toBeUndefined()
    expect(view.withheld('read')).toMatchObject({ why: 'disabled' })
  })
})

describe('overrideDefinition', () => {
  it('splices, and leaves the schema as the server wrote it', () => {
    const definition = '{"name":"t", "description":"old","inputSchema":{"2":1,"1":1e400}, "annotations":{"readOnlyHint":false,"x":1}}' as JsonText
    expect(overrideDefinition(definition, { title: 'T', description: 'new', annotations: { readOnlyHint: true } })).toBe(
      '{"name":"t","description":"new","inputSchema":{"2":1,"1":1e400},"annotations":{"readOnlyHint":true,"x":1},"title":"T"}',
    )
  })
})
