import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { McpServerId } from '../../src/domain/ids.ts'
import { readLines } from '../../src/surfaces/mcp-stdio/read-lines.ts'
import { createMcpStdio, type McpStdio } from '../../src/surfaces/mcp-stdio/index.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { ENVELOPE, type Json } from '../support/mcp-raw-client.ts'
import { until } from '../support/until.ts'
import { testServer } from './upstream-fixture.ts'

interface Line extends AsyncDisposable {
  readonly stdio: McpStdio
  readonly input: PassThrough
  readonly output: Json[]
  send(message: unknown): void
  /** The answer to an id. */
  answer(id: unknown): Promise<Json>
}

function connect(gateway: McpGateway, server?: string): Line {
  const input = new PassThrough()
  const stream = new PassThrough()
  const output: Json[] = []
  let held = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (held + chunk.toString()).split('\n')
    held = lines.pop() ?? ''
    for (const line of lines) output.push(JSON.parse(line) as Json)
  })
  const { catalog, calls } = gateway
  const stdio = createMcpStdio({ catalog, calls, serverInfo: { name: 'trunkline', version: '0' }, logger: silentLogger, input, output: stream, server: server as McpServerId | undefined })
  return {
    stdio,
    input,
    output,
    send: (message) => void input.write(`${typeof message === 'string' ? message : JSON.stringify(message)}\n`),
    async answer(id) {
      const find = (): Json | undefined => output.find((message) => message['id'] === id && message['method'] === undefined)
      await until(() => find() !== undefined, `there is an answer to ${String(id)}`)
      return find() ?? {}
    },
    [Symbol.asyncDispose]: () => stdio[Symbol.asyncDispose](),
  }
}

const request = (id: unknown, method: string, params?: Json): Json => ({ jsonrpc: '2.0', id, method, ...(params ? { params } : {}) })
const modern = (id: unknown, method: string, params: Json = {}): Json => request(id, method, { ...params, _meta: { ...ENVELOPE, ...(params['_meta'] as Json | undefined) } })
const initialize = request('init', 'initialize', { protocolVersion: '2025-11-25', capabilities: { sampling: {} }, clientInfo: { name: 'x', version: '1' } })
const startDemo = (): Promise<McpGateway> => startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } } })

