import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScriptedUpstream } from '../../../test/support/scripted-upstream.ts'
import { createCalls } from '../../core/calls/index.ts'
import { createCatalog } from '../../core/catalog/index.ts'
import { createIdentity } from '../../core/identity/index.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { RPC, RpcError } from '../../domain/json-rpc.ts'
import type { McpServerDefinition } from '../../domain/mcp-server.ts'
import type { PresetDefinition } from '../../domain/preset.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { JsonText } from '../../lib/json-text.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { createHttpServer, type HttpServer } from '../http/index.ts'
import { createToolsApiSurface } from './tools-api.ts'

/** Spacing, integer-like keys and large numbers survive only where nobody prints them anew. */
const ODD = '{"name":"odd" ,"description":"An odd one\\u0021","inputSchema":{"2":1,"1":1e400,"n":12345678901234567890}}'
const TOOLS = `{"tools":[${ODD},{"name":"plain","title":"Plain thing","description":"Finds Nothing"},{"name":"third"}]}`

const one = createScriptedUpstream({
  id: 'one',
  tags: ['Web', 'prod'],
  instructions: 'Use one with care.',
  answers: {
    'tools/list': TOOLS,
    'tools/call': ({ params = '{}' as JsonText }) => {
      if (params.includes('"refuse"')) throw new RpcError(RPC.invalidParams, 'bad n')
      if (params.includes('"break"')) throw new RpcError(-32000, 'out of order')
      if (params.includes('"crash"')) throw new TypeError('a secret detail')
      if (params.includes('"never"')) return new Promise<never>(() => {})
      if (params.includes('"fail"')) return { isError: true, content: [{ type: 'text', text: 'disk is full' }] }
      return `{"content":[],"sent":${params}}`
    },
  },
})
const two = createScriptedUpstream({ id: 'two', tags: ['db'], answers: { 'tools/list': { tools: [{ name: 'odd' }] }, 'tools/call': { content: [] } } })
const slow = createScriptedUpstream({ id: 'slow', tags: ['web', 'slow'], timeoutMs: 300 })
const off: McpServerDefinition = { ...one.definition, id: 'off' as McpServerId, enabled: false, disabledReason: '`TOKEN` is not set', tags: ['db'] }

const presets: PresetDefinition[] = [{ name: 'data', description: undefined, origin: 'document', selection: { kind: 'tags', tags: ['db'] } }]
const stack = new AsyncDisposableStack()
let http: HttpServer

beforeAll(async () => {
  const upstreams = [one, two, slow]
  const events = createEvents(silentLogger, createMetrics())
  const catalog = stack.use(createCatalog({ upstreams: () => upstreams, presets: () => presets, events, logger: silentLogger, naming: 'prefixed', listWaitMs: 50 }))
  const calls = stack.use(createCalls({ upstreams: () => upstreams, events, logger: silentLogger, startWaitMs: 50 }))
  one.becomeReady()
  two.becomeReady()
  const servers = [...upstreams.map(({ definition }) => definition), off]
  http = stack.use(
    await createHttpServer({
      settings: {
        host: '127.0.0.1',
        port: 0,
        allowedHosts: [],
        allowedOrigins: [],
        corsOrigins: [],
        hasKeys: false,
        allowUnauthenticatedNetwork: false,
        limits: { headerBytes: 65_536, headersTimeoutMs: 60_000, maxConnections: 100 },
      },
      surfaces: [createToolsApiSurface({ catalog, calls, events, servers: () => servers, bodyLimits: () => ({ maxBytes: 10_000, idleMs: 60_000 }) })],
      identity: () => createIdentity([]),
      events,
      logger: silentLogger,
    }),
  )
})
afterAll(() => stack.disposeAsync())

