import type { RequestListener } from 'node:http'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { JsonText } from '../../src/lib/json-text.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { UpstreamChange } from '../../src/upstreams/mcp/index.ts'
import { callTool, content, fakeServer, http, initialized, isReady, readRpc, replyJson, runTestServer, startUpstream, textOf, toolNames, until } from './upstream-fixture.ts'

const FAST = { backOffFirstMs: 30, backOffLastMs: 200, streamRetryMs: 30 }

describe.each([['legacy', ['--legacy']], ['modern', []]] as const)('createMcpUpstream over streamable HTTP, %s', (era, args) => {
  it('finds the era, lists and calls, with arguments byte for byte', async () => {
    await using server = await runTestServer('echo', ...args)
    await using upstream = await startUpstream(http(server.url))
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era, serverInfo: { name: 'echo' } } })
    expect(await toolNames(upstream)).toContain('who')
    const given = '{"2":1,"1":12345678901234567890}'
    const result = await upstream.call({ method: 'tools/call', params: `{"name":"echo","arguments":${given}}` as JsonText, signal: new AbortController().signal })
    expect(result).toContain(`"structuredContent":${given}`)
  })

  it('gives progress to its call and cancels only one', async () => {
    await using server = await runTestServer('echo', ...args)
    await using upstream = await startUpstream(http(server.url))
    const seen: number[] = []
    const stop = new AbortController()
    const doomed = callTool(upstream, 'wait', { ms: 8_000 }, { signal: stop.signal, onProgress: () => stop.abort() })
    const kept = callTool(upstream, 'wait', { ms: 300 }, { onProgress: (params) => seen.push((JSON.parse(params) as { progress: number }).progress) })
    await expect(doomed).rejects.toMatchObject({ code: 'cancelled' })
    expect(textOf(await kept)).toBe('waited 300')
    expect(seen).toEqual([1, 2, 3, 4])
    if (era === 'legacy') await expect.poll(async () => content(await callTool(upstream, 'cancelled'))).toHaveLength(1)
  })

  it('reports changes from its stream', async () => {
    await using server = await runTestServer('mutating', ...args)
    await using upstream = await startUpstream(http(server.url))
    const changes: UpstreamChange[] = []
    upstream.onChange((change) => changes.push(change))
    await callTool(upstream, 'mutate')
    await until(upstream, () => changes.length > 0)
    expect(changes[0]).toEqual({ kind: 'list-changed', list: 'tools' })
  })

  it('backs off while nobody listens', async () => {
    const server = await runTestServer('echo', ...args)
    await using upstream = await startUpstream(http(server.url), { timing: FAST })
    await server[Symbol.asyncDispose]()
    await expect(callTool(upstream, 'who')).rejects.toMatchObject({ code: 'server_unavailable' })
    expect(upstream.status.state).toMatch(/backing-off|starting/)
  })
})

describe('createMcpUpstream over streamable HTTP, restarts', () => {
  const listener: RequestListener = (request, response) => {
    void readRpc(request).then(({ id, method }) => {
      const result = method === 'server/discover' ? { supportedVersions: ['2026-07-28'], capabilities: {} } : { content: [{ type: 'text', text: 'ok' }] }
      replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } })
    })
  }

  it('delivers a call that met a closed port once the server is back', async () => {
    const first = await fakeServer(listener)
    await using upstream = await startUpstream(http(first.url), { timing: { backOffFirstMs: 3_000 } })
    await first[Symbol.asyncDispose]()
    const call = callTool(upstream, 'x')
    await until(upstream, ({ status }) => status.state === 'backing-off')
    await using second = await fakeServer(listener, first.port)
    expect(textOf(await call)).toBe('ok')
    expect(second.port).toBe(first.port)
  })
})

describe('createMcpUpstream over streamable HTTP, whose request is it', () => {
  it('knows a server’s question by the stream it came on, with many calls in flight', async () => {
    await using server = await runTestServer('echo', '--legacy')
    await using upstream = await startUpstream(http(server.url))
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, caller) =>
        callTool(upstream, 'ask', { method: 'sampling/createMessage', from: caller }, {
          onServerRequest: (_method, params) => Promise.resolve(`{"caller":${caller},"asked":${params ?? 'null'}}` as JsonText),
        }),
      ),
    )
    expect(results.map(content)).toEqual(Array.from({ length: 20 }, (_, caller) => ({ caller, asked: { from: caller } })))
  })
})

