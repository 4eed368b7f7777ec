import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { GatewayError } from '../../../domain/errors.ts'
import type { ProviderId } from '../../../domain/ids.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import { Secret } from '../../../domain/secret.ts'
import { silentLogger } from '../../../telemetry/index.ts'
import type { LlmUpstream, WireHeaders } from '../upstream.ts'
import { addParameters } from '../shared/parameters.ts'
import { createOpenaiCompatibleProvider } from './provider.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1`
}

const serve = (listener: RequestListener): Promise<string> => listen(createServer(listener))

/** However long a machine stalls. */
const PATIENT = { connectMs: 60_000, firstTokenMs: 60_000, idleMs: 60_000 }

function connect(baseUrl: string, changes: Partial<ProviderDefinition> = {}): LlmUpstream {
  const timeouts = PATIENT
  const definition: ProviderDefinition = {
    id: 'p' as ProviderId, kind: 'openai-compatible', baseUrl, apiKey: new Secret('sk-1'), headers: {}, models: undefined, parameters: {}, quirks: [], facts: {}, enabled: true, timeouts, ...changes,
  }
  const upstream = createOpenaiCompatibleProvider(definition, { logger: silentLogger })
  closing.unshift(async () => upstream[Symbol.asyncDispose]())
  return upstream
}

interface Answer {
  status: number
  headers: WireHeaders
  text: string
  error: GatewayError | undefined
  endings: number
}

function send(upstream: LlmUpstream, body = '{"model":"m"}', options: { signal?: AbortSignal; headers?: WireHeaders; onChunk?: () => boolean } = {}): Promise<Answer> {
  const answer: Answer = { status: 0, headers: {}, text: '', error: undefined, endings: 0 }
  return new Promise((resolve) => {
    const settle = (error?: GatewayError): void => {
      answer.endings++
      answer.error = error
      // Whatever would settle it a second time gets its chance.
      setTimeout(() => resolve(answer), 30)
    }
    const { signal = new AbortController().signal, headers = {}, onChunk } = options
    const sent = upstream.send(
      { dialect: 'openai-chat', operation: 'generate', model: 'm', stream: false, headers, body: [Buffer.from(body)], signal },
      {
        head(status, found) {
          answer.status = status
          answer.headers = found
        },
        chunk(bytes) {
          sent.contentStarted()
          answer.text += Buffer.from(bytes).toString()
          const goesOn = onChunk?.() ?? true
          if (!goesOn) setTimeout(() => sent.resume(), 3_500)
          return goesOn
        },
        end: () => settle(),
        fail: settle,
      },
    )
  })
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text
}

