import { describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, ENVELOPE, modernRequest, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream } from '../support/scripted-upstream.ts'
import { until as untilHolds } from '../support/until.ts'
import { startFixtureGateway } from './conformance/run-suite.ts'
import { testServer } from './upstream-fixture.ts'

const initialize = (protocolVersion = '2025-11-25') => ({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion, capabilities: {}, clientInfo: { name: 'x', version: '1' } } })

const startDemo = (more: Partial<Parameters<typeof startMcpGateway>[0]> = {}): Promise<McpGateway> => startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } }, ...more })

const errorOf = ({ answer }: { readonly answer: Json }): Json => answer['error'] as Json
const firstText = ({ answer }: { readonly answer: Json }): string | undefined => (answer['result'] as { content?: { text: string }[] } | undefined)?.content?.[0]?.text

describe('legacy sessions over HTTP', () => {
  it.each([
    ['2025-11-25', '2025-11-25'],
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2024-11-05'],
    ['2026-07-28', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ])('a client that asks for %s gets %s', async (asked, offered) => {
    await using gateway = await startDemo()
    const opened = await postMessage(`${gateway.url}/mcp`, initialize(asked))
    expect(opened.answer['result']).toMatchObject({ protocolVersion: offered, serverInfo: { name: 'trunkline' } })
    expect(opened.headers.get('mcp-session-id')).toMatch(/^[\x21-\x7e]{22,}$/)
  })

  it('are missing (400), unknown (404), of another address (404), or ended (404)', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    const ping = { jsonrpc: '2.0', id: 5, method: 'ping' }
    expect(await postMessage(url, ping)).toMatchObject({ status: 400, answer: { id: 5, error: { code: -32600 } } })
    expect(await postMessage(url, ping, { 'mcp-session-id': 'nope' })).toMatchObject({ status: 404, answer: { id: 5 } })
    const { sessionId } = await connectRaw(url)
    const session = { 'mcp-session-id': sessionId }
    expect((await postMessage(url, ping, session)).answer).toEqual({ jsonrpc: '2.0', id: 5, result: {} })
    expect((await postMessage(`${gateway.url}/mcp/demo`, ping, session)).status).toBe(404)
    expect((await postMessage(url, ping, { ...session, 'mcp-protocol-version': '1999-01-01' })).status).toBe(400)
    expect((await fetch(url, { method: 'DELETE', headers: session })).status).toBe(200)
    expect((await postMessage(url, ping, session)).status).toBe(404)
    expect((await fetch(url, { method: 'DELETE', headers: session })).status).toBe(404)
  })

  it('end after their idle time', async () => {
    await using gateway = await startDemo({ sessionIdleMs: 60 })
    const client = await connectRaw(`${gateway.url}/mcp`)
    await untilHolds(() => gateway.sessions.size === 0, 'the session is gone')
    expect((await client.request({ id: 1, method: 'ping' })).status).toBe(404)
  })

  it('belong to the key that opened them', async () => {
    const key = (name: string) => ({ name, key: new Secret(`secret-${name}`), scopes: ['tools:use'] as const })
    await using gateway = await startDemo({ keys: [key('a'), key('b')] })
    const as = (name: string) => ({ authorization: `Bearer secret-${name}` })
    const client = await connectRaw(`${gateway.url}/mcp`, {}, '2025-11-25', as('a'))
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    expect((await postMessage(`${gateway.url}/mcp`, ping, { 'mcp-session-id': client.sessionId, ...as('a') })).status).toBe(200)
    expect((await postMessage(`${gateway.url}/mcp`, ping, { 'mcp-session-id': client.sessionId, ...as('b') })).status).toBe(404)
    expect(await postMessage(`${gateway.url}/mcp`, ping)).toMatchObject({ status: 401, answer: { jsonrpc: '2.0', id: null } })
  })

  it('refuse a second initialize only as a second session, and a request id that still runs', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    const client = await connectRaw(`${gateway.url}/mcp/echo`)
    const call = { id: 1, method: 'tools/call', params: { name: 'wait', arguments: { ms: 4_000 }, _meta: { progressToken: 1 } } }
    const begun = Promise.withResolvers<void>()
    const running = client.request(call, { onMessage: () => begun.resolve() })
    await begun.promise
    expect(errorOf(await client.request(call))).toMatchObject({ code: -32600 })
    expect(firstText(await running)).toBe('waited 4000')
  })

  it('go on when the client’s connection breaks: that is no cancel', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    const client = await connectRaw(`${gateway.url}/mcp/echo`)
    const controller = new AbortController()
    const params = { name: 'wait', arguments: { ms: 100 }, _meta: { progressToken: 1 } }
    const broken = client.request({ id: 1, method: 'tools/call', params }, { signal: controller.signal, onMessage: () => controller.abort() })
    await expect(broken).rejects.toThrow()
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(firstText(await client.request({ id: 2, method: 'tools/call', params: { name: 'cancelled', arguments: {} } }))).toBe('[]')
  })

  it('take batches in the one revision that has them', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    const batch = [{ jsonrpc: '2.0', id: 1, method: 'ping' }, { jsonrpc: '2.0', method: 'notifications/initialized' }, { jsonrpc: '2.0', id: 2, method: 'nope' }]
    const old = await connectRaw(url, {}, '2025-03-26')
    const answered = await postMessage(url, batch, { 'mcp-session-id': old.sessionId })
    expect(answered.answer).toMatchObject([{ id: 1, result: {} }, { id: 2, error: { code: -32601 } }])
    const newer = await connectRaw(url)
    expect(await postMessage(url, batch, { 'mcp-session-id': newer.sessionId })).toMatchObject({ status: 400, answer: { error: { code: -32600 } } })
  })

  it('answer with a stream when progress comes first, and then every answer of a batch on it', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    const old = await connectRaw(url, {}, '2025-03-26')
    const count = { jsonrpc: '2.0', id: 'count', method: 'tools/call', params: { name: 'demo__slow_count', arguments: { to: 2, delayMs: 20 }, _meta: { progressToken: 'p' } } }
    const { headers, before, answer } = await postMessage(url, [{ jsonrpc: '2.0', id: 'ping', method: 'ping' }, count], { 'mcp-session-id': old.sessionId })
    expect(headers.get('content-type')).toBe('text/event-stream')
    const ids = [...before, answer].map(({ id }) => id).filter((id) => id !== undefined)
    expect(new Set(ids)).toEqual(new Set(['ping', 'count']))
    expect(before.filter(({ method }) => method === 'notifications/progress')).toHaveLength(2)
  })
})

