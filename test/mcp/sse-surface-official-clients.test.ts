import { setTimeout as sleep } from 'node:timers/promises'
import { Client as ClientV2, SSEClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js'
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
  type Progress,
} from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PresetDefinition } from '../../src/domain/preset.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { until } from '../support/until.ts'
import { fixtureOverStdio, runFixture } from './conformance/run-suite.ts'
import { http, testServer } from './upstream-fixture.ts'

const PRESET: PresetDefinition = { name: 'working', description: undefined, origin: 'document', selection: { kind: 'servers', servers: ['modern' as never] } }
const SAID = { role: 'assistant', model: 'm', content: { type: 'text', text: 'said' } } as const

/** The official client of the first generation, with everything that a server may ask it for. */
async function connect(url: string, name = 'v1'): Promise<Client> {
  const client = new Client({ name, version: '1' }, { capabilities: { sampling: {}, elicitation: {}, roots: { listChanged: true } } })
  client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name } }))
  client.setRequestHandler(CreateMessageRequestSchema, () => SAID)
  client.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: `file:///home/${name}` }] }))
  await client.connect(new SSEClientTransport(new URL(url)))
  return client
}

const textOf = (result: object): string => ((result as { content?: { text: string }[] }).content ?? [])[0]?.text ?? ''
const namesAt = async (client: Client): Promise<readonly string[]> => (await client.listTools()).tools.map(({ name }) => name)

/** `modern` speaks 2026-07-28 alone, `conf` alone what came before. */
const stack = new AsyncDisposableStack()
let gateway: McpGateway

beforeAll(async () => {
  const conf = stack.use(await runFixture('--legacy'))
  gateway = stack.use(
    await startMcpGateway({ servers: { conf: http(conf.url), modern: testServer('modern-only'), demo: { kind: 'builtin', name: 'demo' } }, presets: () => [PRESET] }),
  )
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
  expect(gateway.upstreams.map(({ status }) => status)).toMatchObject([{ hello: { era: 'legacy' } }, { hello: { era: 'modern' } }, {}])
})

afterAll(() => stack.disposeAsync())

