import { request as httpRequest } from 'node:http'
import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../src/domain/ids.ts'
import type { PresetDefinition } from '../../src/domain/preset.ts'
import { Secret } from '../../src/domain/secret.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, ENVELOPE, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { connectSse, openSse } from '../support/mcp-sse-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { until } from '../support/until.ts'
import { callTool, startUpstream, testServer } from './upstream-fixture.ts'

const startDemo = (more: Partial<Parameters<typeof startMcpGateway>[0]> = {}): Promise<McpGateway> => startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } }, ...more })
const startEcho = (): Promise<McpGateway> => startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })

const initialize = (protocolVersion: string, id: unknown = 'i'): Json => ({ id, method: 'initialize', params: { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } } })
const call = (id: unknown, name: string, given: Json = {}, meta?: Json): Json => ({ id, method: 'tools/call', params: { name, arguments: given, ...(meta ? { _meta: meta } : {}) } })
const firstText = (answer: Json): string | undefined => (answer['result'] as { content?: { text: string }[] } | undefined)?.content?.[0]?.text
const ping = { jsonrpc: '2.0', id: 5, method: 'ping' }

describe('a stream of HTTP+SSE', () => {
  it('begins with where to post, and carries every answer', async () => {
    await using gateway = await startDemo()
    const controller = new AbortController()
    const response = await fetch(`${gateway.url}/sse`, { signal: controller.signal })
    expect([response.status, response.headers.get('content-type'), response.headers.get('x-accel-buffering'), response.headers.get('mcp-session-id')]).toEqual([200, 'text/event-stream', 'no', null])
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
    const first = String((await reader?.read())?.value)
    expect(first).toMatch(/^event: endpoint\ndata: \/messages\?sessionId=[\w-]{22}\n\n$/)
    const posted = await fetch(`${gateway.url}${first.split('data: ')[1]?.trim()}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(ping) })
    expect([posted.status, await posted.text()]).toEqual([202, ''])
    expect((await reader?.read())?.value).toBe('event: message\ndata: {"jsonrpc":"2.0","id":5,"result":{}}\n\n')
    controller.abort()
  })

  it.each([['2025-11-25', '2025-11-25'], ['2024-11-05', '2024-11-05'], ['2026-07-28', '2025-11-25']])('offers a client that asks for %s revision %s', async (asked, offered) => {
    await using gateway = await startDemo()
    using client = await openSse(`${gateway.url}/sse`)
    expect((await client.request(initialize(asked)))['result']).toMatchObject({ protocolVersion: offered, serverInfo: { name: 'trunkline' } })
  })

  it('answers only `ping` before `initialize`, takes that once, and nothing of the modern era', async () => {
    await using gateway = await startDemo()
    using client = await openSse(`${gateway.url}/sse`)
    expect(await client.request({ id: 1, method: 'ping' })).toMatchObject({ result: {} })
    expect(await client.request({ id: 2, method: 'tools/list' })).toMatchObject({ error: { code: -32600, message: expect.stringContaining('initialize') } })
    expect(await client.request({ id: 3, method: 'server/discover' })).toMatchObject({ error: { code: -32601 } })
    expect(await client.request({ id: 4, method: 'tools/list', params: { _meta: ENVELOPE } })).toMatchObject({ error: { code: -32601, message: expect.stringContaining('/mcp') } })
    expect(await client.request({ id: 5, method: 'initialize', params: {} })).toMatchObject({ error: { code: -32602 } })
    expect(await client.request(initialize('2025-11-25'))).toMatchObject({ result: {} })
    expect(await client.request(initialize('2025-11-25', 'again'))).toMatchObject({ error: { code: -32600 } })
    expect(await client.request({ id: 6, method: 'tools/list', params: { _meta: ENVELOPE } })).toMatchObject({ error: { code: -32601 } })
  })

  it('serves what a script posts without waiting for the answer to `initialize`', async () => {
    await using gateway = await startDemo()
    using client = await openSse(`${gateway.url}/sse/demo`)
    const [opened, listed] = await Promise.all([client.request(initialize('2025-11-25')), client.request({ id: 2, method: 'ping' }).then(() => client.request({ id: 3, method: 'tools/list' }))])
    expect([opened, listed]).toMatchObject([{ result: {} }, { result: { tools: expect.any(Array) as unknown[] } }])
  })

  it('answers a batch one by one, in the one revision that has batches', async () => {
    await using gateway = await startDemo()
    const batch = [{ jsonrpc: '2.0', id: 'b1', method: 'ping' }, { jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', id: 'b2', method: 'nope' }]
    using old = await connectSse(`${gateway.url}/sse`, {}, '2025-03-26')
    expect(await old.post(batch)).toBe(202)
    await until(() => old.heard.length === 3, 'both were answered')
    expect(old.heard.slice(1).toSorted((a, b) => String(a['id']).localeCompare(String(b['id'])))).toMatchObject([{ id: 'b1', result: {} }, { id: 'b2', error: { code: -32601 } }])
    using newer = await connectSse(`${gateway.url}/sse`, {}, '2024-11-05')
    expect(await newer.post(batch)).toBe(400)
    using before = await openSse(`${gateway.url}/sse`)
    expect(await before.post(batch)).toBe(400)
  })

  it('is one client’s alone: equal ids and progress tokens never meet', async () => {
    await using gateway = await startEcho()
    using one = await connectSse(`${gateway.url}/sse/echo`)
    using two = await connectSse(`${gateway.url}/sse/echo`)
    const answers = await Promise.all([one, two].map((client, index) => client.request(call(1, 'wait', { ms: 40 + index }, { progressToken: 'same' }))))
    expect(answers.map(firstText)).toEqual(['waited 40', 'waited 41'])
    for (const client of [one, two]) expect(client.heard.map(({ method, id }) => method ?? id)).toEqual(['init', ...Array.from({ length: 4 }, () => 'notifications/progress'), 1])
    using three = await connectSse(`${gateway.url}/sse/echo`, { sampling: {} })
    const onMessage = (message: Json): void => {
      // The answer of a stranger to a question of the same id settles nothing.
      void one.post({ id: message['id'], result: { from: 'one' } }).then(() => three.post({ id: message['id'], result: { from: 'three' } }))
    }
    expect(firstText(await three.request(call(2, 'ask', { method: 'sampling/createMessage' }), onMessage))).toContain('three')
  })
})

describe('the session of a stream', () => {
  it('ends with it, and with it its calls at their servers', async () => {
    await using gateway = await startEcho()
    const url = `${gateway.url}/sse/echo`
    const leaving = await connectSse(url)
    const begun = Promise.withResolvers<void>()
    leaving.onMessage(() => begun.resolve())
    await leaving.post(call(1, 'wait', { ms: 8_000 }, { progressToken: 1 }))
    await begun.promise
    using other = await connectSse(url)
    expect(firstText(await other.request(call(1, 'cancelled')))).toBe('[]')
    expect(gateway.sessions.size).toBe(2)
    leaving[Symbol.dispose]()
    await expect.poll(async () => firstText(await other.request(call(2, 'cancelled')))).toMatch(/^\[.+\]$/)
    await until(() => gateway.sessions.size === 1, 'the session is gone')
    expect(await leaving.post(ping)).toBe(404)
  })

  it('does not begin when its client leaves during `initialize`', async () => {
    await using gateway = await startMcpGateway({ servers: { slow: testServer('slow', '--list-delay', '300') } })
    const client = await openSse(`${gateway.url}/sse/slow`)
    expect(await client.post(initialize('2025-11-25'))).toBe(202)
    await until(() => gateway.sessions.size === 1, 'the session is being opened')
    client[Symbol.dispose]()
    await until(() => gateway.sessions.size === 0, 'the session is gone')
  })

  it('leaves nothing behind when it cannot be opened', async () => {
    await using gateway = await startMcpGateway({ servers: { slow: testServer('slow', '--list-delay', '300') } })
    using client = await openSse(`${gateway.url}/sse/slow`)
    const opening = client.request(initialize('2025-11-25'))
    await until(() => gateway.sessions.size === 1, 'the session is being opened')
    await gateway.endpoint[Symbol.asyncDispose]()
    expect(await opening).toMatchObject({ error: { code: -32603, data: { code: 'gateway_draining' } } })
    expect(gateway.sessions.size).toBe(0)
  })

  it('goes on without a word for longer than others may be idle', async () => {
    await using gateway = await startDemo({ sessionIdleMs: 60 })
    using client = await connectSse(`${gateway.url}/sse`)
    for (const _life of [1, 2, 3]) {
      const streamable = await connectRaw(`${gateway.url}/mcp`)
      await until(() => gateway.sessions.size === 1, 'the other session is gone')
      expect((await streamable.request({ id: 1, method: 'ping' })).status).toBe(404)
    }
    expect(await client.request({ id: 1, method: 'tools/list' })).toMatchObject({ result: {} })
  })

  it('is none at /mcp, and a session of /mcp is none at /messages', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    using client = await connectSse(`${gateway.url}/sse`)
    const streamId = new URL(client.endpoint).searchParams.get('sessionId') ?? ''
    const [session] = [...gateway.sessions.all()]
    expect(session?.id).not.toBe(streamId)
    for (const id of [streamId, session?.id ?? '']) expect((await postMessage(url, ping, { 'mcp-session-id': id })).status).toBe(404)
    const { sessionId } = await connectRaw(url)
    expect(await postMessage(`${gateway.url}/messages?sessionId=${sessionId}`, ping)).toMatchObject({ status: 404, answer: { error: { code: -32600 } } })
  })

  it('ends its stream when it is ended here', async () => {
    await using gateway = await startDemo()
    using client = await connectSse(`${gateway.url}/sse`)
    const [session] = [...gateway.sessions.all()]
    if (!session) throw new Error('there is no session')
    await gateway.sessions.delete(session.id)
    expect(await client.ended).toBe(true)
  })
})

describe('posts of HTTP+SSE', () => {
  it('are refused in the shape of JSON-RPC', async () => {
    await using gateway = await startDemo()
    using client = await connectSse(`${gateway.url}/sse`)
    const messages = `${gateway.url}/messages`
    expect(await postMessage(messages, ping)).toMatchObject({ status: 400, answer: { error: { code: -32600, message: expect.stringContaining('sessionId') } } })
    expect(await postMessage(`${messages}?sessionId=nope`, ping)).toMatchObject({ status: 404, answer: { error: { code: -32600 } } })
    expect(await postMessage(client.endpoint, '{')).toMatchObject({ status: 400, answer: { id: null, error: { code: -32700 } } })
    expect(await postMessage(client.endpoint, '{"jsonrpc":"2.0","id":1}')).toMatchObject({ status: 400, answer: { error: { code: -32600 } } })
    expect(await postMessage(client.endpoint, ping, { 'content-type': 'text/plain' })).toMatchObject({ status: 415, answer: { jsonrpc: '2.0', error: {} } })
    expect(await postMessage(client.endpoint, ping, { 'mcp-protocol-version': '1999-01-01' })).toMatchObject({ status: 400 })
    expect(await postMessage(client.endpoint, ping, { origin: 'https://evil.example' })).toMatchObject({ status: 403 })
    // Nothing of all that reached the stream.
    expect(client.heard.map(({ id }) => id)).toEqual(['init'])
  })

  it('that are too large are refused before they are read', async () => {
    await using gateway = await startDemo()
    using client = await connectSse(`${gateway.url}/sse`)
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': 64 * 1024 * 1024 }
      const sent = httpRequest(client.endpoint, { method: 'POST', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
        sent.destroy()
      })
      sent.on('error', reject)
      sent.flushHeaders()
    })
    expect(status).toBe(413)
  })

  it('belong to the key that opened the stream', async () => {
    const key = (name: string) => ({ name, key: new Secret(`secret-${name}`), scopes: ['tools:use'] as const })
    await using gateway = await startDemo({ keys: [key('a'), key('b')] })
    const as = (name: string) => ({ authorization: `Bearer secret-${name}` })
    expect((await fetch(`${gateway.url}/sse`)).status).toBe(401)
    expect((await fetch(`${gateway.url}/sse`, { headers: as('nobody') })).status).toBe(401)
    using client = await connectSse(`${gateway.url}/sse`, {}, '2025-11-25', as('a'))
    expect(await postMessage(client.endpoint, ping)).toMatchObject({ status: 401, answer: { jsonrpc: '2.0', id: null } })
    expect((await postMessage(client.endpoint, ping, as('b'))).status).toBe(404)
    expect((await postMessage(client.endpoint, ping, as('a'))).status).toBe(202)
  })
})

describe('the addresses of HTTP+SSE', () => {
  it('refuse other methods, unknown servers and selections, and clients that take no streams', async () => {
    await using gateway = await startDemo()
    const refused = async (path: string, init: RequestInit = {}): Promise<unknown> => {
      const response = await fetch(`${gateway.url}${path}`, init)
      await response.body?.cancel()
      return [response.status, response.headers.get('allow')]
    }
    expect(await refused('/sse', { method: 'POST', body: '{}' })).toEqual([405, 'GET'])
    expect(await refused('/sse/demo', { method: 'DELETE' })).toEqual([405, 'GET'])
    expect(await refused('/sse', { method: 'HEAD' })).toEqual([405, 'GET'])
    expect(await refused('/messages')).toEqual([405, 'POST'])
    expect(await refused('/sse', { headers: { accept: 'application/json' } })).toEqual([406, null])
    for (const path of ['/sse/nobody', '/sse?preset=x', '/sse/presets/x']) expect(await refused(path)).toEqual([404, null])
    for (const path of ['/sse?preset=x&tags=y', '/sse?tag=x', '/sse?mode=loud']) expect(await refused(path)).toEqual([400, null])
    expect(await refused('/sse', { headers: { origin: 'https://evil.example' } })).toEqual([403, null])
    expect(gateway.sessions.size).toBe(0)
  })

  it('show what a preset means now, and nothing when it is gone', async () => {
    const server = (id: string) => {
      const upstream = createScriptedUpstream({ id, answers: { 'tools/list': { tools: [{ name: 'x', inputSchema: { type: 'object' } }] } } })
      upstream.start = () => upstream.becomeReady()
      return upstream
    }
    const preset = (...servers: string[]): PresetDefinition => ({ name: 'mine', description: undefined, origin: 'document', selection: { kind: 'servers', servers: servers as McpServerId[] } })
    let presets: readonly PresetDefinition[] = [preset('a')]
    await using gateway = await startMcpGateway({ upstreams: [server('a'), server('b')], presets: () => presets })
    using client = await connectSse(`${gateway.url}/sse/presets/mine`)
    let id = 0
    const tools = async (): Promise<unknown> => ((await client.request({ id: ++id, method: 'tools/list' }))['result'] as { tools: { name: string }[] }).tools.map(({ name }) => name)
    const notices = (): number => client.heard.filter(({ method }) => method === 'notifications/tools/list_changed').length
    expect(await tools()).toEqual(['a__x'])
    for (const [next, shown] of [[[preset('a', 'b')], ['a__x', 'b__x']], [[], []], [[preset('b')], ['b__x']]] as const) {
      const before = notices()
      presets = next
      gateway.catalog.syncServers()
      await until(() => notices() > before, 'the client was told')
      expect(await tools()).toEqual(shown)
    }
  })

  it.each(['sse', 'http'] as const)('are found by another gateway that has them as a server of kind %s', async (kind) => {
    await using gateway = await startEcho()
    await using upstream = await startUpstream({ kind, url: `${gateway.url}/sse`, headers: {} })
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era: 'legacy' } })
    expect(await callTool(upstream, 'echo__echo', { a: 1 })).toMatchObject({ structuredContent: { a: 1 } })
  })

  it('take the modes of /mcp', async () => {
    await using gateway = await startDemo()
    using client = await connectSse(`${gateway.url}/sse?mode=search`)
    const { result } = await client.request({ id: 1, method: 'tools/list' })
    expect((result as { tools: { name: string }[] }).tools.map(({ name }) => name)).toContain('tool_search')
  })

  it('are open to pages of configured origins', async () => {
    const origin = 'http://localhost:6274'
    await using gateway = await startDemo({ corsOrigins: [origin] })
    using client = await connectSse(`${gateway.url}/sse`)
    for (const path of ['/sse', '/messages']) {
      const preflight = await fetch(`${gateway.url}${path}`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' } })
      expect([preflight.status, preflight.headers.get('access-control-allow-origin'), preflight.headers.get('access-control-allow-headers')]).toEqual([204, origin, 'content-type'])
    }
    expect((await postMessage(client.endpoint, ping, { origin })).headers.get('access-control-allow-origin')).toBe(origin)
  })
})

describe('a drain', () => {
  it('ends streams, those with calls when their last one was answered', async () => {
    await using gateway = await startEcho()
    using idle = await connectSse(`${gateway.url}/sse/echo`)
    using fresh = await openSse(`${gateway.url}/sse`)
    using busy = await connectSse(`${gateway.url}/sse/echo`, { sampling: {} })
    const asked = Promise.withResolvers<Json>()
    const running = busy.request(call(1, 'ask', { method: 'sampling/createMessage' }), (message) => asked.resolve(message))
    const question = await asked.promise
    gateway.endpoint.drain()
    expect(await Promise.all([idle.ended, fresh.ended])).toEqual([true, true])
    expect(await busy.post({ id: question['id'], result: { said: 'late' } })).toBe(202)
    expect(firstText(await running)).toContain('late')
    expect(await busy.ended).toBe(true)
    await until(() => gateway.sessions.size === 0, 'all sessions are gone')
  })
})
