import { describe, expect, it } from 'vitest'
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import type { McpServerId, PrincipalId, SessionId } from '../../domain/ids.ts'
import type { InstancePolicy, McpServerDefinition } from '../../domain/mcp-server.ts'
import type { JsonObject } from '../../lib/json.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { createCatalog, type CatalogFilter } from '../catalog/index.ts'
import type { Principal } from '../identity/index.ts'
import { createInstances, type Instances } from './create-instances.ts'
import type { InstanceClient } from './instance-client.ts'

const ALL: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }
const IDLE_MS = 40_000

const anna: Principal = { id: 'anna' as PrincipalId, via: { kind: 'login' }, scopes: new Set() }

function session(name: string): InstanceClient {
  return { principal: anna, session: name as SessionId, context: undefined, clientInfo: undefined, transport: 'http' }
}

interface Setup extends AsyncDisposable {
  readonly instances: Instances
  readonly opened: ScriptedUpstream[]
  /** In the order in which they ended. */
  readonly ended: ScriptedUpstream[]
  /** What a test may change. */
  readonly facts: { sources: McpServerDefinition[]; now: number }
}

function defineSource(id: string, policy: Partial<InstancePolicy> = {}): McpServerDefinition {
  const { definition } = createScriptedUpstream({ id })
  return { ...definition, instances: { isolation: 'per-session', isTemplate: false, maxInstances: undefined, idleMs: IDLE_MS, ...policy } }
}