describe('answers over HTTP', () => {
  it.each([
    ['no JSON', '{', 400, -32700],
    ['no message', '[]', 400, -32600],
    ['no method', '{"jsonrpc":"2.0","id":1}', 400, -32600],
  ])('refuse a body with %s', async (_what, body, status, code) => {
    await using gateway = await startDemo()
    expect(await postMessage(`${gateway.url}/mcp`, body)).toMatchObject({ status, answer: { id: null, error: { code } } })
  })

  it('refuse other content types, unknown servers, selections and methods, in the shape of JSON-RPC', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    const plain = await fetch(url, { method: 'POST', headers: { 'content-type': 'text/plain' }, body: '{}' })
    expect([plain.status, await plain.json()]).toMatchObject([415, { jsonrpc: '2.0', error: {} }])
    expect(await postMessage(`${url}/nobody`, initialize())).toMatchObject({ status: 404, answer: { error: { message: expect.stringContaining('nobody') } } })
    expect(await postMessage(`${url}?preset=x`, initialize())).toMatchObject({ status: 404, answer: { error: { message: expect.stringContaining('preset `x`') } } })
    expect(await postMessage(`${url}?preset=x&tags=y`, initialize())).toMatchObject({ status: 400, answer: { error: { message: expect.stringContaining('`preset` and `tags`') } } })
    const put = await fetch(url, { method: 'PUT', body: '{}' })
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'POST, GET, DELETE'])
    const head = await fetch(url, { method: 'HEAD' })
    expect(head.status).toBe(405)
    expect((await postMessage(url, initialize(), { accept: 'text/html' })).status).toBe(406)
  })

  it('are JSON for a client that takes no streams, and streams for one that takes no JSON', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    expect((await postMessage(url, initialize(), { accept: 'application/json' })).headers.get('content-type')).toMatch(/^application\/json/)
    const streamed = await postMessage(url, initialize(), { accept: 'text/event-stream' })
    expect(streamed.headers.get('content-type')).toBe('text/event-stream')
    expect(streamed.headers.get('x-accel-buffering')).toBe('no')
    expect(streamed.headers.get('cache-control')).toBe('no-cache, no-transform')
    expect(streamed.answer).toMatchObject({ id: 1, result: {} })
  })

  it('hold what the server wrote, byte for byte', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo') } })
    const { sessionId } = await connectRaw(`${gateway.url}/mcp`)
    const args = '{"10":1,"2":[1e400,12345678901234567890],"s":"\\u00e9\\n","z":null}'
    const response = await fetch(`${gateway.url}/mcp`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'mcp-session-id': sessionId },
      body: `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo__echo","arguments":${args}}}`,
    })
    expect(await response.text()).toContain(`"structuredContent":${args}`)
  })

  it('survive a client that leaves in the middle', async () => {
    await using gateway = await startDemo()
    const client = await connectRaw(`${gateway.url}/mcp`)
    for (let n = 0; n < 10; n++) {
      const controller = new AbortController()
      const params = { name: 'demo__slow_count', arguments: { to: 3, delayMs: 5 }, _meta: { progressToken: n } }
      await client.request({ id: n, method: 'tools/call', params }, { signal: controller.signal, onMessage: () => controller.abort() }).catch(() => undefined)
    }
    expect((await client.request({ id: 'after', method: 'ping' })).answer).toMatchObject({ result: {} })
  })
})

