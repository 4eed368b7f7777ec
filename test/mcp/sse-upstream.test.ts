import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ask, callTool, content, initialized, isReady, readRpc, startUpstream, until } from './upstream-fixture.ts'

const FAST = { backOffFirstMs: 30, backOffLastMs: 200 }

describe('createMcpUpstream over HTTP+SSE', () => {
  interface SseServer extends AsyncDisposable {
    readonly url: string
    drop(): void
  }

  async function sseServer(endpoint: (port: number) => string): Promise<SseServer> {
    const streams = new Set<ServerResponse>()
    const server = createServer((request, response) => {
      void (async () => {
        if (request.method === 'GET') {
          streams.add(response)
          response.on('close', () => streams.delete(response))
          response.writeHead(200, { 'content-type': 'text/event-stream' })
          response.write(`event: endpoint\ndata: ${endpoint((server.address() as AddressInfo).port)}\n\n`)
          return
        }
        if (!request.url?.startsWith('/messages')) return void response.writeHead(404).end('Cannot POST')
        const { id, method, params } = await readRpc(request)
        response.writeHead(202).end('Accepted')
        if (id === undefined) return
        const result = method === 'initialize' ? initialized(id)['result'] : { content: [{ type: 'text', text: JSON.stringify(params) }] }
        for (const stream of streams) stream.write(`event: message\ndata: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`)
      })()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sse`,
      drop: () => {
        for (const stream of streams) stream.destroy()
      },
      async [Symbol.asyncDispose]() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  it.each(['sse', 'http'] as const)('is spoken with kind %s', async (kind) => {
    await using server = await sseServer(() => '/messages?session=1')
    await using upstream = await startUpstream({ kind, url: server.url, headers: {} })
    expect(upstream.status).toMatchObject({ state: 'ready', hello: { era: 'legacy' } })
    expect(content(await callTool(upstream, 'x', { a: 1 }))).toEqual({ name: 'x', arguments: { a: 1 } })
  })

  it('refuses to post to another origin', async () => {
    await using server = await sseServer((port) => `http://localhost:${port}/messages`)
    await using upstream = await startUpstream({ kind: 'sse', url: server.url, headers: {} })
    expect(upstream.status).toMatchObject({ state: 'failed', reason: expect.stringContaining('endpoint') as string })
  })

  it('connects again when the stream drops', async () => {
    await using server = await sseServer(() => '/messages')
    await using upstream = await startUpstream({ kind: 'sse', url: server.url, headers: {} }, { timing: FAST })
    server.drop()
    await until(upstream, ({ status }) => status.state === 'backing-off')
    await until(upstream, isReady)
    await expect(ask(upstream, 'tools/call', { name: 'y' })).resolves.toContain('y')
  })
})