describe('createOpenaiCompatibleProvider', () => {
  it('adds address, key and headers; the operator’s win over everything', async () => {
    const seen: { url: string | undefined; headers: NodeJS.Dict<string | string[]>; body: string }[] = []
    const url = await serve((request, response) => {
      void readBody(request).then((body) => {
        seen.push({ url: request.url, headers: request.headers, body })
        response.writeHead(200, { 'content-type': 'application/json', 'set-cookie': 'a=b', 'x-request-id': 'r', connection: 'close', 'x-ratelimit-limit-tokens': '5' }).end('{}')
      })
    })
    const upstream = connect(`${url}/?api-version=1`, { headers: { 'X-Extra': '1', Authorization: 'Basic own' }, parameters: { top_p: 0.5, model: 'never', seed: 7 } })
    const answer = await send(upstream, '{"model":"m","top_p":1.0}', { headers: { authorization: 'Bearer client', 'x-title': 't' } })
    expect(seen[0]).toMatchObject({ url: '/api/v1/chat/completions?api-version=1', body: '{"model":"m","top_p":1.0,"seed":7}', headers: { authorization: 'Basic own', 'x-extra': '1', 'x-title': 't', 'accept-encoding': 'identity', 'content-length': '34' } })
    expect(answer.headers).toEqual({ 'content-type': 'application/json', 'x-request-id': 'r', 'x-ratelimit-limit-tokens': '5' })
  })

  it('does not follow a proxy of the environment', async () => {
    const url = await serve((_request, response) => void response.end('{}'))
    const before = process.env['HTTP_PROXY']
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:9'
    try {
      expect((await send(connect(url))).status).toBe(200)
    } finally {
      if (before === undefined) delete process.env['HTTP_PROXY']
      else process.env['HTTP_PROXY'] = before
    }
  })

  it.each<[string, RequestListener, string, RegExp, Partial<typeof PATIENT>?]>([
    ['no answer', () => undefined, 'upstream_timeout', /no content in time/, { firstTokenMs: 300 }],
    ['headers and then nothing', (_request, response) => response.writeHead(200).flushHeaders(), 'upstream_timeout', /no content in time/, { firstTokenMs: 300 }],
    ['silence after a beginning', (_request, response) => void response.writeHead(200).write('{'), 'upstream_timeout', /went silent/, { idleMs: 300 }],
    ['a closed connection', (request) => request.socket.end(), 'upstream_unavailable', /connection closed/],
    ['a reset', (request) => request.socket.resetAndDestroy(), 'upstream_unavailable', /connection reset/],
    ['less than it announced', (request, response) => response.writeHead(200, { 'content-length': 9 }).write('{', () => request.socket.end()), 'upstream_interrupted', /in the middle/],
    ['a coding', (_request, response) => void response.writeHead(200, { 'content-encoding': 'br' }).end('x'), 'upstream_protocol', /content-encoding/],
  ])('tells %s', async (_name, listener, code, message, hasty = {}) => {
    const answer = await send(connect(await serve(listener), { timeouts: { ...PATIENT, ...hasty } }))
    expect([answer.error?.code, answer.endings]).toEqual([code, 1])
    expect(answer.error?.message).toMatch(message)
    expect(answer.error?.message).toContain('`p`')
  })

  it('tells a refused connection, an unknown name and what is no HTTP', async () => {
    expect((await send(connect('http://127.0.0.1:9/v1'))).error).toMatchObject({ code: 'upstream_unavailable', message: expect.stringContaining('connection refused') as string })
    expect((await send(connect('http://trunkline.invalid/v1', { timeouts: { ...PATIENT, connectMs: 1_000 } }))).error?.code).toMatch(/upstream_(unavailable|timeout)/)
    const url = await listen(createTcpServer((socket) => void socket.once('data', () => socket.end('SSH-2.0-x\r\n\r\n'))))
    expect((await send(connect(url))).error?.code).toBe('upstream_protocol')
  })

  it('gives up on a connection that does not come about', async () => {
    // TLS to a server that accepts and says nothing: connected, but never ready.
    const url = await listen(createTcpServer(() => undefined))
    const timeouts = { ...PATIENT, connectMs: 200 }
    const answer = await send(connect(url.replace('http:', 'https:'), { timeouts }))
    expect(answer.error).toMatchObject({ code: 'upstream_timeout', message: expect.stringContaining('connected') as string })
  })

  it('stops the provider when it is aborted, before and after the connection', async () => {
    let closed = 0
    const arrived = Promise.withResolvers<void>()
    const url = await serve((_request, response) => {
      arrived.resolve()
      response.once('close', () => closed++)
      response.writeHead(200).write('{')
    })
    const upstream = connect(url)
    expect((await send(upstream, '{}', { signal: AbortSignal.abort() })).error?.code).toBe('cancelled')
    const controller = new AbortController()
    const answer = send(upstream, '{}', { signal: controller.signal })
    await arrived.promise
    controller.abort()
    expect((await answer).error?.code).toBe('cancelled')
    await expect.poll(() => closed).toBe(1)
  })

  it('does not blame the provider while the reader makes it wait', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
      setTimeout(() => response.end('data: 2\n\n'), 600)
    })
    let first = true
    const answer = await send(connect(url, { timeouts: { ...PATIENT, idleMs: 2_500 } }), '{}', {
      onChunk: () => {
        const goesOn = !first
        first = false
        return goesOn
      },
    })
    expect([answer.error, answer.text]).toEqual([undefined, 'data: 1\n\ndata: 2\n\n'])
  })

  it('says when a kept-alive connection was closed under a request', async () => {
    let served = 0
    const url = await serve((request, response) => {
      if (++served === 2) request.socket.destroy()
      else response.end('{}')
    })
    const upstream = connect(url)
    expect((await send(upstream)).error).toBeUndefined()
    expect((await send(upstream)).error).toMatchObject({ code: 'upstream_unavailable', details: { reusedSocket: true } })
  })

  it('ignores informational answers', async () => {
    const url = await listen(createTcpServer((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'))
    }))
    expect(await send(connect(url))).toMatchObject({ status: 200, text: '{}', error: undefined })
  })
})

