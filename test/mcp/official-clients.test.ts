import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { startFixtureGateway } from './conformance/run-suite.ts'
import { http, runServer, stdio, type RunningServer } from './upstream-fixture.ts'

const path = (relative: string): string => fileURLToPath(new URL(`../../node_modules/${relative}`, import.meta.url))
const script = (name: string): string => path(`@modelcontextprotocol/server-${name}/dist/index.js`)
const npmServer = (name: string, args: readonly string[] = [], env: Record<string, string> = {}) => stdio(process.execPath, [script(name), ...args], { env })

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

let directory: string
let gateway: McpGateway
let remote: RunningServer

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'trunkline-official-'))
  const port = await freePort()
  remote = await runServer([script('everything'), 'streamableHttp'], /(?:listening|running) on port \d+/, { PORT: String(port) })
  gateway = await startMcpGateway({
    servers: {
      everything: npmServer('everything'),
      remote: http(`http://127.0.0.1:${port}/mcp`),
      filesystem: npmServer('filesystem', [directory]),
      memory: npmServer('memory', [], { MEMORY_FILE_PATH: join(directory, 'memory.json') }),
      thinking: npmServer('sequential-thinking'),
    },
  })
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
})

afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await remote[Symbol.asyncDispose]()
  // The memory server writes when it ends.
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
})

/** What both generations of the official client can be asked alike. */
interface AnyClient {
  listTools(): Promise<{ tools: { name: string }[] }>
  callTool(params: { name: string; arguments: Record<string, unknown> }): Promise<{ [key: string]: unknown }>
  listResources(): Promise<{ resources: { uri: string }[] }>
  readResource(params: { uri: string }): Promise<{ contents: unknown[] }>
  listResourceTemplates(): Promise<{ resourceTemplates: { uriTemplate: string }[] }>
  listPrompts(): Promise<{ prompts: { name: string }[] }>
  getPrompt(params: { name: string; arguments?: Record<string, string> }): Promise<{ messages: unknown[] }>
  complete(params: { ref: { type: 'ref/prompt'; name: string }; argument: { name: string; value: string } }): Promise<{ completion: { values: string[] } }>
  getInstructions(): string | undefined
  close(): Promise<void>
}

async function connectV1(url: string): Promise<AnyClient> {
  const client = new ClientV1({ name: 'v1', version: '1' }, { capabilities: {} })
  await client.connect(new TransportV1(new URL(url)) as Parameters<ClientV1['connect']>[0])
  return client as unknown as AnyClient
}

async function connectV2(url: string, mode: 'legacy' | 'modern'): Promise<AnyClient> {
  const negotiation = mode === 'modern' ? { versionNegotiation: { mode: { pin: '2026-07-28' } } } : {}
  const client = new ClientV2({ name: 'v2', version: '1' }, { capabilities: {}, ...negotiation } as ConstructorParameters<typeof ClientV2>[1])
  await client.connect(new TransportV2(new URL(url)))
  return client as unknown as AnyClient
}

const CLIENTS: readonly (readonly [string, (url: string) => Promise<AnyClient>])[] = [
  ['SDK v1', connectV1],
  ['SDK v2, legacy', (url) => connectV2(url, 'legacy')],
  ['SDK v2, modern', (url) => connectV2(url, 'modern')],
]

