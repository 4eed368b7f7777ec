import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readSelection, type Selector } from '../../src/core/catalog/index.ts'
import type { McpServerId } from '../../src/domain/ids.ts'
import type { PresetDefinition } from '../../src/domain/preset.ts'
import type { JsonText } from '../../src/lib/json-text.ts'
import { createMcpStdio } from '../../src/surfaces/mcp-stdio/index.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, modernRequest, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream, type ScriptedUpstream } from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'

function server(id: string, tags: readonly string[], tool: string): ScriptedUpstream {
  const upstream = createScriptedUpstream({ id, tags, answers: { 'tools/list': { tools: [{ name: tool, inputSchema: { type: 'object' } }] }, 'tools/call': { content: [{ type: 'text', text: id }] } } })
  upstream.start = () => upstream.becomeReady()
  return upstream
}

const tagged = (name: string, ...tags: string[]): PresetDefinition => ({ name, description: undefined, origin: 'document', selection: { kind: 'tags', tags } })

interface Shop extends AsyncDisposable {
  readonly gateway: McpGateway
  /** Swaps the presets in, as a reload does. */
  change(presets: readonly PresetDefinition[]): void
}

async function openShop(presets: readonly PresetDefinition[] = []): Promise<Shop> {
  let current = presets
  const upstreams = [server('a', ['Web', 'prod'], 'x'), server('b', ['web', 'slow'], 'y'), server('c', ['db'], 'z')]
  const gateway = await startMcpGateway({ upstreams, presets: () => current })
  return {
    gateway,
    change(next) {
      current = next
      gateway.catalog.syncServers()
    },
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

const toolsIn = (answer: Json): unknown => ((answer['result'] as { tools?: { name: string }[] } | undefined)?.tools ?? []).map(({ name }) => name)
const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }

async function legacyTools(url: string): Promise<unknown> {
  const client = await connectRaw(url)
  return toolsIn((await client.request({ id: 2, method: 'tools/list' })).answer)
}

interface Line extends AsyncDisposable {
  readonly output: Json[]
  send(message: object): void
  answer(id: unknown): Promise<Json>
}

function stdio({ gateway: { catalog, calls } }: Shop, selectors: readonly Selector[], only?: string): Line {
  const [input, stream] = [new PassThrough(), new PassThrough()]
  const output: Json[] = []
  let held = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (held + chunk.toString()).split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) output.push(JSON.parse(line) as Json)
  })
  const served = createMcpStdio({ catalog, calls, serverInfo: { name: 'trunkline', version: '0' }, logger: silentLogger, input, output: stream, server: only as McpServerId | undefined, selection: readSelection(selectors) })
  return {
    output,
    send: (message) => void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    async answer(id) {
      const find = (): Json | undefined => output.find((message) => message['id'] === id && message['method'] === undefined)
      await until(() => find() !== undefined, `there is an answer to ${String(id)}`)
      return find() ?? {}
    },
    [Symbol.asyncDispose]: () => served[Symbol.asyncDispose](),
  }
}

async function openStdio(shop: Shop, selectors: readonly Selector[]): Promise<Line> {
  const line = stdio(shop, selectors)
  line.send(initialize)
  await line.answer(1)
  return line
}

const SELECTIONS: readonly (readonly [string, Selector, readonly string[]])[] = [
  ['tag-filter=web%2B!slow', { name: 'tag-filter', text: 'web+!slow' }, ['a__x']],
  ['tag-filter=web+!slow', { name: 'tag-filter', text: 'WEB and not slow' }, ['a__x']],
  ['filter=prod,db', { name: 'filter', text: 'prod,db' }, ['a__x', 'c__z']],
  ['tags=slow,DB', { name: 'tags', text: 'slow,DB' }, ['b__y', 'c__z']],
  ['preset=web', { name: 'preset', text: 'web' }, ['a__x', 'b__y']],
  ['tags=nobody', { name: 'tags', text: 'nobody' }, []],
]