const at = (path: string): string => new URL(path, http.url).href
const get = async (path: string): Promise<{ status: number; body: JsonObject; text: string }> => {
  const response = await fetch(at(path))
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) as JsonObject }
}
const names = async (query: string): Promise<unknown> => ((await get(`/api/tools${query}`)).body['items'] as { name: string }[]).map(({ name }) => name)

async function invoke(body: string, query = '', type = 'application/json'): Promise<{ status: number; body: JsonObject; text: string }> {
  const response = await fetch(at(`/api/tool-invocations${query}`), { method: 'POST', headers: { 'content-type': type }, body })
  const text = await response.text()
  return { status: response.status, text, body: JSON.parse(text) as JsonObject }
}

describe('GET /api/tools', () => {
  it('is one flat list under the names of /mcp, with what is missing', async () => {
    const { status, body } = await get('/api/tools')
    expect(status).toBe(200)
    expect(body).toMatchObject({
      items: [
        { name: 'one__odd', server: 'one', tool: 'odd', tags: ['web', 'prod'], description: 'An odd one!' },
        { name: 'one__plain', title: 'Plain thing' },
        { name: 'one__third' },
        { name: 'two__odd', server: 'two', tool: 'odd' },
      ],
      next: null,
      total: 4,
      missing: [{ server: 'slow', state: 'starting' }],
    })
    expect(JSON.stringify(body)).not.toContain('definition')
  })

  it('has definitions on request, as their server wrote them', async () => {
    expect((await get('/api/tools?schema=true')).text).toContain(`"definition":${ODD}`)
  })

  it.each([
    ['?tags=db', ['two__odd']],
    ['?tag-filter=web+!slow', ['one__odd', 'one__plain', 'one__third']],
    ['?filter=nobody', []],
    ['?preset=data', ['two__odd']],
    ['?server=two', ['two__odd']],
    ['?tag=web&tag=PROD', ['one__odd', 'one__plain', 'one__third']],
    ['?tag=web&tag=db', []],
    ['?q=nothing', ['one__plain']],
    ['?q=ODD%20two', ['two__odd']],
    ['?q=odd&tags=web', ['one__odd']],
  ])('narrows by %s', async (query, expected) => {
    expect(await names(query)).toEqual(expected)
  })

  it('comes in pages that hold together', async () => {
    const seen: unknown[] = []
    let query = '?limit=3'
    for (let page = 0; page < 2; page++) {
      const { body } = await get(`/api/tools${query}`)
      seen.push(...(body['items'] as { name: string }[]).map(({ name }) => name))
      query = `?limit=3&cursor=${body['next'] as string}`
    }
    expect(seen).toEqual(await names(''))
    expect(query).toContain('cursor=null')
    const first = (await get('/api/tools?limit=1')).body['next'] as string
    expect(await get(`/api/tools?tags=db&cursor=${first}`)).toMatchObject({ status: 400, body: { detail: expect.stringContaining('Start again') as string } })
  })

  it.each([
    ['?preset=a&tags=b', 400, { reason: 'exclusive', parameters: ['preset', 'tags'] }],
    ['?preset=dat', 404, { reason: 'unknown-preset', preset: 'dat', nearest: ['data'] }],
    ['?tag-filter=(', 400, { reason: 'syntax', parameter: 'tag-filter', position: 2, expected: 'a tag, `not` or `(`', found: 'the end' }],
    ['?server=tow', 404, { reason: 'unknown-server', server: 'tow', nearest: ['two'] }],
    ['?server=one&preset=data', 404, { reason: 'not-selected', server: 'one', nearest: [] }],
  ])('refuses %s with %i and what is wrong as data', async (query, status, selection) => {
    expect(await get(`/api/tools${query}`)).toMatchObject({ status, body: { status, selection } })
  })

  it.each(['?limit=0', '?limit=1001', '?limit=x', '?schema=maybe', '?limit=1&limit=2', '?shcema=true', '?cursor=xx'])('refuses %s', async (query) => {
    expect((await get(`/api/tools${query}`)).status).toBe(400)
  })
})