describe('createMcpStdio', () => {
  it('serves a legacy client: initialize, lists, calls with progress', async () => {
    await using gateway = await startDemo()
    await using line = connect(gateway)
    line.send(initialize)
    expect(await line.answer('init')).toMatchObject({ result: { protocolVersion: '2025-11-25', serverInfo: { name: 'trunkline' } } })
    line.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    line.send(request(1, 'tools/call', { name: 'demo__slow_count', arguments: { to: 2, delayMs: 5 }, _meta: { progressToken: 'p' } }))
    expect(await line.answer(1)).toMatchObject({ result: { content: [{ type: 'text' }] } })
    expect(line.output.filter(({ method }) => method === 'notifications/progress').map(({ params }) => (params as Json)['progressToken'])).toEqual(['p', 'p'])
  })

  it('answers a script that writes all its lines at once, in order', async () => {
    await using gateway = await startDemo()
    await using line = connect(gateway)
    const lines = [initialize, { jsonrpc: '2.0', method: 'notifications/initialized' }, request(1, 'tools/list'), request(2, 'tools/call', { name: 'demo__echo', arguments: { text: 'hi' } })]
    line.input.write(lines.map((message) => `${JSON.stringify(message)}\n`).join(''))
    expect(await line.answer(2)).toMatchObject({ result: { content: [{ text: 'hi' }] } })
    expect(await line.answer(1)).toMatchObject({ result: { tools: expect.any(Array) as unknown[] } })
    expect(line.output[0]).toMatchObject({ id: 'init', result: {} })
  })

  it('serves modern requests without any handshake, also beside a legacy session', async () => {
    await using gateway = await startDemo()
    await using line = connect(gateway, 'demo')
    line.send(modern('d', 'server/discover'))
    expect(await line.answer('d')).toMatchObject({ result: { resultType: 'complete', supportedVersions: ['2026-07-28'] } })
    line.send(initialize)
    await line.answer('init')
    line.send(modern(2, 'tools/call', { name: 'add', arguments: { a: 1, b: 2 } }))
    expect(await line.answer(2)).toMatchObject({ result: { resultType: 'complete', structuredContent: { sum: 3 } } })
    line.send(request(3, 'tools/list'))
    expect((await line.answer(3))['result']).not.toHaveProperty('resultType')
  })

  it('answers what it cannot read or serve, and goes on', async () => {
    await using gateway = await startDemo()
    await using line = connect(gateway)
    line.send('not json')
    await until(() => line.output.length === 1, 'the parse error is told')
    expect(line.output[0]).toMatchObject({ id: null, error: { code: -32700 } })
    line.send('')
    line.send(request(1, 'tools/list'))
    expect(await line.answer(1)).toMatchObject({ error: { code: -32600 } })
    line.send(request(2, 'server/discover'))
    expect(await line.answer(2)).toMatchObject({ error: { code: -32601 } })
    line.send(request(3, 'tools/list', { _meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01', 'io.modelcontextprotocol/clientCapabilities': {} } }))
    expect(await line.answer(3)).toMatchObject({ error: { code: -32022, data: { supported: ['2026-07-28'] } } })
    line.send(request(4, 'ping'))
    expect(await line.answer(4)).toEqual({ jsonrpc: '2.0', id: 4, result: {} })
  })

  it('cancels exactly the call that it is told to, in both eras', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    await using line = connect(gateway, 'echo')
    line.send(initialize)
    await line.answer('init')
    const wait = { name: 'wait', arguments: { ms: 600_000 } }
    line.send(request('legacy', 'tools/call', wait))
    line.send(modern('modern', 'tools/call', wait))
    line.send(modern('stays', 'tools/call', { name: 'wait', arguments: { ms: 300 }, _meta: { progressToken: 'last' } }))
    // The others came before it.
    await until(() => line.output.some(({ method }) => method === 'notifications/progress'), 'the last call runs')
    for (const requestId of ['legacy', 'modern']) line.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } })
    expect(await line.answer('stays')).toHaveProperty('result')
    line.send(modern('count', 'tools/call', { name: 'cancelled', arguments: {} }))
    const counted = (await line.answer('count'))['result'] as { content: { text: string }[] }
    expect(JSON.parse(counted.content[0]?.text ?? '')).toHaveLength(2)
    expect(line.output.filter(({ id }) => id === 'legacy' || id === 'modern')).toEqual([])
  })

  it('asks the client and takes its answer', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    await using line = connect(gateway, 'echo')
    line.send(initialize)
    await line.answer('init')
    line.send(request(1, 'tools/call', { name: 'ask', arguments: { method: 'sampling/createMessage', from: 'me' } }))
    await until(() => line.output.some(({ method }) => method === 'sampling/createMessage'), 'the client is asked')
    const asked = line.output.find(({ method }) => method === 'sampling/createMessage')
    line.send({ jsonrpc: '2.0', id: asked?.['id'], result: { model: 'x' } })
    expect(await line.answer(1)).toMatchObject({ result: { content: [{ text: '{"model":"x"}' }] } })
  })

  it('tells a modern client of changes until it cancels its subscription', async () => {
    await using gateway = await startMcpGateway({ servers: { mutating: testServer('mutating') } })
    await using line = connect(gateway, 'mutating')
    line.send(modern('L', 'subscriptions/listen', { notifications: { toolsListChanged: true } }))
    await until(() => line.output.length > 0, 'the subscription is acknowledged')
    expect(line.output[0]).toMatchObject({ method: 'notifications/subscriptions/acknowledged', params: { _meta: { 'io.modelcontextprotocol/subscriptionId': 'L' } } })
    line.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'L' } })
    line.send(modern('after', 'server/discover'))
    await line.answer('after')
    expect(line.output.filter(({ id }) => id === 'L')).toEqual([])
  })

  it('answers what was asked before the client closed, and then ends', async () => {
    await using gateway = await startDemo()
    const line = connect(gateway)
    line.input.end(`${JSON.stringify(modern(1, 'tools/call', { name: 'demo__slow_count', arguments: { to: 2, delayMs: 30 } }))}`)
    await line.stdio.closed
    expect(line.output).toMatchObject([{ id: 1, result: {} }])
  })

  it('ends when it is disposed of, whatever runs', async () => {
    await using gateway = await startMcpGateway({ servers: { echo: testServer('echo', '--legacy') } })
    const line = connect(gateway, 'echo')
    line.send(modern(1, 'tools/call', { name: 'wait', arguments: { ms: 60_000 } }))
    await new Promise((resolve) => setTimeout(resolve, 50))
    await line.stdio[Symbol.asyncDispose]()
    await line.stdio.closed
  })
})

describe('readLines', () => {
  it('gives the same lines however the bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'grapheme' }).map((line) => line.replaceAll('\n', ''))), fc.integer({ min: 1, max: 7 }), async (lines, size) => {
        const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''))
        const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => bytes.subarray(n * size, (n + 1) * size))
        const read: string[] = []
        for await (const line of readLines((async function* () { yield* chunks })(), 1_000_000)) read.push(line)
        expect(read).toEqual(lines)
      }),
    )
  })

  it('refuses a line that does not end', async () => {
    const endless = async function* () { for (;;) yield Buffer.alloc(1000, 'x') }
    const reading = (async () => { for await (const _line of readLines(endless(), 10_000)) throw new Error('a line came') })()
    await expect(reading).rejects.toThrow(RangeError)
  })
})