const names: readonly Selector['name'][] = ['preset', 'tag-filter', 'filter', 'tags']
const PAIRS = names.flatMap((left, index) => names.slice(index + 1).map((right) => [left, right] as const))

describe('a selection', () => {
  it.each(SELECTIONS)('?%s is the same list over HTTP in both eras and over stdio', async (query, selector, expected) => {
    await using shop = await openShop([tagged('web', 'web')])
    const url = `${shop.gateway.url}/mcp?${query}`
    expect(await legacyTools(url)).toEqual(expected)
    expect(toolsIn((await modernRequest(url, { method: 'tools/list' })).answer)).toEqual(expected)
    await using line = await openStdio(shop, [selector])
    line.send({ id: 2, method: 'tools/list' })
    expect(toolsIn(await line.answer(2))).toEqual(expected)
  })

  it('decides what may be called, not only what is listed', async () => {
    await using shop = await openShop([tagged('web', 'web')])
    const call = { id: 3, method: 'tools/call', params: { name: 'c__z', arguments: {} } }
    const refused = { error: { code: -32602, message: expect.stringContaining('c__z') as string } }
    for (const url of ['/mcp?tags=web', '/mcp?preset=web', '/mcp/presets/web'].map((path) => `${shop.gateway.url}${path}`)) {
      expect((await (await connectRaw(url)).request(call)).answer).toMatchObject(refused)
      expect((await modernRequest(url, call)).answer).toMatchObject(refused)
    }
    await using line = await openStdio(shop, [{ name: 'preset', text: 'web' }])
    line.send(call)
    expect(await line.answer(3)).toMatchObject(refused)
    expect((await modernRequest(`${shop.gateway.url}/mcp?tags=db`, call)).answer).toMatchObject({ result: { content: [{ text: 'c' }] } })
  })

  it('narrows one server, too: it is there under its own names, or a 404', async () => {
    await using shop = await openShop()
    expect(await legacyTools(`${shop.gateway.url}/mcp/a?tags=web`)).toEqual(['x'])
    expect(await postMessage(`${shop.gateway.url}/mcp/a?tags=db`, initialize)).toMatchObject({ status: 404, answer: { error: { data: { selection: { reason: 'not-selected', server: 'a' } } } } })
    expect(() => stdio(shop, [{ name: 'tags', text: 'db' }], 'a')).toThrow('not in the selection')
  })

  it('binds a session: with another selection its id is unknown', async () => {
    await using shop = await openShop([tagged('web', 'web')])
    const { url } = shop.gateway
    const { sessionId } = await connectRaw(`${url}/mcp/presets/web`)
    const list = (path: string): Promise<{ status: number }> => postMessage(`${url}${path}`, { jsonrpc: '2.0', id: 2, method: 'tools/list' }, { 'mcp-session-id': sessionId })
    expect([(await list('/mcp/presets/web')).status, (await list('/mcp?preset=web')).status, (await list('/mcp')).status, (await list('/mcp?tags=web')).status]).toEqual([200, 200, 404, 404])
  })

  it.each(PAIRS)('by %s and %s at once is refused over HTTP and stdio, naming both', async (left, right) => {
    await using shop = await openShop([tagged('web', 'web')])
    const url = `${shop.gateway.url}/mcp?${left}=web&${right}=web`
    const error = { message: expect.stringContaining(`found \`${left}\` and \`${right}\``) as string, data: { code: 'invalid_request', selection: { reason: 'exclusive', parameters: [left, right] } } }
    expect(await postMessage(url, initialize)).toMatchObject({ status: 400, answer: { id: null, error } })
    expect(await modernRequest(url, { method: 'tools/list' })).toMatchObject({ status: 400, answer: { error } })
    expect(() => stdio(shop, [{ name: left, text: 'web' }, { name: right, text: 'web' }])).toThrow(`found \`${left}\` and \`${right}\``)
  })

  it('by the path’s preset and a parameter at once is refused, too', async () => {
    await using shop = await openShop([tagged('web', 'web')])
    const url = `${shop.gateway.url}/mcp/presets/web`
    expect(await postMessage(`${url}?tags=db`, initialize)).toMatchObject({ status: 400, answer: { error: { data: { selection: { reason: 'exclusive', parameters: ['preset', 'tags'] } } } } })
    expect(await postMessage(`${url}?preset=web`, initialize)).toMatchObject({ status: 400, answer: { error: { data: { selection: { reason: 'repeated', parameter: 'preset' } } } } })
  })

  it.each<[string, Selector, number, Json]>([
    ['/mcp?tag-filter=web%2B', { name: 'tag-filter', text: 'web+' }, 400, { reason: 'syntax', parameter: 'tag-filter', position: 5, found: 'the end' }],
    ['/mcp?filter=(web', { name: 'filter', text: '(web' }, 400, { reason: 'syntax', parameter: 'filter', position: 5 }],
    ['/mcp?tags=,', { name: 'tags', text: ',' }, 400, { reason: 'empty', parameter: 'tags' }],
    ['/mcp?preset=', { name: 'preset', text: '' }, 400, { reason: 'empty', parameter: 'preset' }],
    ['/mcp?preset=wbe', { name: 'preset', text: 'wbe' }, 404, { reason: 'unknown-preset', preset: 'wbe', nearest: ['web'] }],
    ['/mcp/presets/wbe', { name: 'preset', text: 'wbe' }, 404, { reason: 'unknown-preset', preset: 'wbe', nearest: ['web'] }],
  ])('%s is refused over HTTP and stdio', async (path, selector, status, selection) => {
    await using shop = await openShop([tagged('web', 'web')])
    expect(await postMessage(`${shop.gateway.url}${path}`, initialize)).toMatchObject({ status, answer: { error: { data: { selection } } } })
    expect(() => stdio(shop, [selector])).toThrow(expect.objectContaining({ problem: expect.objectContaining(selection) as object }) as Error)
  })
})

