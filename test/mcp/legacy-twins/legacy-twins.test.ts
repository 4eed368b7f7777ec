import { describe, expect, it } from 'vitest'
import { legacyClient, modernClient, textOf, toolNames, type InstanceClient } from '../../support/instance-client.ts'
import { startMcpGateway, type McpGateway } from '../../support/mcp-gateway.ts'
import { connectRaw, modernRequest, type Json, type RawClient } from '../../support/mcp-raw-client.ts'
import { twinPolicy } from '../../support/twin-policy.ts'
import { http, startUpstream } from '../upstream-fixture.ts'
import { runDualEraServer, type DualEraServer, type LegacyWays } from './dual-era-server.ts'

const PATIENCE = { timeout: 15_000 }

interface Setup extends AsyncDisposable {
  readonly server: DualEraServer
  readonly gateway: McpGateway
  readonly url: string
}

async function setUp({ legacy = 'sessions', idleMs = 600_000, hasTwin = true, listWaitMs = 20_000 }: { legacy?: LegacyWays; idleMs?: number; hasTwin?: boolean; listWaitMs?: number } = {}): Promise<Setup> {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await runDualEraServer(legacy))
  const gateway = stack.use(await startMcpGateway({ servers: { dual: http(server.url) }, definition: hasTwin ? twinPolicy({ kind: 'http' }, idleMs) : {}, listWaitMs }))
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'original' })
  const kept = stack.move()
  return { server, gateway, url: `${gateway.url}/mcp/dual`, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** A client with a model: what it was asked, and what came of a call. */
async function callAndAnswer(client: RawClient, name: string): Promise<{ readonly asked: readonly Json[]; readonly answer: Json }> {
  const asked: Json[] = []
  const onMessage = (message: Json): void => {
    if (message['method'] !== 'sampling/createMessage') return
    asked.push(message)
    void client.post({ id: message['id'], result: { role: 'assistant', model: 'mine', content: { type: 'text', text: 'This.' } } })
  }
  const { answer } = await client.request({ id: `call ${name}`, method: 'tools/call', params: { name, arguments: {} } }, { onMessage })
  return { asked, answer }
}

const eraOf = async (client: InstanceClient): Promise<string> => textOf(await client.call('era'))

describe('a server of both eras', () => {
  it('asks a legacy client in the middle of a call, which the modern era alone cannot', async () => {
    await using bare = await setUp({ hasTwin: false })
    const without = await callAndAnswer(await connectRaw(bare.url, { sampling: {} }), 'push')
    expect(without.asked).toEqual([])
    expect(without.answer['result']).toMatchObject({ isError: true })

    await using setup = await setUp()
    const client = await connectRaw(setup.url, { sampling: {} })
    for (const name of ['push', 'ask']) {
      const { asked, answer } = await callAndAnswer(client, name)
      expect(asked).toHaveLength(1)
      expect(textOf(answer)).toContain('This.')
    }
  })

  it('asks a modern client with `input_required`, beside legacy ones', async () => {
    await using setup = await setUp()
    expect(await eraOf(await legacyClient(setup.url))).toBe('legacy')
    expect(await eraOf(modernClient(setup.url))).toBe('modern')
    const params = { name: 'ask', arguments: {}, _meta: { 'io.modelcontextprotocol/clientCapabilities': { sampling: {} } } }
    const { answer } = await modernRequest(setup.url, { method: 'tools/call', params })
    expect(answer['result']).toMatchObject({ resultType: 'input_required', inputRequests: { q: { method: 'sampling/createMessage' } } })
  })

  it('has one twin for all legacy sessions, and none before the first one or for modern clients', async () => {
    await using setup = await setUp()
    const { server, url } = setup
    await modernClient(url).list()
    await eraOf(modernClient(url))
    expect(server.initialized).toBe(0)
    const clients = await Promise.all(Array.from({ length: 5 }, () => legacyClient(url)))
    expect(await Promise.all(clients.map(eraOf))).toEqual(Array.from({ length: 5 }, () => 'legacy'))
    expect([server.initialized, server.sessions]).toEqual([1, 1])
  })

  it('never shows the twin by name', async () => {
    await using setup = await setUp()
    const client = await connectRaw(`${setup.gateway.url}/mcp`)
    const { answer } = await client.request({ id: 1, method: 'tools/list', params: {} })
    expect(toolNames(answer)).toContain('dual__era')
    const called = await client.request({ id: 2, method: 'tools/call', params: { name: 'dual__nothing', arguments: {} } })
    expect(JSON.stringify([answer, called.answer])).not.toContain('~legacy')
  })

  it('tells legacy clients that the twin’s list changed, and no modern one', async () => {
    await using setup = await setUp()
    const { server, url } = setup
    const client = await legacyClient(url)
    expect(toolNames(await client.list())).not.toContain('more')
    const heard: Json[] = []
    const leave = new AbortController()
    await client.raw?.listen((message) => void heard.push(message), leave.signal)
    server.grow('more')
    await expect.poll(() => heard.map(({ method }) => method), PATIENCE).toContain('notifications/tools/list_changed')
    expect(toolNames(await client.list())).toContain('more')
    expect(textOf(await client.call('more'))).toBe('more')
    expect(toolNames(await modernClient(url).list())).not.toContain('more')
    leave.abort()
  })

  it('logs over the twin for the legacy client that named a level', async () => {
    await using setup = await setUp()
    const client = await connectRaw(setup.url)
    await client.request({ id: 1, method: 'logging/setLevel', params: { level: 'info' } })
    const heard: Json[] = []
    const leave = new AbortController()
    await client.listen((message) => void heard.push(message), leave.signal)
    await client.request({ id: 2, method: 'tools/call', params: { name: 'tell', arguments: {} } })
    await expect.poll(() => heard.map(({ params }) => params), PATIENCE).toContainEqual({ level: 'warning', data: 'by itself' })
    leave.abort()
  })
})

describe('createMcpUpstream of a twin', () => {
  it.each([
    ['sessions', 'ready'],
    ['refused', 'failed'],
    ['stateless', 'failed'],
    ['broken', 'backing-off'],
  ] as const)('at a server whose older era is %s comes to be %s', async (legacy, state) => {
    await using server = await runDualEraServer(legacy)
    await using twin = await startUpstream(http(server.url), { definition: { era: 'legacy' }, isTwin: true })
    expect(twin.status.state).toBe(state)
  })
})

describe('a server that has no twin to offer', () => {
  it.each(['refused', 'stateless'] as const)('serves legacy clients by the bridge, and is asked once: %s', async (legacy) => {
    await using setup = await setUp({ legacy })
    const { server, url, gateway } = setup
    for (let index = 0; index < 3; index++) {
      const client = await connectRaw(url, { sampling: {} })
      const { asked, answer } = await callAndAnswer(client, 'ask')
      expect(asked).toHaveLength(1)
      expect(textOf(answer)).toContain('This.')
    }
    expect(await eraOf(await legacyClient(url))).toBe('modern')
    expect([server.initialized, server.sessions]).toEqual([1, 0])

    // It has learned it since, and is asked when it was connected anew.
    server.legacy = 'sessions'
    gateway.upstreams[0]?.restart('the test wants it')
    await expect.poll(async () => eraOf(await legacyClient(url)), PATIENCE).toBe('legacy')
    expect(server.initialized).toBe(2)
  })

  it.each(['silent', 'broken'] as const)('does not keep a legacy client waiting for the twin: %s', async (legacy) => {
    await using setup = await setUp({ legacy, listWaitMs: 300 })
    const client = await legacyClient(setup.url)
    expect(toolNames(await client.list())).toContain('era')
    expect(await eraOf(client)).toBe('modern')
  })

  it('is found to have one as soon as it works', async () => {
    await using setup = await setUp({ legacy: 'broken', listWaitMs: 300 })
    const client = await legacyClient(setup.url)
    expect(await eraOf(client)).toBe('modern')
    setup.server.legacy = 'sessions'
    await expect.poll(() => eraOf(client), PATIENCE).toBe('legacy')
  })
})

describe('a twin that breaks', () => {
  it('makes a new session at a server that forgot its own', async () => {
    await using setup = await setUp()
    const client = await legacyClient(setup.url)
    expect(await eraOf(client)).toBe('legacy')
    setup.server.forgetSessions()
    expect(await eraOf(client)).toBe('legacy')
    expect(setup.server.initialized).toBe(2)
  })

  it('ends the calls that ran over it with an error, and serves the next', async () => {
    await using setup = await setUp()
    const client = await connectRaw(setup.url, { sampling: {} })
    const onMessage = (message: Json): void => {
      if (message['method'] === 'sampling/createMessage') setup.server.forgetSessions()
    }
    const { answer } = await client.request({ id: 1, method: 'tools/call', params: { name: 'push', arguments: {} } }, { onMessage })
    expect(JSON.stringify(answer)).toMatch(/"error"|"isError":true/)
    const { asked, answer: next } = await callAndAnswer(client, 'push')
    expect(asked).toHaveLength(1)
    expect(textOf(next)).toContain('This.')
  })

  it('leaves its clients to the server’s own connection when the server takes none of the older era any more', async () => {
    await using setup = await setUp()
    const { server, url } = setup
    const client = await connectRaw(url, { sampling: {} })
    expect((await callAndAnswer(client, 'push')).asked).toHaveLength(1)
    server.legacy = 'refused'
    server.forgetSessions()
    await expect.poll(async () => textOf((await client.request({ id: 'era', method: 'tools/call', params: { name: 'era', arguments: {} } })).answer), PATIENCE).toBe('modern')
    const { asked, answer } = await callAndAnswer(client, 'ask')
    expect(asked).toHaveLength(1)
    expect(textOf(answer)).toContain('This.')
  })
})

describe('the end of a twin', () => {
  it('comes when no session that used it was there for its idle time, and not before', async () => {
    await using setup = await setUp({ idleMs: 400 })
    const { server, gateway, url } = setup
    const clients = [await legacyClient(url), await legacyClient(url)]
    for (const client of clients) await eraOf(client)
    // Longer than the idle time: the sweep comes round while a session is there.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(server.sessions).toBe(1)
    await Promise.all(clients.map(({ raw }) => fetch(url, { method: 'DELETE', headers: { 'mcp-session-id': raw?.sessionId ?? '' } })))
    await expect.poll(() => server.sessions, PATIENCE).toBe(0)
    expect(gateway.upstreams[0]?.status.state).toBe('ready')
    expect(await eraOf(await legacyClient(url))).toBe('legacy')
    expect([server.initialized, server.sessions]).toEqual([2, 1])
  })

  it('comes with the gateway, which says goodbye to the server', async () => {
    await using server = await runDualEraServer()
    {
      await using gateway = await startMcpGateway({ servers: { dual: http(server.url) }, definition: twinPolicy({ kind: 'http' }) })
      expect(await eraOf(await legacyClient(`${gateway.url}/mcp/dual`))).toBe('legacy')
      expect(server.sessions).toBe(1)
    }
    expect(server.sessions).toBe(0)
  })
})