describe('createMcpUpstream over streamable HTTP, MCP sessions', () => {
  interface Seen {
    readonly method: unknown
    readonly session: unknown
    readonly version: unknown
  }

  /** A legacy server whose session the test can make it forget. */
  function sessionServer(refusal: { status: number; body: JsonObject }): { seen: Seen[]; forget(): void; listener: RequestListener } {
    const seen: Seen[] = []
    let current = 0
    let isLive = false
    return {
      seen,
      forget: () => (isLive = false),
      listener: (request, response) => {
        void (async () => {
          const { id, method } = request.method === 'POST' ? await readRpc(request) : { id: undefined, method: request.method }
          const session = request.headers['mcp-session-id']
          seen.push({ method, session, version: request.headers['mcp-protocol-version'] })
          if (method === 'server/discover') return replyJson(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'no' } }, 400)
          if (method === 'initialize') {
            isLive = true
            return replyJson(response, initialized(id), 200, { 'mcp-session-id': `s${++current}` })
          }
          if (!isLive || session !== `s${current}`) return replyJson(response, refusal.body, refusal.status)
          if (method === 'GET') return void response.writeHead(405).end()
          if (id === undefined) return void response.writeHead(202).end()
          replyJson(response, { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: String(session) }] } })
        })()
      },
    }
  }

  const error = (code: number, message: string): JsonObject => ({ jsonrpc: '2.0', id: null, error: { code, message } })

  it.each([
    ['404', 404, error(-32001, 'Session not found')],
    ['400 as SDK servers do', 400, error(-32000, 'Bad Request: No valid session ID provided')],
    ['400 not initialized', 400, error(-32000, 'Bad Request: Server not initialized')],
  ])('makes exactly one new session after %s, and repeats every refused call', async (_, status, body) => {
    const fake = sessionServer({ status, body })
    await using server = await fakeServer(fake.listener)
    await using upstream = await startUpstream(http(server.url))
    const changes: UpstreamChange[] = []
    upstream.onChange((change) => changes.push(change))
    expect(textOf(await callTool(upstream, 'x'))).toBe('s1')
    fake.forget()
    const results = await Promise.all(Array.from({ length: 30 }, () => callTool(upstream, 'x')))
    expect(results.map(textOf)).toEqual(Array(30).fill('s2'))
    expect(fake.seen.filter(({ method }) => method === 'initialize')).toHaveLength(2)
    expect(changes).toContainEqual({ kind: 'list-changed', list: 'tools' })
    expect(upstream.status.state).toBe('ready')
  })

  it('sends the session and the version with everything after the handshake, and says goodbye', async () => {
    const fake = sessionServer({ status: 404, body: error(-32001, 'Session not found') })
    await using server = await fakeServer(fake.listener)
    const upstream = await startUpstream(http(server.url))
    await callTool(upstream, 'x')
    await upstream[Symbol.asyncDispose]()
    const later = fake.seen.filter(({ method }) => method !== 'server/discover' && method !== 'initialize')
    expect(later.map(({ method }) => method)).toEqual(expect.arrayContaining(['notifications/initialized', 'GET', 'tools/call', 'DELETE']))
    for (const { session, version } of later) expect({ session, version }).toEqual({ session: 's1', version: '2025-11-25' })
  })

  it('ends the calls when no new session is to be had', async () => {
    let isUp = true
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        if (!isUp || method === 'server/discover') return replyJson(response, error(-32001, 'Session not found'), 404)
        if (method === 'initialize') return replyJson(response, initialized(id), 200, { 'mcp-session-id': 's' })
        response.writeHead(id === undefined ? 202 : 405).end()
      })
    })
    await using upstream = await startUpstream(http(server.url), { timing: FAST })
    isUp = false
    await expect(callTool(upstream, 'x')).rejects.toMatchObject({ code: 'server_unavailable' })
    expect(upstream.status.state).not.toBe('ready')
  })
})

