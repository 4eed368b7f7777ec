import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCalls } from '../../core/calls/index.ts'
import { createCatalog } from '../../core/catalog/index.ts'
import { createIdentity } from '../../core/identity/index.ts'
import type { McpServerId } from '../../domain/ids.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { createMcpUpstream, type McpUpstream } from '../../upstreams/mcp/index.ts'
import { createHttpServer, type HttpServer } from '../http/index.ts'
import { createRestToolsSurface } from './rest-tools.ts'

const events = createEvents(silentLogger, createMetrics())
const stack = new AsyncDisposableStack()
let http: HttpServer

function startServer(id: string, transport: McpUpstream['definition']['transport']): McpUpstream {
  const upstream = createMcpUpstream(
    { id: id as McpServerId, transport, era: 'auto', enabled: true, tags: [], timeouts: { connectMs: 60_000, callMs: 60_000, listMs: 60_000 }, limits: { messageBytes: 1_000_000 } },
    { logger: silentLogger, events, clientInfo: { name: 'test', version: '1' }, environment: {}, stateDirectory: undefined },
  )
  upstream.start()
  return stack.use(upstream)
}

beforeAll(async () => {
  const missing = { kind: 'stdio', command: '/nowhere/at-all', args: [], env: {}, inheritEnv: [], cwd: undefined } as const
  const servers = [startServer('demo', { kind: 'builtin', name: 'demo' }), startServer('broken', missing)]
  const catalog = stack.use(createCatalog({ upstreams: () => servers, events, logger: silentLogger, naming: 'prefixed', listWaitMs: 60_000 }))
  const calls = stack.use(createCalls({ upstreams: () => servers, events, logger: silentLogger }))
  const surface = createRestToolsSurface({ catalog, calls, prefix: '/tools', version: '1', needsKey: false, bodyLimits: () => ({ maxBytes: 10_000, idleMs: 60_000 }) })
  http = stack.use(
    await createHttpServer({
      settings: { host: '127.0.0.1', port: 0, allowedHosts: [], allowedOrigins: [], corsOrigins: [], hasKeys: false, allowUnauthenticatedNetwork: false, limits: { headerBytes: 16_384, headersTimeoutMs: 5000, maxConnections: 50 } },
      surfaces: [surface],
      identity: () => createIdentity([]),
      events,
      logger: silentLogger,
    }),
  )
})
afterAll(() => stack.disposeAsync())

const post = (path: string, body: string | undefined, headers: Record<string, string> = { 'content-type': 'application/json' }): Promise<Response> =>
  fetch(new URL(path, http.url), { method: 'POST', headers, ...(body === undefined ? {} : { body }) })

describe('createRestToolsSurface', () => {
  it('gives structured results as JSON and text as text', async () => {
    const sum = await post('/tools/demo/add', '{"a":2,"b":3}')
    expect([sum.status, sum.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    expect(await sum.json()).toMatchObject({ sum: 5 })
    const echo = await post('/tools/demo/echo', '{"text":"hello"}')
    expect([echo.headers.get('content-type'), await echo.text()]).toEqual(['text/plain; charset=utf-8', expect.stringContaining('hello')])
  })

  it('takes no body for no arguments', async () => {
    expect((await post('/tools/demo/now', undefined, {})).status).toBe(200)
  })

  it('refuses what is no JSON object, and says so', async () => {
    expect((await post('/tools/demo/add', '{"a":')).status).toBe(400)
    expect((await post('/tools/demo/add', '[1]')).status).toBe(400)
    expect((await post('/tools/demo/add', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(415)
    expect((await post('/tools/demo/add', JSON.stringify({ a: 'x'.repeat(20_000) }))).status).toBe(413)
  })

  it('tells an unknown server, an unknown tool and a broken server apart', async () => {
    const titles = await Promise.all(
      ['/tools/nobody/add', '/tools/demo/nothing', '/tools/broken/add'].map(async (path) => {
        const answer = await post(path, '{}')
        return [answer.status, ((await answer.json()) as { title: string }).title]
      }),
    )
    expect(titles).toEqual([[404, 'unknown_server'], [404, 'unknown_capability'], [503, 'server_unavailable']])
  })

  it('describes one server and all of them', async () => {
    const one = (await (await fetch(new URL('/tools/demo/openapi.json', http.url))).json()) as { paths: Record<string, { post: { operationId: string } }>; servers: unknown }
    expect(Object.keys(one.paths)).toContain('/add')
    expect(one.servers).toEqual([{ url: '/tools/demo' }])
    const all = (await (await fetch(new URL('/tools/openapi.json', http.url))).json()) as typeof one
    expect(Object.keys(all.paths)).toContain('/demo/add')
    const ids = Object.values(all.paths).map(({ post: { operationId } }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
    expect((await fetch(new URL('/tools/nobody/openapi.json', http.url))).status).toBe(404)
  })

  it('lists every tool with its address, and names what is missing', async () => {
    const list = (await (await fetch(new URL('/tools', http.url))).json()) as { items: { server: string; path: string }[]; missing: { server: string }[] }
    expect(list.items.map(({ path }) => path)).toContain('/tools/demo/add')
    expect(list.missing.map(({ server }) => server)).toEqual(['broken'])
  })

  it('serves a page that may load nothing from elsewhere', async () => {
    const page = await fetch(new URL('/tools/demo/docs', http.url))
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).not.toMatch(/(?:src|href)="https?:/)
  })
})
