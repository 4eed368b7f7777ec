import { createServer } from 'node:http'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { createServer as createTcpServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { toNodeHandler } from '@modelcontextprotocol/node'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { JsonText } from '../../src/lib/json-text.ts'
import { ask, callTool, http, runServer, startUpstream, stdio, textOf, toolNames, type RunningServer } from './upstream-fixture.ts'

const resolve = createRequire(import.meta.url).resolve

function entry(name: string): string {
  return join(dirname(resolve(`@modelcontextprotocol/${name}/package.json`)), 'dist/index.js')
}

async function freePort(): Promise<number> {
  const server = createTcpServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return port
}

async function runEverything(transport: 'streamableHttp' | 'sse', path: string): Promise<RunningServer> {
  const port = await freePort()
  const server = await runServer([entry('server-everything'), transport], /(?:listening|running) on port \d+/, { PORT: String(port) })
  return { pid: server.pid, url: `http://127.0.0.1:${port}${path}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const everything = stdio(process.execPath, [entry('server-everything')])

describe('createMcpUpstream with the reference servers over stdio', () => {
  it.each([
    ['server-memory', [], 'read_graph', {}],
    ['server-sequential-thinking', [], 'sequentialthinking', { thought: 'x', nextThoughtNeeded: false, thoughtNumber: 1, totalThoughts: 1 }],
  ] as const)('lists and calls %s', async (name, args, tool, given) => {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-real-'))
    await using upstream = await startUpstream(stdio(process.execPath, [entry(name), ...args], { env: { MEMORY_FILE_PATH: join(folder, 'memory.json') } }))
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era: 'legacy', protocolVersion: '2025-11-25' } })
    expect(await toolNames(upstream)).toContain(tool)
    expect(await callTool(upstream, tool, given)).toHaveProperty('structuredContent')
    await rm(folder, { recursive: true })
  })

  it('serves server-filesystem, which is shown no roots', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-real-'))
    await using upstream = await startUpstream(stdio(process.execPath, [entry('server-filesystem'), folder]))
    await callTool(upstream, 'write_file', { path: join(folder, 'a.txt'), content: 'hello' })
    expect(textOf(await callTool(upstream, 'read_text_file', { path: join(folder, 'a.txt') }))).toBe('hello')
    await rm(folder, { recursive: true })
  })

  it('uses every kind of capability of server-everything', async () => {
    await using upstream = await startUpstream(everything)
    expect(textOf(await callTool(upstream, 'echo', { message: 'hi' }))).toBe('Echo: hi')
    expect(JSON.parse(await ask(upstream, 'resources/list'))).toHaveProperty('resources')
    expect(JSON.parse(await ask(upstream, 'resources/templates/list'))).toHaveProperty('resourceTemplates')
    expect(JSON.parse(await ask(upstream, 'prompts/list'))).toHaveProperty('prompts')
    const ref = { type: 'ref/prompt', name: 'completable-prompt' }
    expect(JSON.parse(await ask(upstream, 'completion/complete', { ref, argument: { name: 'department', value: 'E' } }))).toMatchObject({ completion: { values: ['Engineering'] } })
    const progress: number[] = []
    await callTool(upstream, 'trigger-long-running-operation', { duration: 1, steps: 2 }, { onProgress: (params) => progress.push((JSON.parse(params) as { progress: number }).progress) })
    expect(progress).toEqual([1, 2])
  })

  it('carries a sampling request of server-everything to the caller', async () => {
    await using upstream = await startUpstream(everything)
    const answer = '{"role":"assistant","model":"m","content":{"type":"text","text":"from the client"}}' as JsonText
    const result = await callTool(upstream, 'trigger-sampling-request', { prompt: 'p', maxTokens: 5 }, { onServerRequest: () => Promise.resolve(answer) })
    expect(textOf(result)).toContain('from the client')
  })
})

describe.each([
  ['streamable HTTP', 'streamableHttp', '/mcp', 'http'],
  ['HTTP+SSE', 'sse', '/sse', 'sse'],
  ['HTTP+SSE found behind kind http', 'sse', '/sse', 'http'],
] as const)('createMcpUpstream with server-everything over %s', (_, transport, path, kind) => {
  it('lists, calls, samples and cancels', async () => {
    await using server = await runEverything(transport, path)
    await using upstream = await startUpstream({ kind, url: server.url, headers: {} })
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era: 'legacy' } })
    expect(await toolNames(upstream)).toContain('echo')
    expect(textOf(await callTool(upstream, 'echo', { message: 'hi' }))).toBe('Echo: hi')
    const answer = '{"role":"assistant","model":"m","content":{"type":"text","text":"sampled"}}' as JsonText
    const result = await callTool(upstream, 'trigger-sampling-request', { prompt: 'p', maxTokens: 5 }, { onServerRequest: () => Promise.resolve(answer) })
    expect(textOf(result)).toContain('sampled')
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 100)
    const long = callTool(upstream, 'trigger-long-running-operation', { duration: 20, steps: 2 }, { signal: stop.signal })
    await expect(long).rejects.toMatchObject({ code: 'cancelled' })
    expect(textOf(await callTool(upstream, 'echo', { message: 'after' }))).toBe('Echo: after')
  })
})

describe('createMcpUpstream with the SDK’s modern server', () => {
  it('negotiates 2026-07-28, calls, and hears of changes', async () => {
    const handler = createMcpHandler(() => {
      const server = new McpServer({ name: 'modern', version: '1.0.0' }, { capabilities: { tools: { listChanged: true } } })
      server.registerTool('add', { inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => ({ content: [{ type: 'text', text: String(a + b) }] }))
      return server
    })
    const node = toNodeHandler(handler)
    const server = createServer((request, response) => void node(request as Parameters<typeof node>[0], response))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`
    try {
      await using upstream = await startUpstream(http(url))
      expect(upstream.status).toMatchObject({ state: 'ready', hello: { era: 'modern', protocolVersion: '2026-07-28', serverInfo: { name: 'modern' } } })
      expect(await toolNames(upstream)).toEqual(['add'])
      expect(textOf(await callTool(upstream, 'add', { a: 2, b: 3 }))).toBe('5')
      await expect(ask(upstream, 'tools/call', { name: 'nothing', arguments: {} })).rejects.toMatchObject({ code: -32602 })
      await expect(ask(upstream, 'no/such/method')).rejects.toMatchObject({ code: -32601 })
      let changes = 0
      upstream.onChange((change) => (changes += change.kind === 'list-changed' ? 1 : 0))
      await expect.poll(() => {
        handler.notify.toolsChanged()
        return changes
      }).toBeGreaterThan(0)
      expect(upstream.status.state).toBe('ready')
    } finally {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    }
  })
})