describe('createMcpUpstream over streamable HTTP, streams', () => {
  it('takes up an answer stream that broke, from the last event on', async () => {
    const resumed: unknown[] = []
    await using server = await fakeServer((request, response) => {
      void (async () => {
        if (request.method === 'GET') {
          const from = request.headers['last-event-id']
          if (from === undefined) return void response.writeHead(405).end()
          resumed.push(from)
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          const [, id] = String(from).split('-')
          if (resumed.length === 1) return void response.end(`id: b-${id}\ndata: \n\n`)
          return void response.end(`id: c-${id}\ndata: {"jsonrpc":"2.0","id":${id},"result":{"content":[{"type":"text","text":"late"}]}}\n\n`)
        }
        const { id, method } = await readRpc(request)
        if (method === 'server/discover') return void response.writeHead(400).end()
        if (method === 'initialize') return replyJson(response, initialized(id))
        if (id === undefined) return void response.writeHead(202).end()
        response.writeHead(200, { 'content-type': 'text/event-stream' }).end(`id: a-${id as number}\nretry: 20\ndata: \n\n`)
      })()
    })
    await using upstream = await startUpstream(http(server.url))
    expect(textOf(await callTool(upstream, 'x'))).toBe('late')
    expect(resumed.map((id) => String(id).slice(0, 1))).toEqual(['a', 'b'])
  })

  it('opens its listening stream again from where it broke, without repeating events', async () => {
    const from: unknown[] = []
    await using server = await fakeServer((request, response) => {
      void (async () => {
        if (request.method === 'GET') {
          from.push(request.headers['last-event-id'])
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write(`retry: 20\nid: ${from.length}\ndata: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\n\n`)
          if (from.length < 3) response.end()
          return
        }
        const { id, method } = await readRpc(request)
        if (method === 'server/discover') return void response.writeHead(400).end()
        if (method === 'initialize') return replyJson(response, initialized(id))
        response.writeHead(202).end()
      })()
    })
    await using upstream = await startUpstream(http(server.url))
    let changes = 0
    upstream.onChange((change) => (changes += change.kind === 'list-changed' ? 1 : 0))
    await expect.poll(() => from).toEqual([undefined, '1', '2'])
    await expect.poll(() => changes).toBeGreaterThanOrEqual(2)
  })

  it('opens a dropped change stream of a modern server again and counts every list as changed', async () => {
    let streams = 0
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        const hello = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: { tools: { listChanged: true }, prompts: {} } }
        if (method === 'server/discover') return replyJson(response, { jsonrpc: '2.0', id, result: hello })
        streams++
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        response.write(`data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/subscriptions/acknowledged', params: {} })}\n\n`)
        if (streams === 1) setTimeout(() => response.destroy(), 20)
      })
    })
    await using upstream = await startUpstream(http(server.url), { timing: FAST })
    const changes: UpstreamChange[] = []
    upstream.onChange((change) => changes.push(change))
    await expect.poll(() => changes).toEqual([{ kind: 'list-changed', list: 'tools' }, { kind: 'list-changed', list: 'prompts' }])
    expect(streams).toBe(2)
  })

  it.each([[404, ''], [400, '{"jsonrpc":"2.0","id":null,"error":{"code":-32601,"message":"no"}}']])('stays ready when a modern server refuses its change stream with %i', async (status, body) => {
    const methods: unknown[] = []
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        methods.push(method)
        const capabilities = { tools: { listChanged: true } }
        if (method === 'server/discover') return replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities } })
        response.writeHead(status).end(body)
      })
    })
    await using upstream = await startUpstream(http(server.url), { timing: FAST })
    const states: string[] = []
    upstream.onChange(() => states.push(upstream.status.state))
    await expect.poll(() => methods).toEqual(['server/discover', 'subscriptions/listen'])
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(methods).toHaveLength(2)
    expect(states).toEqual([])
  })

  it('fails a call whose connection breaks, once, without repeating it', async () => {
    let calls = 0
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        if (method === 'server/discover') return void response.writeHead(400).end()
        if (method === 'initialize') return replyJson(response, initialized(id))
        if (method !== 'tools/call') return void response.writeHead(id === undefined ? 202 : 405).end()
        calls++
        response.destroy()
      })
    })
    await using upstream = await startUpstream(http(server.url))
    await expect(callTool(upstream, 'x')).rejects.toMatchObject({ code: 'upstream_interrupted' })
    expect(calls).toBe(1)
  })
})