describe('what legacy clients hear outside of their requests', () => {
  it('is `updated` for those who subscribed, and for nobody else', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const url = `${fixture.url}/mcp`
    const [a, b] = await Promise.all([connectRaw(url), connectRaw(url)])
    using stop = listenTo(a)
    using stopB = listenTo(b)
    await Promise.all([stop.ready, stopB.ready])
    const uri = 'test://watched-resource'
    expect((await a.request({ id: 1, method: 'resources/subscribe', params: { uri } })).answer).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
    await b.request({ id: 2, method: 'tools/call', params: { name: 'conf__test_touch_watched', arguments: {} } })
    await untilHolds(() => stop.heard.length > 0, 'a hears of the change')
    expect(stop.heard).toEqual([{ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri } }])
    expect((await a.request({ id: 3, method: 'resources/unsubscribe', params: { uri } })).answer).toEqual({ jsonrpc: '2.0', id: 3, result: {} })
    await b.request({ id: 4, method: 'tools/call', params: { name: 'conf__test_touch_watched', arguments: {} } })
    await b.request({ id: 5, method: 'ping' })
    expect(stop.heard).toHaveLength(1)
    expect(stopB.heard).toEqual([])
  })

  it('is `updated` from a modern server too', async () => {
    await using fixture = await startFixtureGateway({ era: 'modern' })
    const client = await connectRaw(`${fixture.url}/mcp/conf`)
    using stop = listenTo(client)
    await stop.ready
    await client.request({ id: 1, method: 'resources/subscribe', params: { uri: 'test://watched-resource' } })
    await client.request({ id: 2, method: 'tools/call', params: { name: 'test_touch_watched', arguments: {} } })
    await untilHolds(() => stop.heard.length > 0, 'the change is heard')
    expect(stop.heard[0]).toMatchObject({ method: 'notifications/resources/updated', params: { uri: 'test://watched-resource' } })
  })

  it('is a change of the lists in their own view, once, with an id, also if it came before the stream', async () => {
    const one = createScriptedUpstream({ id: 'one', capabilities: { tools: {} }, answers: { 'tools/list': { tools: [{ name: 'a' }] } } })
    const two = createScriptedUpstream({ id: 'two', capabilities: { tools: {} }, answers: { 'tools/list': { tools: [{ name: 'b' }] } } })
    for (const upstream of [one, two]) upstream.becomeReady()
    await using gateway = await startMcpGateway({ upstreams: [one, two] })
    await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
    const [aggregate, other] = await Promise.all([connectRaw(`${gateway.url}/mcp`), connectRaw(`${gateway.url}/mcp/two`)])
    one.answers['tools/list'] = { tools: [{ name: 'a' }, { name: 'c' }] }
    for (let n = 0; n < 5; n++) one.emit({ kind: 'list-changed', list: 'tools' })
    await untilHolds(() => gateway.catalog.current.servers[0]?.lists.tool.capabilities.length === 2, 'the list was read')
    using stop = listenTo(aggregate)
    using stopOther = listenTo(other)
    await untilHolds(() => stop.heard.length > 0, 'the change is heard')
    expect(stop.heard).toEqual([{ jsonrpc: '2.0', method: 'notifications/tools/list_changed' }])
    expect(stopOther.heard).toEqual([])
  })

  it('are log messages as severe as they asked for', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const client = await connectRaw(`${fixture.url}/mcp/conf`)
    const call = (id: number) => client.request({ id, method: 'tools/call', params: { name: 'test_tool_with_logging', arguments: {} } })
    const logs = (messages: readonly Json[]) => messages.filter(({ method }) => method === 'notifications/message').length
    expect((await client.request({ id: 1, method: 'logging/setLevel', params: { level: 'debug' } })).answer).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
    expect(logs((await call(2)).before)).toBe(3)
    await client.request({ id: 3, method: 'logging/setLevel', params: { level: 'error' } })
    expect(logs((await call(4)).before)).toBe(0)
    expect(errorOf(await client.request({ id: 5, method: 'logging/setLevel', params: { level: 'loud' } }))).toMatchObject({ code: -32602 })
  })
})