describe('POST /api/tool-invocations', () => {
  it.each(['{"tool":"one__odd","arguments":ARGS}', '{"tool":"odd","server":"one","arguments":ARGS}', '{"tool":"one/odd","arguments":ARGS}', '{"server":"one","tool":"one__odd","arguments":ARGS,"timeoutMs":5000}'])('calls %s with arguments as they were written', async (body) => {
    const args = '{"2": null,"1":12345678901234567890, "é":"\\u0041"}'
    const answer = await invoke(body.replace('ARGS', args))
    expect(answer).toMatchObject({ status: 200, body: { outcome: 'answered', name: 'one__odd', server: 'one', tool: 'odd', requestId: expect.stringMatching(/^req_/) as string, durationMs: expect.any(Number) as number } })
    expect(answer.text).toContain(`"result":{"content":[],"sent":{"name":"odd","arguments":${args}}}`)
  })

  it('takes a tool’s own failure for a result', async () => {
    expect(await invoke('{"tool":"one__odd","arguments":{"do":"fail"}}')).toMatchObject({ status: 200, body: { outcome: 'tool-error', result: { isError: true } } })
  })

  it.each<[string, string, string, number]>([
    ['{"tool":"one__odd","arguments":{"do":"refuse"}}', '', 'invalid_arguments', 400],
    ['{"tool":"one__odd","arguments":[1]}', '', 'invalid_arguments', 400],
    ['{"tool":"one__odd","arguments":{"do":"break"}}', '', 'rejected', 502],
    ['{"tool":"one__odd","arguments":{"do":"crash"}}', '', 'unexpected', 500],
    ['{"tool":"one__odd","arguments":{"do":"never"},"timeoutMs":30}', '', 'timeout', 504],
    ['{"tool":"one__odd","timeoutMs":0}', '', 'invalid_timeout', 400],
    ['{"tool":"one__odd","timeoutMs":"5s"}', '', 'invalid_timeout', 400],
    ['{"tool":"one__odd","timeoutMs":3600001}', '', 'invalid_timeout', 400],
    ['{"tool":"one__od"}', '', 'not_found', 404],
    ['{"tool":"odd"}', '', 'not_found', 404],
    ['{"tool":"odd","server":"three"}', '', 'not_found', 404],
    ['{"tool":"one__odd"}', '?preset=data', 'not_found', 404],
    ['{"tool":"two__odd"}', '?preset=nope', 'not_found', 404],
    ['{"tool":"two__odd"}', '?preset=a&filter=b', 'invalid_selection', 400],
    ['{"tool":"off__odd"}', '', 'disabled', 409],
    ['{"tool":"odd","server":"off"}', '', 'disabled', 409],
    ['{"tool":"slow__odd"}', '', 'unavailable', 503],
    ['{"tool":"odd","server":"slow"}', '', 'unavailable', 503],
    ['{"tool":"two__odd"', '', 'invalid_request', 400],
    ['[]', '', 'invalid_request', 400],
    ['{}', '', 'invalid_request', 400],
    ['{"tool":7}', '', 'invalid_request', 400],
    ['{"tool":"two__odd","args":{}}', '', 'invalid_request', 400],
    ['{"tool":"two__odd"}', '?foo=1', 'invalid_request', 400],
    [`{"tool":"${'x'.repeat(10_000)}"}`, '', 'invalid_request', 400],
  ])('fails %s%s as %s', async (body, query, failure, status) => {
    const answer = await invoke(body, query)
    expect(answer).toMatchObject({ status, body: { outcome: 'failed', error: { class: failure, message: expect.any(String) as string, retryable: expect.any(Boolean) as boolean }, requestId: expect.any(String) as string } })
    expect(answer.text).not.toContain('secret')
  })

  it('says what a server’s error code was, and which name was meant', async () => {
    expect((await invoke('{"tool":"one__odd","arguments":{"do":"break"}}')).body).toMatchObject({ error: { rpcCode: -32000, message: 'out of order' } })
    expect((await invoke('{"tool":"one__plian"}')).body).toMatchObject({ error: { message: 'There is no tool `one__plian`. Did you mean `one__plain`?' } })
    expect((await invoke('{"tool":"off__odd"}')).body).toMatchObject({ error: { message: 'The MCP server `off` is switched off: `TOKEN` is not set.' } })
  })

  it('cancels at the server what took too long', async () => {
    one.calls.length = 0
    await invoke('{"tool":"one__odd","arguments":{"do":"never"},"timeoutMs":30}')
    expect(one.calls.find(({ method }) => method === 'tools/call')?.signal?.aborted).toBe(true)
  })

  it('takes JSON only', async () => {
    expect(await invoke('{"tool":"two__odd"}', '', 'text/plain')).toMatchObject({ status: 400, body: { error: { class: 'invalid_request' } } })
  })
})

