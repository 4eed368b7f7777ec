import { describe, expect, it } from 'vitest'
import { createScriptedUpstream, type ScriptedOptions, type ScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import type { McpServerId } from '../../domain/ids.ts'
import type { ServerSettings } from '../../domain/server-settings.ts'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText } from '../../lib/json-text.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { twinIdOf, viewCatalog, type CatalogView, type ServerCatalog } from '../catalog/index.ts'
import { LOCAL_PRINCIPAL } from '../identity/index.ts'
import { createCalls, type Calls } from './calls.ts'

const ONE = 'one' as McpServerId
const TWIN = twinIdOf(ONE)
const URI = 'x://r'
const CAPABILITIES = { tools: {}, resources: { subscribe: true } }

function ready(era: 'legacy' | 'modern', answers: ScriptedOptions['answers'] = {}): ScriptedUpstream {
  const upstream = createScriptedUpstream({ id: 'one', era, transport: 'http', capabilities: CAPABILITIES, answers: { 'resources/subscribe': {}, 'resources/unsubscribe': {}, ...answers } })
  upstream.becomeReady()
  return upstream
}

/** As the view of a client is whose calls go over the twin, or over the server’s own connection. */
function viewOver(upstream: McpServerId): CatalogView {
  const list = (kind: 'tool' | 'resource' | 'resource-template' | 'prompt', ...names: string[]): ServerCatalog['lists']['tool'] => ({
    capabilities: names.map((name) => ({ kind, upstreamName: name, definition: toJsonText({ name }) })),
    freshUntil: 0,
    cacheScope: 'public',
  })
  const server: ServerCatalog = {
    server: ONE,
    ...(upstream === ONE ? {} : { upstream }),
    tags: new Set(),
    facts: { era: upstream === ONE ? 'modern' : 'legacy', overHttp: true, capabilities: CAPABILITIES, serverInfo: undefined, instructions: undefined },
    lists: { tool: list('tool', 't'), resource: list('resource'), 'resource-template': list('resource-template'), prompt: list('prompt') },
    stale: false,
  }
  const snapshot = { generation: 1, servers: [server], missing: [], configured: [{ server: ONE, tags: new Set<string>() }], presets: new Map() }
  return viewCatalog(snapshot, LOCAL_PRINCIPAL, { servers: [ONE], tags: undefined, naming: 'original' })
}

interface Bench extends AsyncDisposable {
  readonly calls: Calls
  readonly main: ScriptedUpstream
  readonly twin: ScriptedUpstream
  /** The upstreams that there are. */
  readonly upstreams: ScriptedUpstream[]
}

function setUp(settings?: ServerSettings, answers: JsonObject | (() => Promise<JsonObject>) = { content: [] }): Bench {
  const main = ready('modern', { 'tools/call': answers })
  const twin: ScriptedUpstream = Object.assign(Object.create(ready('legacy', { 'tools/call': answers })) as ScriptedUpstream, { id: TWIN })
  const upstreams = [main, twin]
  const calls = createCalls({ upstreams: () => upstreams, events: createEvents(silentLogger, createMetrics()), logger: silentLogger, ...(settings ? { settings: () => new Map([[ONE, settings]]) } : {}) })
  return { calls, main, twin, upstreams, [Symbol.asyncDispose]: () => calls[Symbol.asyncDispose]() }
}

const methodsOf = ({ calls }: ScriptedUpstream): readonly string[] => calls.map(({ method }) => method)
const subscription = (view: CatalogView) => ({ view, era: 'legacy', params: toJsonText({ uri: URI }) }) as const

describe('calls of a server with a legacy twin', () => {
  it('ends a subscription that was made over the other connection', async () => {
    await using bench = setUp()
    const subscriber = { updated: () => undefined }
    await bench.calls.subscribe(subscriber, subscription(viewOver(TWIN)))
    expect(methodsOf(bench.twin)).toEqual(['resources/subscribe'])
    bench.calls.unsubscribe(subscriber, subscription(viewOver(ONE)))
    await expect.poll(() => methodsOf(bench.twin)).toEqual(['resources/subscribe', 'resources/unsubscribe'])
  })

  it('tells once of a resource that was subscribed to over both, one after the other', async () => {
    await using bench = setUp()
    const listening = Promise.withResolvers<JsonObject>()
    bench.main.answers['subscriptions/listen'] = (call) => {
      call.onServerNotification?.('notifications/subscriptions/acknowledged', toJsonText({ notifications: { resourceSubscriptions: [URI] } }))
      return listening.promise
    }
    const told: string[] = []
    const subscriber = { updated: (server: McpServerId) => void told.push(server) }
    await bench.calls.subscribe(subscriber, subscription(viewOver(ONE)))
    await bench.calls.subscribe(subscriber, subscription(viewOver(TWIN)))
    bench.twin.emit({ kind: 'resource-updated', params: toJsonText({ uri: URI }) })
    bench.main.emit({ kind: 'resource-updated', params: toJsonText({ uri: URI }) })
    expect(told).toEqual([TWIN])
    listening.resolve({})
  })

  it('moves subscriptions of a twin that is gone to the server itself', async () => {
    await using bench = setUp()
    const asked = Promise.withResolvers<string>()
    bench.main.answers['subscriptions/listen'] = (call) => {
      asked.resolve(call.params ?? '')
      return new Promise(() => undefined)
    }
    await bench.calls.subscribe({ updated: () => undefined }, subscription(viewOver(TWIN)))
    bench.upstreams.pop()
    bench.calls.syncServers()
    expect(await asked.promise).toContain(URI)
  })

  it('counts the places of both connections together', async () => {
    const limits = { concurrency: 1, queue: 0, queueTimeoutMs: 1_000, resultBytes: undefined }
    const answer = Promise.withResolvers<JsonObject>()
    await using bench = setUp({ server: ONE, tools: {}, disabledTools: [], enabledTools: undefined, instructions: undefined, pinning: 'off', limits, retries: 0 }, () => answer.promise)
    const call = (era: 'legacy' | 'modern', upstream: McpServerId) =>
      bench.calls.call({ view: viewOver(upstream), principal: LOCAL_PRINCIPAL, method: 'tools/call', params: toJsonText({ name: 't' }), era, signal: new AbortController().signal, logger: silentLogger })
    const first = call('modern', ONE)
    await expect.poll(() => methodsOf(bench.main)).toEqual(['tools/call'])
    await expect(call('legacy', TWIN)).rejects.toMatchObject({ code: 'overloaded' })
    expect(methodsOf(bench.twin)).toEqual([])
    answer.resolve({ resultType: 'complete', content: [] })
    await first
    expect(await call('legacy', TWIN)).toContain('content')
  })
})