describe('the official client v1 over HTTP+SSE', () => {
  it.each([
    ['/sse', ['conf__test_simple_text', 'modern__work', 'demo__slow_count'], []],
    ['/sse/conf', ['test_simple_text'], ['work', 'slow_count']],
    ['/sse/modern', ['work'], ['test_simple_text', 'slow_count']],
    ['/sse/presets/working', ['modern__work'], ['conf__test_simple_text', 'demo__slow_count']],
    ['/sse?preset=working', ['modern__work'], ['conf__test_simple_text', 'demo__slow_count']],
  ])('lists and calls at %s what is served there, and nothing else', async (address, shown, hidden) => {
    const client = await connect(`${gateway.url}${address}`)
    const names = await namesAt(client)
    for (const name of shown) expect(names).toContain(name)
    for (const name of hidden) expect(names).not.toContain(name)
    const called = await client.callTool({ name: shown[0] ?? '', arguments: {} })
    // `work` gives back the `_meta` of its call.
    expect(textOf(called)).toMatch(/simple text response|protocolVersion":"2026-07-28/)
    for (const name of hidden) await expect(client.callTool({ name, arguments: {} })).rejects.toThrow()
    await client.close()
  })

  it('follows the progress of its calls', async () => {
    const client = await connect(`${gateway.url}/sse/conf`)
    const steps: Progress[] = []
    await client.callTool({ name: 'test_tool_with_progress', arguments: {} }, undefined, { onprogress: (step) => steps.push(step) })
    expect(steps.map(({ progress }) => progress)).toEqual([0, 50, 100])
    await client.close()
  })

  it('cancels a call at its server', async () => {
    const client = await connect(`${gateway.url}/sse/conf`)
    const cancelled = async (): Promise<number> => (JSON.parse(textOf(await client.callTool({ name: 'matrix_counts', arguments: {} }))) as { cancelled: number }).cancelled
    const before = await cancelled()
    const controller = new AbortController()
    const calling = client.callTool({ name: 'matrix_wait', arguments: {} }, undefined, { signal: controller.signal, onprogress: () => controller.abort('enough') })
    await expect(calling).rejects.toThrow('enough')
    await expect.poll(cancelled).toBe(before + 1)
    await client.close()
  })

  it('answers elicitation, sampling and roots in the middle of a call', async () => {
    const client = await connect(`${gateway.url}/sse/conf`, 'me')
    const call = async (name: string): Promise<unknown> => JSON.parse(textOf(await client.callTool({ name, arguments: {} })))
    expect(await call('matrix_form')).toMatchObject({ action: 'accept', content: { name: 'me' } })
    expect(await call('matrix_sampling')).toMatchObject(SAID)
    expect(await call('matrix_roots')).toMatchObject({ roots: [{ uri: 'file:///home/me' }] })
    await client.close()
  })

  it('is asked by a server of the modern era, too', async () => {
    await using far = await startMcpGateway({ servers: { conf: fixtureOverStdio() }, definition: { era: 'modern' } })
    const client = await connect(`${far.url}/sse/conf`, 'you')
    expect(JSON.parse(textOf(await client.callTool({ name: 'matrix_form', arguments: {} })))).toMatchObject({ action: 'accept', content: { name: 'you' } })
    await client.close()
  })

  it('hears of changed resources, of changed lists and of what servers log', async () => {
    const client = await connect(`${gateway.url}/sse/conf`)
    const heard: string[] = []
    client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => void heard.push(params.uri))
    client.setNotificationHandler(ToolListChangedNotificationSchema, ({ method }) => void heard.push(method))
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void heard.push(String(params.data)))
    await client.subscribeResource({ uri: 'test://watched-resource' })
    await client.setLoggingLevel('info')
    for (const name of ['matrix_touch', 'test_trigger_tool_change', 'test_tool_with_logging']) await client.callTool({ name, arguments: {} })
    await until(() => ['test://watched-resource', 'notifications/tools/list_changed', 'Tool execution completed'].every((one) => heard.includes(one)), 'everything was heard')
    await client.unsubscribeResource({ uri: 'test://watched-resource' })
    await client.close()
  })

  it('has its answers and questions for itself, however many ask at once', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, (_, index) => connect(`${gateway.url}/sse/conf`, `c${index}`)))
    const answers = await Promise.all(
      clients.flatMap((client) => [client.callTool({ name: 'matrix_form', arguments: {} }), client.callTool({ name: 'matrix_roots', arguments: {} })].map(async (result) => textOf(await result))),
    )
    expect(answers.map((text) => /\bc\d\b/.exec(text)?.[0])).toEqual(clients.flatMap((_, index) => [`c${index}`, `c${index}`]))
    await Promise.all(clients.map((client) => client.close()))
  })

  it('comes back by itself with a new session when its stream broke, and is told to initialize', async () => {
    const client = await connect(`${gateway.url}/sse/demo`, 'broken')
    const session = [...gateway.sessions.all()].find(({ clientInfo }) => clientInfo?.['name'] === 'broken')
    if (!session) throw new Error('there is no session')
    await gateway.sessions.delete(session.id)
    let refused: unknown
    // The client waits some seconds before it opens its next stream; until then its session is unknown.
    for (let tries = 0; tries < 1_200 && !String(refused).includes('initialize'); tries++) {
      refused = await client.ping().then(() => client.listTools()).catch((error: unknown) => error)
      await sleep(50)
    }
    expect(String(refused)).toContain('Expected `initialize` first')
    await client.close()
  })
})

describe('the official client v2 over HTTP+SSE', () => {
  it('lists, calls and reads', async () => {
    const client = new ClientV2({ name: 'v2', version: '1' }, { capabilities: {} })
    await client.connect(new TransportV2(new URL(`${gateway.url}/sse/conf`)))
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('test_simple_text')
    expect(textOf(await client.callTool({ name: 'test_simple_text', arguments: {} }))).toContain('simple text')
    expect((await client.readResource({ uri: 'test://static-text' })).contents).toHaveLength(1)
    await client.close()
  })
})