describe('GET /api/inspect', () => {
  it('shows servers, one server, one tool, and starts nothing', async () => {
    one.calls.length = 0
    const { body } = await get('/api/inspect')
    expect(body['servers']).toMatchObject([
      { server: 'one', state: 'ready', tags: ['web', 'prod'], era: 'legacy', hasInstructions: true, capabilities: { tools: 3, prompts: 0 } },
      { server: 'two', state: 'ready' },
      { server: 'slow', state: 'starting', capabilities: null },
      { server: 'off', state: 'disabled', reason: '`TOKEN` is not set', capabilities: null },
    ])
    expect((await get('/api/inspect/one')).body).toMatchObject({ server: 'one', instructions: 'Use one with care.', tools: [{ name: 'one__odd' }, { name: 'one__plain' }, { name: 'one__third' }] })
    expect((await get('/api/inspect/one/odd')).text).toContain(`"definition":${ODD}`)
    expect((await get('/api/inspect/one/one__odd')).body).toMatchObject({ tool: 'odd' })
    expect(one.calls).toEqual([])
  })

  it('shows what is selected and nothing else', async () => {
    expect((await get('/api/inspect?preset=data')).body['servers']).toMatchObject([{ server: 'two' }, { server: 'off' }])
    expect(await get('/api/inspect/one?preset=data')).toMatchObject({ status: 404, body: { title: 'unknown_server' } })
    expect(await get('/api/inspect/one/odd?tags=db')).toMatchObject({ status: 404 })
  })

  it('answers for what is not there, with the nearest', async () => {
    expect(await get('/api/inspect/tow')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('Did you mean') as string } })
    expect(await get('/api/inspect/one/plian')).toMatchObject({ status: 404, body: { detail: expect.stringContaining('`plain`') as string } })
    expect(await get('/api/inspect/slow/x')).toMatchObject({ status: 503, body: { title: 'server_unavailable' } })
    expect(await get('/api/inspect?limit=1')).toMatchObject({ status: 400 })
  })
})

describe('GET /api/instructions', () => {
  it('merges those of the selection, as JSON or as Markdown', async () => {
    expect((await get('/api/instructions')).body).toEqual({
      instructions: '# one\n\nUse one with care.',
      servers: [{ server: 'one', instructions: 'Use one with care.' }],
      missing: [{ server: 'slow', state: 'starting', reason: 'It is starting.' }],
    })
    expect((await get('/api/instructions?server=one')).body).toMatchObject({ instructions: 'Use one with care.' })
    expect((await get('/api/instructions?preset=data')).body).toMatchObject({ instructions: null, servers: [] })
    const text = await fetch(at('/api/instructions?tags=web'), { headers: { accept: 'text/markdown' } })
    expect([text.headers.get('content-type'), await text.text()]).toEqual(['text/markdown; charset=utf-8', '# one\n\nUse one with care.'])
  })
})
