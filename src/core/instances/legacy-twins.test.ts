import { describe, expect, it } from 'vitest'
import { createScriptedUpstream, type ScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import type { McpServerId, PrincipalId, SessionId } from '../../domain/ids.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { createCatalog, twinIdOf, upstreamOf, viewCatalog, type CatalogChange, type CatalogFilter, type CatalogSnapshot } from '../catalog/index.ts'
import { LOCAL_PRINCIPAL, type Principal } from '../identity/index.ts'
import { createInstances, type Instances } from './create-instances.ts'
import type { InstanceClient } from './instance-client.ts'

const ALL: CatalogFilter = { servers: 'all', tags: undefined, naming: 'prefixed' }
const ONE = 'one' as McpServerId
const TWIN = twinIdOf(ONE)
const LIST_WAIT_MS = 300

const anna: Principal = { id: 'anna' as PrincipalId, via: { kind: 'login' }, scopes: new Set() }
const session = (name: string): InstanceClient => ({ principal: anna, session: name as SessionId, context: undefined, clientInfo: undefined, transport: 'http' })

interface Setup extends AsyncDisposable {
  readonly instances: Instances
  readonly main: ScriptedUpstream
  readonly other: ScriptedUpstream
  readonly opened: ScriptedUpstream[]
  readonly asked: McpServerDefinition[]
}

function serve(id: string, era: 'legacy' | 'modern', twin: boolean): ScriptedUpstream {
  const upstream = createScriptedUpstream({ id, era, transport: 'http', capabilities: { tools: {} }, answers: { 'tools/list': { tools: [{ name: 'same' }] } } })
  const definition: McpServerDefinition = { ...upstream.definition, era: 'auto', ...(twin ? { twin: { opens: 'for-sessions' as const, idleMs: 60_000 } } : {}) }
  return Object.assign(Object.create(upstream) as ScriptedUpstream, { definition })
}

/** A server with both eras, one with a twin policy that turns out to be legacy, and one without the policy. */
function setUp(start: (twin: ScriptedUpstream) => void = (twin) => twin.becomeReady()): Setup {
  const stack = new AsyncDisposableStack()
  const events = createEvents(silentLogger, createMetrics())
  const [main, other, plain] = [serve('one', 'modern', true), serve('other', 'legacy', true), serve('plain', 'modern', false)]
  const opened: ScriptedUpstream[] = []
  const asked: McpServerDefinition[] = []
  const servers = (): ScriptedUpstream[] => [main, other, plain]
  const catalog = stack.use(createCatalog({ upstreams: servers, events, logger: silentLogger, naming: 'prefixed', listWaitMs: LIST_WAIT_MS }))
  const open = (definition: McpServerDefinition): ScriptedUpstream => {
    asked.push(definition)
    const twin = serve('one', 'legacy', false)
    opened.push(twin)
    return Object.assign(Object.create(twin) as ScriptedUpstream, { start: () => start(twin) })
  }
  const none = (): never => {
    throw new Error('there are no instances')
  }
  const instances = stack.use(createInstances({ catalog, sources: () => [], open: none, twins: { servers, open }, logger: silentLogger, listWaitMs: LIST_WAIT_MS, maxInstances: 1 }))
  for (const upstream of servers()) upstream.becomeReady()
  return { instances, main, other, opened, asked, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const upstreamIn = (snapshot: CatalogSnapshot): McpServerId => upstreamOf(viewCatalog(snapshot, LOCAL_PRINCIPAL, ALL), ONE)

describe('legacy twins', () => {
  it('are opened by legacy sessions that use the server, for servers of both eras alone, and once', async () => {
    await using setup = setUp()
    const { instances, asked } = setup
    using looker = instances.catalogFor(session('a'))
    expect(upstreamIn(looker.current)).toBe(ONE)
    expect(upstreamIn(await instances.catalog.contacted(ALL, anna))).toBe(ONE)
    using modern = instances.catalogFor({ ...session('a'), session: undefined })
    await modern.contacted(ALL)
    await looker.contacted({ ...ALL, servers: ['other' as McpServerId, 'plain' as McpServerId] })
    expect(asked).toEqual([])

    using another = instances.catalogFor(session('b'))
    const seen = await Promise.all([looker.contacted(ALL), another.contacted(ALL)])
    expect(seen.map(upstreamIn)).toEqual([TWIN, TWIN])
    expect(seen[0]).toBe(seen[1])
    expect(asked.map(({ id, era }) => [id, era])).toEqual([[ONE, 'legacy']])
    expect(upstreamIn(modern.current)).toBe(ONE)
    expect(instances.upstreams().map(({ id }) => id)).toEqual([TWIN])
    // Nobody administers it: it is no instance.
    expect([instances.count(ONE), instances.learned(), instances.restart(TWIN, 'no')]).toEqual([0, [], 0])
  })

  it('are told of to whoever listens when calls go elsewhere, though the lists are the same', async () => {
    await using setup = setUp((twin) => void twin)
    using own = setup.instances.catalogFor(session('a'))
    const changes: CatalogChange[] = []
    own.onChange((change) => void changes.push(change))
    expect(upstreamIn(await own.contacted(ALL))).toBe(ONE)
    const before = changes.length
    setup.opened[0]?.becomeReady()
    await expect.poll(() => upstreamIn(own.current)).toBe(TWIN)
    expect(changes.slice(before).map(({ lists }) => [...lists])).toEqual([[]])
    setup.opened[0]?.become({ state: 'backing-off', attempt: 1, nextAttemptAt: new Date(), reason: 'is away' })
    expect(upstreamIn(own.current)).toBe(ONE)
    expect(own.current.missing).toEqual([])
    expect(changes).toHaveLength(before + 2)
  })

  it('are waited for once, and not by every request of a client', async () => {
    await using setup = setUp((twin) => void twin)
    using own = setup.instances.catalogFor(session('a'))
    await own.contacted(ALL)
    const later = new Promise((resolve) => setImmediate(() => resolve('waits')))
    expect(await Promise.race([own.contacted(ALL).then(() => 'at once'), later])).toBe('at once')
    expect(setup.opened).toHaveLength(1)
  })

  it('are not shown for a server that has become one of the older era itself', async () => {
    await using setup = setUp()
    using own = setup.instances.catalogFor(session('a'))
    expect(upstreamIn(await own.contacted(ALL))).toBe(TWIN)
    setup.main.become({ state: 'ready', since: new Date(), hello: { era: 'legacy', protocolVersion: '2025-11-25', capabilities: { tools: {} }, serverInfo: undefined, instructions: undefined } })
    expect(upstreamIn(await own.contacted(ALL))).toBe(ONE)
  })
})
