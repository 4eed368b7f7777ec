import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createIdentity, type ConfiguredKey } from '../../core/identity/index.ts'
import { Secret } from '../../domain/secret.ts'
import { createEvents, createMetrics, silentLogger } from '../../telemetry/index.ts'
import { readBody } from './body.ts'
import { renderProblem } from './problem.ts'
import { createHttpServer, type HttpServer, type HttpServerSettings } from './server.ts'
import type { HttpRoute } from './surface.ts'

const SETTINGS: HttpServerSettings = {
  host: '127.0.0.1',
  port: 0,
  allowedHosts: ['gateway.example'],
  allowedOrigins: ['https://app.example'],
  corsOrigins: ['https://app.example'],
  hasKeys: false,
  allowUnauthenticatedNetwork: false,
  limits: { headerBytes: 16_384, headersTimeoutMs: 60_000, maxConnections: 100 },
}

const events = createEvents(silentLogger, createMetrics())
const open: HttpServer[] = []
afterEach(async () => {
  for (const server of open.splice(0)) await server[Symbol.asyncDispose]()
})

async function serve(routes: readonly HttpRoute[], settings: Partial<HttpServerSettings> = {}, keys: ConfiguredKey[] = []): Promise<HttpServer> {
  const server = await createHttpServer({
    settings: { ...SETTINGS, ...settings, hasKeys: keys.length > 0 },
    surfaces: [{ name: 'test', routes }],
    identity: () => createIdentity(keys),
    events,
    logger: silentLogger,
  })
  open.push(server)
  return server
}

const route = (changes: Partial<HttpRoute> = {}): HttpRoute => ({
  method: 'GET',
  path: '/thing',
  policy: 'models:use',
  renderError: renderProblem,
  handle: (_request, response, context) => void response.end(JSON.stringify({ params: context.params, who: context.principal.id })),
  ...changes,
})

/** Sends exactly these bytes and gives back all that comes until the connection closes. */
function raw(server: HttpServer, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(server.url.port), '127.0.0.1', () => socket.write(text))
    let answer = ''
    socket.on('data', (piece) => (answer += piece.toString('latin1'))).on('close', () => resolve(answer)).on('error', reject)
  })
}