describe('createMcpUpstream over streamable HTTP, modern headers', () => {
  it('mirrors what the tool list asks for, encoded, and learns it after a refusal', async () => {
    const seen: Record<string, unknown>[] = []
    const tool = {
      name: 'grüße', inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, deep: { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'Count' } } }, on: { type: 'boolean', 'x-mcp-header': 'On' } } },
    }
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        const reply = (result: JsonObject): void => replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } })
        if (method === 'server/discover') return reply({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } })
        if (method === 'tools/list') return reply({ tools: [tool] })
        seen.push(Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('mcp-'))))
        const isMirrored = request.headers['mcp-param-region'] !== undefined
        if (isMirrored) return reply({ content: [{ type: 'text', text: 'ok' }] })
        replyJson(response, { jsonrpc: '2.0', id, error: { code: -32020, message: 'Header mismatch' } }, 400)
      })
    })
    await using upstream = await startUpstream(http(server.url))
    const params = '{"name":"grüße","arguments":{"region":" padded ","deep":{"n":900719925474099312},"on":true}}' as JsonText
    const result = await upstream.call({ method: 'tools/call', params, signal: new AbortController().signal })
    expect(result).toContain('ok')
    const common = { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': '=?base64?Z3LDvMOfZQ==?=' }
    expect(seen).toEqual([common, { ...common, 'mcp-param-region': '=?base64?IHBhZGRlZCA=?=', 'mcp-param-count': '900719925474099312', 'mcp-param-on': 'true' }])
  })
})