describe.each(CLIENTS)('%s', (_name, connect) => {
  it.each([
    ['/mcp', 'everything__'],
    ['/mcp/everything', ''],
    ['/mcp/remote', ''],
  ])('lists and calls tools, reads resources, gets prompts and completes at %s', async (address, prefix) => {
    const client = await connect(`${gateway.url}${address}`)
    try {
      const { tools } = await client.listTools()
      const names = tools.map(({ name }) => name)
      expect(names).toContain(`${prefix}echo`)
      if (prefix !== '') for (const server of ['remote', 'filesystem', 'memory', 'thinking']) expect(names.some((name) => name.startsWith(`${server}__`))).toBe(true)
      const called = await client.callTool({ name: `${prefix}echo`, arguments: { message: 'héllo' } })
      expect(called['content']).toEqual([{ type: 'text', text: 'Echo: héllo' }])
      const { resources } = await client.listResources()
      expect(resources.length).toBeGreaterThan(0)
      const { contents } = await client.readResource({ uri: resources[0]?.uri ?? '' })
      expect(contents.length).toBeGreaterThan(0)
      expect((await client.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(0)
      const { prompts } = await client.listPrompts()
      expect(prompts.map(({ name }) => name)).toContain(`${prefix}simple-prompt`)
      expect((await client.getPrompt({ name: `${prefix}simple-prompt` })).messages.length).toBeGreaterThan(0)
      const completed = await client.complete({ ref: { type: 'ref/prompt', name: `${prefix}completable-prompt` }, argument: { name: 'department', value: 'E' } })
      expect(completed.completion.values).toContain('Engineering')
      expect(client.getInstructions()).toContain(prefix === '' ? 'Everything' : '# everything')
    } finally {
      await client.close()
    }
  })
})

describe('structured content of real servers', () => {
  it('passes the official client’s own validation', async () => {
    const client = await connectV2(`${gateway.url}/mcp`, 'modern')
    await client.listTools()
    const result = await client.callTool({ name: 'filesystem__list_allowed_directories', arguments: {} })
    expect(result['structuredContent']).toMatchObject({ content: expect.stringContaining(directory) })
    await client.close()
  })

  it('that is no object reaches a legacy client in a form that it takes', async () => {
    await using fixture = await startFixtureGateway({ era: 'modern' })
    const client = await connectV1(`${fixture.url}/mcp/conf`)
    // SDK v1 throws the whole list away for one output schema that is no object.
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('test_array_output')
    const result = await client.callTool({ name: 'test_array_output', arguments: {} })
    expect(result['structuredContent']).toEqual({ result: [1, 2] })
    await client.close()
  })
})

describe('a server that asks', () => {
  it('of the modern era gets its answer from a legacy official client', async () => {
    await using fixture = await startFixtureGateway({ era: 'modern' })
    const client = new ClientV1({ name: 'v1', version: '1' }, { capabilities: { elicitation: {} } })
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept' as const, content: { name: 'Ada' } }))
    await client.connect(new TransportV1(new URL(`${fixture.url}/mcp/conf`)) as Parameters<ClientV1['connect']>[0])
    const result = await client.callTool({ name: 'test_input_required_result_elicitation', arguments: {} })
    expect(result['content']).toEqual([{ type: 'text', text: 'Hello, Ada!' }])
    await client.close()
  })

  it('of the legacy era gets its answer from a modern official client', async () => {
    await using fixture = await startFixtureGateway({ era: 'legacy' })
    const options = { capabilities: { elicitation: {} }, versionNegotiation: { mode: { pin: '2026-07-28' } } } as ConstructorParameters<typeof ClientV2>[1]
    const client = new ClientV2({ name: 'v2', version: '1' }, options)
    client.setRequestHandler('elicitation/create', () => ({ action: 'accept' as const, content: { name: 'Ada' } }))
    await client.connect(new TransportV2(new URL(`${fixture.url}/mcp/conf`)))
    const result = await client.callTool({ name: 'test_input_required_result_elicitation', arguments: {} })
    expect(result['content']).toEqual([{ type: 'text', text: 'Hello, Ada!' }])
    await client.close()
  })
})

async function inspect(address: string, args: readonly string[]): Promise<Record<string, unknown>> {
  const home = await mkdtemp(join(tmpdir(), 'trunkline-inspector-'))
  try {
    const bin = path('.bin/mcp-inspector')
    const child = spawn(process.execPath, [bin, '--cli', `${gateway.url}${address}`, '--transport', 'http', ...args], {
      env: { HOME: home, PATH: join(process.execPath, '..') },
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject))
    expect(code, `${output}${errors}`).toBe(0)
    return JSON.parse(output) as Record<string, unknown>
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}

describe('the official inspector', () => {
  it.each([
    ['/mcp', 'everything__', []],
    ['/mcp/everything', '', []],
    ['/mcp', 'everything__', ['--protocol-era', 'modern']],
  ] as const)('works at %s with %s names %j', async (address, prefix, era) => {
    const listed = await inspect(address, ['--method', 'tools/list', ...era])
    expect((listed['tools'] as { name: string }[]).map(({ name }) => name)).toContain(`${prefix}echo`)
    const called = await inspect(address, ['--method', 'tools/call', '--tool-name', `${prefix}echo`, '--tool-arg', 'message=hi', ...era])
    expect(called['content']).toEqual([{ type: 'text', text: 'Echo: hi' }])
    const { resources } = (await inspect(address, ['--method', 'resources/list', ...era])) as { resources: { uri: string }[] }
    expect(await inspect(address, ['--method', 'resources/read', '--uri', resources[0]?.uri ?? '', ...era])).toHaveProperty('contents')
    expect(await inspect(address, ['--method', 'prompts/get', '--prompt-name', `${prefix}simple-prompt`, ...era])).toHaveProperty('messages')
  })
})