interface Live {
  readonly name: string
  /** What it was told, in order. */
  readonly told: string[]
  tools(): Promise<unknown>
}

const LISTEN = { notifications: { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true } }
const noteOf = ({ method }: Json): string[] => (typeof method === 'string' && method.endsWith('list_changed') ? [method] : [])

/** A legacy client, a modern one and one on stdio, all on the preset, all listening. */
async function goLive(shop: Shop, preset: string, signal: AbortSignal, stack: AsyncDisposableStack): Promise<readonly Live[]> {
  const url = `${shop.gateway.url}/mcp/presets/${preset}`
  const legacy = await connectRaw(url)
  const [toLegacy, toModern]: [string[], string[]] = [[], []]
  await legacy.listen((message) => toLegacy.push(...noteOf(message)), signal)
  const acknowledged = Promise.withResolvers<void>()
  modernRequest(url, { id: 'sub', method: 'subscriptions/listen', params: LISTEN }, {
    signal,
    onMessage(message) {
      if (message['method'] === 'notifications/subscriptions/acknowledged') acknowledged.resolve()
      toModern.push(...noteOf(message))
    },
  }).catch((error: unknown) => {
    if (!signal.aborted) acknowledged.reject(error)
  })
  await acknowledged.promise
  const line = stack.use(await openStdio(shop, [{ name: 'preset', text: preset }]))
  let id = 10
  return [
    { name: 'legacy', told: toLegacy, tools: async () => toolsIn((await legacy.request({ id: ++id, method: 'tools/list' })).answer) },
    { name: 'modern', told: toModern, tools: async () => toolsIn((await modernRequest(url, { method: 'tools/list' })).answer) },
    {
      name: 'stdio',
      get told() {
        return line.output.flatMap(noteOf)
      },
      async tools() {
        line.send({ id: ++id, method: 'tools/list' })
        return toolsIn(await line.answer(id))
      },
    },
  ]
}