describe('retire', () => {
  it('lets what runs finish and takes nothing new', async () => {
    const arrived = Promise.withResolvers<ServerResponse>()
    const url = await serve((_request, response) => arrived.resolve(response))
    const upstream = connect(url)
    const running = send(upstream)
    const response = await arrived.promise
    const retired = upstream.retire()
    expect((await send(upstream)).error?.code).toBe('upstream_unavailable')
    response.end('{}')
    expect(await running).toMatchObject({ status: 200, text: '{}', error: undefined })
    await retired
  })
})

describe('listModels', () => {
  it('asks once for all, serves what it knows, and stale while the provider is gone', async () => {
    let asked = 0
    const url = await serve((request, response) => {
      asked++
      response.end(request.headers.authorization === 'Bearer sk-1' && request.url === '/api/v1/models' ? '{"data":[{"id":"a","created":5},{"id":"b"},{"x":1}]}' : '{}')
    })
    const upstream = connect(url)
    const signal = AbortSignal.timeout(60_000)
    const lists = await Promise.all([1, 2, 3].map(() => upstream.listModels(signal)))
    expect(lists[0]).toEqual([{ id: 'a', created: 5 }, { id: 'b' }])
    await upstream.listModels(signal)
    expect(asked).toBe(1)
  })

  it('says what came instead, and leaves a sick provider alone for a while', async () => {
    let asked = 0
    const url = await serve((_request, response) => {
      asked++
      response.writeHead(500).end('<html>')
    })
    const upstream = connect(url)
    for (let i = 0; i < 3; i++) await expect(upstream.listModels(AbortSignal.timeout(60_000))).rejects.toThrow('Provider `p` answered 500')
    expect(asked).toBe(1)
    await expect(connect(await serve((_request, response) => void response.end('{}'))).listModels(AbortSignal.timeout(60_000))).rejects.toThrow(/without models/)
    await expect(connect(await serve((_request, response) => void response.end('<'))).listModels(AbortSignal.timeout(60_000))).rejects.toThrow(/not JSON/)
  })

  it('does not ask when the document names the models', async () => {
    expect(await connect('http://127.0.0.1:9', { models: ['x'] }).listModels(AbortSignal.timeout(60_000))).toEqual([{ id: 'x' }])
  })

  it('is left by a caller that has no time', async () => {
    const upstream = connect(await serve(() => undefined))
    await expect(upstream.listModels(AbortSignal.timeout(50))).rejects.toThrow()
  })
})

describe('addParameters', () => {
  it.each([
    ['{}', '{"a":1,"b":{"c":[]}}'],
    ['{"x":1}', '{"x":1,"a":1,"b":{"c":[]}}'],
    ['{ "a" : 2.0 } ', '{ "a" : 2.0,"b":{"c":[]} } '],
    ['{"b":0,"a":0}', '{"b":0,"a":0}'],
  ])('adds only what is absent to %s', (text, expected) => {
    const pieces = [Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))]
    expect(Buffer.concat(addParameters(pieces, { a: 1, b: { c: [] } })).toString()).toBe(expected)
  })
})