describe('createMcpUpstream over streamable HTTP, odd servers', () => {
  it('asks for authorization with the server’s own words', async () => {
    await using server = await fakeServer((_, response) => {
      response.writeHead(401, { 'www-authenticate': 'Bearer resource_metadata="https://x/.well-known"' }).end()
    })
    await using upstream = await startUpstream(http(server.url))
    expect(upstream.status).toMatchObject({ state: 'needs-authorization', reason: expect.stringContaining('resource_metadata') as string })
  })

  it('takes an outage for an outage and not for an era', async () => {
    let isUp = false
    const methods: unknown[] = []
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        methods.push(method)
        if (!isUp) return void response.writeHead(503).end()
        if (method === 'server/discover') return replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} } })
        response.writeHead(404).end()
      })
    })
    await using upstream = await startUpstream(http(server.url), { timing: FAST })
    expect(upstream.status.state).toBe('backing-off')
    expect(methods).toEqual(['server/discover'])
    isUp = true
    await until(upstream, isReady)
    expect(upstream.status).toMatchObject({ hello: { era: 'modern' } })
  })

  it('finds out when a server changed its era, and repeats the call that was refused for it', async () => {
    let era = 'modern'
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        if (era === 'modern') {
          const result = method === 'server/discover' ? { supportedVersions: ['2026-07-28'], capabilities: {} } : { content: [{ type: 'text', text: 'modern' }] }
          return replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', ...result } })
        }
        if (method === 'initialize') return replyJson(response, initialized(id), 200, { 'mcp-session-id': 's' })
        if (request.headers['mcp-session-id'] !== 's') return replyJson(response, { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'Bad Request: No valid session ID provided' } }, 400)
        if (id === undefined || request.method !== 'POST') return void response.writeHead(id === undefined ? 202 : 405).end()
        replyJson(response, { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: 'legacy' }] } })
      })
    })
    await using upstream = await startUpstream(http(server.url), { timing: FAST })
    expect(textOf(await callTool(upstream, 'x'))).toBe('modern')
    era = 'legacy'
    expect(textOf(await callTool(upstream, 'x'))).toBe('legacy')
    expect(upstream.status).toMatchObject({ hello: { era: 'legacy' } })
    era = 'modern'
    await expect(callTool(upstream, 'x')).resolves.toBeDefined()
  })

  it('follows a redirect within the origin, and none to another with our credentials', async () => {
    const leaked: unknown[] = []
    await using other = await fakeServer((request, response) => {
      leaked.push(request.headers.authorization)
      response.end()
    })
    await using real = await runTestServer('echo')
    await using near = await fakeServer((request, response) => {
      if (request.url === '/mcp') return void response.writeHead(307, { location: '/mcp/' }).end()
      void readRpc(request).then(({ id }) => replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} } }))
    })
    await using far = await fakeServer((_, response) => void response.writeHead(307, { location: other.url }).end())
    await using followed = await startUpstream(http(near.url, { Authorization: 'Bearer secret' }))
    await using refused = await startUpstream(http(far.url, { Authorization: 'Bearer secret' }))
    expect(followed.status.state).toBe('ready')
    expect(refused.status).toMatchObject({ state: 'failed', reason: expect.stringContaining('another origin') as string })
    expect(leaked).toEqual([])
    expect(real.pid).toBeGreaterThan(0)
  })

  it('does not inflate what it did not ask to be compressed', async () => {
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        if (method === 'server/discover') return replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} } })
        expect(request.headers['accept-encoding']).toBe('identity')
        response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(50_000_000)))
      })
    })
    await using upstream = await startUpstream(http(server.url))
    await expect(callTool(upstream, 'x')).rejects.toMatchObject({ code: 'upstream_rejected', message: expect.stringContaining('compressed') as string })
  })

  it.each(['application/json', 'text/event-stream'])('caps an answer of type %s', async (type) => {
    await using server = await fakeServer((request, response) => {
      void readRpc(request).then(({ id, method }) => {
        if (method === 'server/discover') return replyJson(response, { jsonrpc: '2.0', id, result: { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} } })
        response.writeHead(200, { 'content-type': type })
        response.write('data: {"')
        const flood = setInterval(() => response.write('x'.repeat(200_000)), 1)
        response.on('close', () => clearInterval(flood))
      })
    })
    await using upstream = await startUpstream(http(server.url), { definition: { limits: { messageBytes: 1_000_000 } } })
    await expect(callTool(upstream, 'x')).rejects.toMatchObject({ code: 'upstream_interrupted', message: expect.stringContaining('limits.messageBytes') as string })
    expect(upstream.status.state).toBe('ready')
  })

  it('reads an answer of several messages on a line each, as the suite’s example server sends it', async () => {
    await using server = await fakeServer(async (request, response) => {
      if (request.method !== 'POST') return void response.writeHead(405).end()
      const { id, method, params } = await readRpc(request)
      if (id === undefined) return void response.writeHead(202).end()
      if (method === 'initialize') return replyJson(response, initialized(id))
      const token = (params as { _meta?: JsonObject })._meta?.['progressToken'] ?? null
      const messages = [{ method: 'notifications/progress', params: { progressToken: token, progress: 1 } }, { id, result: { content: [{ type: 'text', text: 'both' }] } }]
      response.writeHead(200, { 'content-type': 'application/json' }).end(messages.map((message) => JSON.stringify({ jsonrpc: '2.0', ...message })).join('\n'))
    })
    await using upstream = await startUpstream(http(server.url), { definition: { era: 'legacy' } })
    const seen: unknown[] = []
    expect(textOf(await callTool(upstream, 'any', {}, { onProgress: (progress) => seen.push(progress) }))).toBe('both')
    expect(seen).toHaveLength(1)
  })

  it('says what is wrong with an address', async () => {
    await using upstream = await startUpstream(http('ftp://example.test/mcp'))
    expect(upstream.status).toMatchObject({ state: 'failed', reason: expect.stringContaining('`url`') as string })
  })

  it('notices a server that accepts and never answers', async () => {
    await using server = await fakeServer((request) => void request.resume())
    await using upstream = await startUpstream(http(server.url), { definition: { timeouts: { connectMs: 200, callMs: 60_000, listMs: 60_000 } } })
    expect(upstream.status).toMatchObject({ state: 'backing-off', reason: expect.stringContaining('200 ms') as string })
  })
})