describe('two presets that are changed under their clients', () => {
  it('tell those of the changed one, show them its new meaning, and leave the others alone', async () => {
    await using shop = await openShop([tagged('one', 'web'), tagged('two', 'db')])
    await using stack = new AsyncDisposableStack()
    const leaving = new AbortController()
    stack.defer(() => leaving.abort())
    const ones = await goLive(shop, 'one', leaving.signal, stack)
    const twos = await goLive(shop, 'two', leaving.signal, stack)
    const CHANGED = 'notifications/tools/list_changed'
    const toldOf = (clients: readonly Live[]): unknown => clients.map(({ name, told }) => [name, told])
    const each = (clients: readonly Live[], told: readonly string[]): unknown => clients.map(({ name }) => [name, told])
    for (const client of ones) expect(await client.tools(), client.name).toEqual(['a__x', 'b__y'])

    shop.change([tagged('one', 'prod'), tagged('two', 'db')])
    await expect.poll(() => toldOf(ones)).toEqual(each(ones, [CHANGED]))
    for (const client of ones) expect(await client.tools(), client.name).toEqual(['a__x'])
    expect(toldOf(twos)).toEqual(each(twos, []))

    // The same meaning in other words is nothing to tell.
    shop.change([{ ...tagged('one', 'x'), selection: { kind: 'servers', servers: ['a' as McpServerId] } }, tagged('two', 'slow')])
    await expect.poll(() => toldOf(twos)).toEqual(each(twos, [CHANGED]))
    for (const client of twos) expect(await client.tools(), client.name).toEqual(['b__y'])
    expect(toldOf(ones)).toEqual(each(ones, [CHANGED]))
  })

  it('show nothing when a preset is gone, are a 404 over HTTP, and go on when it is back', async () => {
    await using shop = await openShop([tagged('one', 'web'), tagged('two', 'db')])
    await using stack = new AsyncDisposableStack()
    const leaving = new AbortController()
    stack.defer(() => leaving.abort())
    const [legacy, modern, local] = await goLive(shop, 'one', leaving.signal, stack)
    shop.change([tagged('two', 'db')])
    await expect.poll(() => [legacy, modern, local].map((client) => client?.told.length)).toEqual([1, 1, 1])
    expect(await local?.tools()).toEqual([])
    const url = `${shop.gateway.url}/mcp/presets/one`
    expect(await modernRequest(url, { method: 'tools/list' })).toMatchObject({ status: 404, answer: { error: { data: { selection: { nearest: [] } } } } })
    shop.change([tagged('one', 'prod')])
    for (const client of [legacy, modern, local]) expect(await client?.tools()).toEqual(['a__x'])
  })

  it('end updates of resources that are not shown any more', async () => {
    await using shop = await openShop([tagged('one', 'db', 'web')])
    const far = shop.gateway.upstreams.find(({ id }) => String(id) === 'c') as ScriptedUpstream
    far.answers['resources/list'] = { resources: [{ uri: 'note://1', name: 'n' }] }
    far.answers['resources/subscribe'] = {}
    far.emit({ kind: 'list-changed', list: 'resources' })
    const client = await connectRaw(`${shop.gateway.url}/mcp/presets/one`)
    const updates: unknown[] = []
    const leaving = new AbortController()
    await client.listen((message) => (message['method'] === 'notifications/resources/updated' ? updates.push(message['params']) : undefined), leaving.signal)
    const listed = async (): Promise<unknown> => (await client.request({ id: 5, method: 'resources/list' })).answer['result']
    await expect.poll(listed).toMatchObject({ resources: [{ uri: 'note://1' }] })
    expect((await client.request({ id: 6, method: 'resources/subscribe', params: { uri: 'note://1' } })).answer).toMatchObject({ result: {} })
    const update = { kind: 'resource-updated', params: '{"uri":"note://1"}' as JsonText } as const
    far.emit(update)
    await expect.poll(() => updates).toEqual([{ uri: 'note://1' }])
    shop.change([tagged('one', 'web')])
    far.emit(update)
    shop.change([tagged('one', 'db', 'web')])
    far.emit({ kind: 'resource-updated', params: '{"uri":"note://1","n":2}' as JsonText })
    await expect.poll(() => updates).toEqual([{ uri: 'note://1' }, { uri: 'note://1', n: 2 }])
    leaving.abort()
  })
})