const get = (server: HttpServer, path: string, headers: string[] = ['Host: localhost']): Promise<string> =>
  raw(server, [`GET ${path} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'))

const status = (answer: string): number => Number(answer.split(' ')[1])

describe('createHttpServer', () => {
  it('guards host and origin on every route, open ones included', async () => {
    const server = await serve([route({ policy: 'anyone' })])
    const cases: readonly (readonly [string[], number])[] = [
      [['Host: localhost:4747'], 200],
      [['Host: [::1]:1'], 200],
      [['Host: gateway.example'], 200],
      [['Host: evil.example'], 403],
      [['Host: localhost.evil.example'], 403],
      [['Host: localhost@evil.example'], 403],
      [['Host: 10.0.0.1'], 403],
      [['Host: localhost', 'Host: localhost'], 403],
      [['Host: localhost', 'Origin: https://app.example'], 200],
      [['Host: localhost', 'Origin: http://localhost:6274'], 200],
      [['Host: localhost', 'Origin: http://evil.example'], 403],
      [['Host: localhost', 'Origin: null'], 403],
      [['Host: localhost', 'Origin: http://localhost@evil.example'], 403],
    ]
    for (const [headers, expected] of cases) expect([headers, status(await get(server, '/thing', headers))]).toEqual([headers, expected])
  })

  it('reads one credential from each carrier and refuses two different ones', async () => {
    const key: ConfiguredKey = { name: 'ci', key: new Secret('tlk_1'), scopes: ['models:use'] }
    const server = await serve([route(), route({ path: '/admin', policy: 'admin:write' })], {}, [key])
    const basic = Buffer.from('any:tlk_1').toString('base64')
    const host = 'Host: localhost'
    for (const header of ['Authorization: Bearer tlk_1', 'x-api-key: tlk_1', 'x-goog-api-key: tlk_1', `Authorization: Basic ${basic}`]) {
      expect([header, status(await get(server, '/thing', [host, header]))]).toEqual([header, 200])
    }
    expect(status(await get(server, '/thing', [host]))).toBe(401)
    expect(status(await get(server, '/thing', [host, 'x-api-key: tlk_2']))).toBe(401)
    expect(status(await get(server, '/thing', [host, 'x-api-key: tlk_1', 'Authorization: Bearer other']))).toBe(400)
    expect(status(await get(server, '/thing', [host, 'x-api-key: tlk_1', 'Authorization: Bearer tlk_1']))).toBe(200)
    expect(status(await get(server, '/admin', [host, 'x-api-key: tlk_1']))).toBe(403)
  })

  it('refuses paths that two parsers could read differently', async () => {
    const server = await serve([route({ path: '/open/{id}', policy: 'anyone' }), route()])
    for (const path of ['//thing', '/open/a/../../thing', '/open/%2e%2e', '/open/a;b', '/open/a%2fb', 'http://localhost/thing', '/open/a\\b']) {
      expect([path, status(await get(server, path)) >= 400]).toEqual([path, true])
    }
    expect(await get(server, '/open/a%20b')).toContain('"id":"a b"')
  })

  it('answers unknown paths and methods with what is allowed', async () => {
    const server = await serve([route(), route({ method: 'DELETE' })])
    expect(status(await get(server, '/nothing'))).toBe(404)
    const answer = await raw(server, 'PUT /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 405/)
    expect(answer.toLowerCase()).toContain('allow: get, delete')
  })

  it('refuses a body beyond its limit with an answer the client can read', async () => {
    const handle: HttpRoute['handle'] = async (request, response) => {
      const pieces = await readBody(request, { maxBytes: 10, idleMs: 60_000 })
      response.end(String(Buffer.concat(pieces).length))
    }
    const server = await serve([route({ method: 'POST', handle })])
    const declared = await raw(server, `POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 11\r\n\r\n${'x'.repeat(11)}`)
    expect(status(declared)).toBe(413)
    const chunked = await raw(server, `POST /thing HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n${'x'.repeat(32)}\r\n`)
    expect(status(chunked)).toBe(413)
    const packed = await raw(server, 'POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx')
    expect(status(packed)).toBe(415)
  })

  it('ends a request whose body stops coming', async () => {
    const handle: HttpRoute['handle'] = async (request, response) => {
      await readBody(request, { maxBytes: 10, idleMs: 50 })
      response.end()
    }
    const server = await serve([route({ method: 'POST', handle })])
    expect(status(await raw(server, 'POST /thing HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx'))).toBe(408)
  })

  it('gives pages of configured origins their headers and others none', async () => {
    const server = await serve([route({ policy: 'anyone' })])
    const answer = await get(server, '/thing', ['Host: localhost', 'Origin: https://app.example'])
    expect(answer).toContain('access-control-allow-origin: https://app.example')
    expect(await get(server, '/thing', ['Host: localhost', 'Origin: http://localhost:1'])).not.toContain('access-control')
  })

  it('hides unexpected failures and names the request', async () => {
    const server = await serve([route({ handle: () => Promise.reject(new Error('secret detail')) })])
    const answer = await get(server, '/thing')
    expect(status(answer)).toBe(500)
    expect(answer).not.toContain('secret detail')
    expect(answer).toMatch(/x-trunkline-request-id: req_[0-9a-f]{32}/)
  })

  it('refuses to listen beyond loopback without keys, and says what cures it', async () => {
    await expect(serve([], { host: '0.0.0.0' })).rejects.toThrow(/auth\.keys/)
    const key: ConfiguredKey = { name: 'ci', key: new Secret('k'), scopes: [] }
    await expect(serve([], { host: '0.0.0.0' }, [key])).resolves.toBeDefined()
  })

  it('drains: running work ends, new work is refused, probes are answered', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = route({ handle: async (_request, response) => void (await gate.promise, response.end('late')) })
    const live = route({ path: '/livez', policy: 'anyone', whileDraining: true })
    const server = await serve([slow, live])
    const first = get(server, '/thing')
    await expect.poll(() => server.active).toBe(1)
    const drained = server.drain(10_000)
    const refused = await get(server, '/thing')
    expect(status(refused)).toBe(503)
    expect(refused).toContain('retry-after: 1')
    expect(status(await get(server, '/livez'))).toBe(200)
    gate.resolve()
    expect(await first).toContain('late')
    await drained
    expect(server.active).toBe(0)
  })

  it('aborts what still runs when the drain is out of time', async () => {
    const handle: HttpRoute['handle'] = (_request, response, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve(void response.end('cut'))))
    const server = await serve([route({ handle })])
    const first = get(server, '/thing')
    await expect.poll(() => server.active).toBe(1)
    await server.drain(30)
    expect(await first).toContain('cut')
  })

  it('tells the handler when the client leaves', async () => {
    const left = Promise.withResolvers<unknown>()
    const handle: HttpRoute['handle'] = (_request, _response, { signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => (left.resolve(signal.reason), resolve())))
    const server = await serve([route({ handle })])
    const socket = connect(Number(server.url.port), '127.0.0.1', () => socket.write('GET /thing HTTP/1.1\r\nHost: localhost\r\n\r\n'))
    await expect.poll(() => server.active).toBe(1)
    socket.destroy()
    expect(await left.promise).toMatchObject({ code: 'cancelled' })
  })
})