function listenTo(client: { listen(onMessage: (message: Json) => void, signal: AbortSignal): Promise<void> }) {
  const heard: Json[] = []
  const controller = new AbortController()
  const ready = client.listen((message) => heard.push(message), controller.signal)
  return { heard, ready, [Symbol.dispose]: () => controller.abort() }
}

describe('modern requests over HTTP', () => {
  it.each([
    ['initialize', 404, -32601],
    ['ping', 404, -32601],
    ['logging/setLevel', 404, -32601],
    ['resources/subscribe', 404, -32601],
    ['no/such/method', 404, -32601],
  ])('%s is answered with %i', async (method, status, code) => {
    await using gateway = await startDemo()
    expect(await modernRequest(`${gateway.url}/mcp`, { method })).toMatchObject({ status, answer: { id: 1, error: { code } } })
  })

  it('carry what a modern client needs in every list, and refuse cursors nobody gave out', async () => {
    await using gateway = await startDemo()
    for (const method of ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list']) {
      const { answer } = await modernRequest(`${gateway.url}/mcp`, { method })
      expect(answer['result']).toMatchObject({ resultType: 'complete', ttlMs: expect.any(Number), cacheScope: 'private', _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'trunkline' } } })
      expect(errorOf(await modernRequest(`${gateway.url}/mcp`, { method, params: { cursor: 'x' } }))).toMatchObject({ code: -32602 })
    }
  })

  it('ignore a session id, and GET and DELETE are 405', async () => {
    await using gateway = await startDemo()
    const url = `${gateway.url}/mcp`
    const listed = await modernRequest(url, { method: 'tools/list' }, { headers: { 'mcp-session-id': 'whatever' } })
    expect([listed.status, listed.headers.get('mcp-session-id')]).toEqual([200, null])
    for (const method of ['GET', 'DELETE']) {
      expect((await fetch(url, { method, headers: { 'mcp-protocol-version': '2026-07-28' } })).status).toBe(405)
    }
  })

  it('must mirror annotated parameters, decoded, and are refused else', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    const call = (region: unknown, header?: string) =>
      modernRequest(`${gateway.url}/mcp/echo`, { method: 'tools/call', params: { name: 'regional', arguments: { region } } }, { headers: header === undefined ? {} : { 'mcp-param-region': header } })
    expect((await call('eu', 'eu')).status).toBe(200)
    expect((await call(' é ', '=?base64?IMOpIA==?=')).status).toBe(200)
    expect((await call(null)).status).toBe(200)
    for (const refused of [await call('eu'), await call('eu', 'us'), await call(' é ', '=?base64?bad?='), await call(null, 'eu')]) {
      expect(refused).toMatchObject({ status: 400, answer: { error: { code: -32020 } } })
    }
  })

  it('get log messages only when they ask, and only as severe', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const call = (level?: string) =>
      modernRequest(`${fixture.url}/mcp/conf`, {
        method: 'tools/call',
        params: { name: 'test_logging_tool', arguments: {}, ...(level ? { _meta: { 'io.modelcontextprotocol/logLevel': level } } : {}) },
      })
    expect((await call()).before).toEqual([])
    expect((await call('info')).before).toMatchObject([{ method: 'notifications/message' }])
    expect((await call('error')).before).toEqual([])
    expect(errorOf(await call('loud'))).toMatchObject({ code: -32602 })
  })

  it.each(['legacy', 'modern'] as const)('listen to exactly what they asked for, in front of a %s server', async (era) => {
    await using fixture = await startFixtureGateway({ era })
    const url = `${fixture.url}/mcp/conf`
    const heard: Json[] = []
    const controller = new AbortController()
    const uri = 'test://watched-resource'
    const params = { notifications: { toolsListChanged: true, resourceSubscriptions: [uri, 'nobody://knows'] } }
    const listening = modernRequest(url, { id: 'L', method: 'subscriptions/listen', params }, { signal: controller.signal, onMessage: (message) => heard.push(message) })
    const ended = expect(listening).rejects.toThrow()
    await untilHolds(() => heard.length > 0, 'the subscription is acknowledged')
    expect(heard[0]).toMatchObject({ method: 'notifications/subscriptions/acknowledged', params: { notifications: { toolsListChanged: true } } })
    for (const name of ['test_trigger_prompt_change', 'test_trigger_tool_change', 'test_touch_watched']) {
      await modernRequest(url, { method: 'tools/call', params: { name, arguments: {} } })
    }
    await untilHolds(() => heard.length > 2, 'both changes are heard')
    controller.abort()
    await ended
    expect(new Set(heard.slice(1).map(({ method }) => method))).toEqual(new Set(['notifications/tools/list_changed', 'notifications/resources/updated']))
    for (const message of heard) expect((message['params'] as Json)['_meta']).toMatchObject({ 'io.modelcontextprotocol/subscriptionId': 'L' })
  })

  it('are cancelled at the server when the client leaves', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    const url = `${gateway.url}/mcp/echo`
    await modernRequest(url, { method: 'tools/list' })
    const controller = new AbortController()
    const params = { name: 'wait', arguments: { ms: 8_000 }, _meta: { ...ENVELOPE, progressToken: 1 } }
    const left = modernRequest(url, { method: 'tools/call', params }, { signal: controller.signal, onMessage: () => controller.abort() })
    await expect(left).rejects.toThrow()
    await expect.poll(async () => firstText(await modernRequest(url, { method: 'tools/call', params: { name: 'cancelled', arguments: {} } }))).toMatch(/^\[.+\]$/)
  })

  it('say which resource is not there', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const missing = await modernRequest(`${fixture.url}/mcp/conf`, { method: 'resources/read', params: { uri: 'test://nothing' } })
    expect(errorOf(missing)).toMatchObject({ code: -32602, data: { uri: 'test://nothing' } })
  })
})

describe('a drain', () => {
  it('ends streams that wait for changes, and lets calls finish', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo') } })
    const url = `${gateway.url}/mcp/echo`
    const client = await connectRaw(url)
    const stream = await fetch(url, { headers: { accept: 'text/event-stream', 'mcp-session-id': client.sessionId } })
    const heard: Json[] = []
    const listening = modernRequest(url, { id: 'L', method: 'subscriptions/listen', params: { notifications: {} } }, { onMessage: (message) => heard.push(message) })
    await untilHolds(() => heard.length === 1, 'the subscription is acknowledged')
    const running = client.request({ id: 1, method: 'tools/call', params: { name: 'wait', arguments: { ms: 150 } } })
    gateway.endpoint.drain()
    expect(await stream.text()).toMatch(/^id: \S+\nretry: \d+\ndata: \n\n$/)
    expect((await listening).answer).toEqual({ jsonrpc: '2.0', id: 'L', result: { resultType: 'complete', _meta: { 'io.modelcontextprotocol/subscriptionId': 'L' } } })
    expect(firstText(await running)).toBe('waited 150')
  })
})