function setUp(sources: McpServerDefinition[], maxInstances = 100): Setup {
  const stack = new AsyncDisposableStack()
  const events = createEvents(silentLogger, createMetrics())
  const opened: ScriptedUpstream[] = []
  const ended: ScriptedUpstream[] = []
  const facts = { sources, now: 1_000_000 }
  const shared = createScriptedUpstream({ id: 'shared', answers: { 'tools/list': { tools: [{ name: 'common' }] } } })
  const catalog = stack.use(
    createCatalog({ upstreams: () => [shared], configured: () => [shared.definition, ...facts.sources], events, logger: silentLogger, naming: 'prefixed', listWaitMs: 500 }),
  )
  const open = (definition: McpServerDefinition): ScriptedUpstream => {
    const number = opened.length + 1
    const answers = { 'tools/list': { tools: [{ name: `tool_${number}` }] }, 'tools/call': () => new Promise<never>(() => {}), 'resources/subscribe': {}, 'resources/unsubscribe': {} }
    const upstream = createScriptedUpstream({ id: definition.id, capabilities: { tools: {} }, answers })
    const fresh: ScriptedUpstream = Object.assign(Object.create(upstream) as ScriptedUpstream, {
      start: () => upstream.becomeReady(),
      [Symbol.asyncDispose]: async () => void ended.push(fresh),
    })
    opened.push(fresh)
    return fresh
  }
  const instances = stack.use(createInstances({ catalog, sources: () => facts.sources, open, logger: silentLogger, listWaitMs: 5_000, maxInstances, now: () => facts.now }))
  shared.becomeReady()
  return { instances, opened, ended, facts, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

async function toolsOf(instances: Instances, client: InstanceClient): Promise<readonly string[]> {
  using own = instances.catalogFor(client)
  const { servers } = await own.contacted(ALL)
  return servers.flatMap(({ lists }) => lists.tool.capabilities.map(({ upstreamName }) => upstreamName))
}

async function whyMissing(instances: Instances, client: InstanceClient): Promise<string | undefined> {
  using own = instances.catalogFor(client)
  return (await own.contacted(ALL)).missing[0]?.reason
}

describe('createInstances', () => {
  it('starts nothing for looking, and one instance for each who contacts', async () => {
    await using setup = setUp([defineSource('mine')])
    const { instances, opened } = setup
    using looker = instances.catalogFor(session('a'))
    expect(looker.current.missing.filter(({ server }) => server === 'mine').map(({ server, reason }) => [server, reason])).toEqual([['mine', 'It starts when this client first asks for it.']])
    expect(instances.catalog.current.configured.map(({ server }) => server)).toEqual(['shared', 'mine'])
    await instances.catalog.contacted(ALL)
    expect(opened).toHaveLength(0)
    expect(await toolsOf(instances, session('a'))).toEqual(['common', 'tool_1'])
    expect(await toolsOf(instances, session('b'))).toEqual(['common', 'tool_2'])
    expect(await toolsOf(instances, session('a'))).toEqual(['common', 'tool_1'])
    expect(instances.count('mine' as McpServerId)).toBe(2)
  })

  it('starts nothing of a server that the filter does not select', async () => {
    await using setup = setUp([defineSource('mine'), defineSource('other')])
    using own = setup.instances.catalogFor(session('a'))
    await own.contacted({ ...ALL, servers: ['other' as McpServerId] })
    expect(setup.opened.map(({ id }) => id)).toEqual(['other'])
  })

  it('counts all servers together, and each server for itself', async () => {
    await using setup = setUp([defineSource('mine', { maxInstances: 2 })])
    const { instances } = setup
    for (const name of ['a', 'b']) await toolsOf(instances, session(name))
    expect(await whyMissing(instances, session('c'))).toContain('All 2 instances that `maxInstances`')
    await using tight = setUp([defineSource('one'), defineSource('two')], 1)
    expect(await toolsOf(tight.instances, session('a'))).toEqual(['common', 'tool_1'])
    expect(await whyMissing(tight.instances, session('a'))).toContain('All 1 instances that `mcp.maxInstances`')
  })

  it('makes room by ending what no session and no call needs, and only after a while', async () => {
    await using setup = setUp([defineSource('mine', { maxInstances: 1 })])
    const { instances, ended } = setup
    const plain: InstanceClient = { ...session('x'), session: undefined }
    await toolsOf(instances, plain)
    expect(await whyMissing(instances, session('a'))).toContain('maxInstances')
    setup.facts.now += IDLE_MS / 2
    expect(await toolsOf(instances, session('a'))).toEqual(['common', 'tool_2'])
    expect(ended).toHaveLength(1)
    setup.facts.now += IDLE_MS / 2
    // A session is a member for as long as it lives.
    expect(await whyMissing(instances, plain)).toContain('maxInstances')
    // Its lists are still believed, and it comes back as soon as there is room.
    expect(await toolsOf(instances, plain)).toEqual(['common', 'tool_1'])
    instances.leave('a' as SessionId)
    expect(await whyMissing(instances, plain)).toBeUndefined()
  })

  it('does not end an instance that is waited for, however long it takes to start', async () => {
    await using setup = setUp([defineSource('mine', { maxInstances: 1, idleMs: 1000 })])
    const { instances, opened, ended, facts } = setup
    const started = Promise.withResolvers<object>()
    const plain: InstanceClient = { ...session('x'), session: undefined }
    using own = instances.catalogFor(plain)
    const contacted = own.contacted(ALL)
    const [upstream] = opened
    if (upstream) upstream.answers['tools/list'] = () => started.promise as Promise<JsonObject>
    // Swept several times while its lists are being read.
    facts.now += 60_000
    await new Promise((resolve) => setTimeout(resolve, 600))
    expect(ended).toEqual([])
    started.resolve({ tools: [{ name: 'late' }] })
    await contacted
    expect(instances.count('mine' as McpServerId)).toBe(1)
    facts.now += 60_000
    await expect.poll(() => ended.length).toBe(1)
  })

  it('does not make room of an instance with a running call', async () => {
    await using setup = setUp([defineSource('mine', { maxInstances: 1 })])
    const { instances, opened } = setup
    await toolsOf(instances, { ...session('x'), session: undefined })
    const [upstream] = instances.upstreams()
    void upstream?.call({ method: 'tools/call', params: undefined, signal: new AbortController().signal })
    setup.facts.now += IDLE_MS / 2
    expect(await whyMissing(instances, session('a'))).toContain('maxInstances')
    expect(opened).toHaveLength(1)
  })

  it('ends what was a session’s own when the session ends, and keeps what others use', async () => {
    await using setup = setUp([defineSource('mine'), defineSource('users', { isolation: 'per-user' })])
    const { instances, ended } = setup
    await toolsOf(instances, session('a'))
    await toolsOf(instances, session('b'))
    expect(instances.upstreams()).toHaveLength(3)
    instances.leave('a' as SessionId)
    await expect.poll(() => ended.map(({ id }) => id)).toEqual(['mine'])
    expect(instances.upstreams().map(({ definition }) => definition.id).toSorted()).toEqual(['mine', 'users'])
  })

  it('ends the instances of a server that changed or went, at once unless they are called', async () => {
    const stays = defineSource('stays')
    await using setup = setUp([stays, defineSource('changes')])
    const { instances, ended } = setup
    await toolsOf(instances, session('a'))
    setup.facts.sources = [stays, defineSource('changes', { idleMs: 5_000 })]
    instances.sync()
    await expect.poll(() => ended.map(({ id }) => id)).toEqual(['changes'])
    expect(await toolsOf(instances, session('a'))).toEqual(['common', 'tool_1', 'tool_3'])
  })

  it('starts anew all instances of a server, or one by its key, and skips what is no key', async () => {
    await using setup = setUp([defineSource('mine')])
    const { instances } = setup
    for (const name of ['a', 'b']) await toolsOf(instances, session(name))
    const [key = ''] = instances.upstreams().map(({ id }) => id)
    expect(['mine', key, 'mine:', 'other', 'a:b:c:d'].map((id) => instances.restart(id, 'test'))).toEqual([2, 1, 0, 0, 0])
  })

  it('gives clients with the same instances one snapshot, so that their lists are rendered once', async () => {
    await using setup = setUp([defineSource('users', { isolation: 'per-user' })])
    const { instances } = setup
    using one = instances.catalogFor(session('a'))
    using two = instances.catalogFor(session('b'))
    const snapshot = await one.contacted(ALL)
    expect(await two.contacted(ALL)).toBe(snapshot)
    using stranger = instances.catalogFor({ ...session('c'), principal: { ...anna, id: 'bert' as PrincipalId } })
    expect(await stranger.contacted(ALL)).not.toBe(snapshot)
    expect(one.current).toBe(snapshot)
  })

  it('tells a client of changes of its own instance, and of nobody else’s', async () => {
    await using setup = setUp([defineSource('mine')])
    const { instances, opened } = setup
    using one = instances.catalogFor(session('a'))
    using two = instances.catalogFor(session('b'))
    await one.contacted(ALL)
    await two.contacted(ALL)
    const told: string[] = []
    one.onChange(({ lists }) => told.push(`one ${[...lists.keys()].join()}`))
    two.onChange(({ lists }) => told.push(`two ${[...lists.keys()].join()}`))
    const [first] = opened
    if (first) first.answers['tools/list'] = { tools: [{ name: 'new' }] }
    first?.emit({ kind: 'list-changed', list: 'tools' })
    await expect.poll(() => told).toEqual(['one mine'])
  })

  it('starts nothing for a client that left', async () => {
    await using setup = setUp([defineSource('mine')])
    const own = setup.instances.catalogFor(session('a'))
    own[Symbol.dispose]()
    await own.contacted(ALL)
    expect(setup.opened).toEqual([])
  })
})
