import { describe, expect, it } from 'vitest'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { connectRaw, ENVELOPE, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { fakeServer, http, initialized, readRpc, replyJson } from './upstream-fixture.ts'

interface Bench extends AsyncDisposable {
  readonly gateway: McpGateway
  /** What the server was told, in order, without the handshake. */
  readonly noted: Json[]
}

/** A legacy server that keeps the notifications it gets, behind a gateway. */
async function start(): Promise<Bench> {
  await using stack = new AsyncDisposableStack()
  const noted: Json[] = []
  const server = stack.use(
    await fakeServer(async (request, response) => {
      if (request.method !== 'POST') return void response.writeHead(405).end()
      const message = (await readRpc(request)) as Json
      if (message['id'] === undefined) {
        if (message['method'] !== 'notifications/initialized') noted.push(message)
        return void response.writeHead(202).end()
      }
      if (message['method'] === 'initialize') return replyJson(response, initialized(message['id'] as number))
      replyJson(response, { jsonrpc: '2.0', id: message['id'] as number, result: { tools: [] } })
    }),
  )
  const gateway = stack.use(await startMcpGateway({ servers: { one: http(server.url) }, definition: { era: 'legacy' } }))
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
  const kept = stack.move()
  return { gateway, noted, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const note = (method: string, params: Json = {}): Json => ({ jsonrpc: '2.0', method, params })
const modern = { 'mcp-protocol-version': '2026-07-28' }

describe('notifications that the gateway does not know', () => {
  it.each(['modern', 'legacy'] as const)('go from a %s client to the one server of its address, without what belongs to the hop', async (era) => {
    await using bench = await start()
    const url = `${bench.gateway.url}/mcp/one`
    const params = { level: 3, _meta: { 'com.example/kept': 1, ...(era === 'modern' ? ENVELOPE : {}) } }
    const session = era === 'legacy' ? { 'mcp-session-id': (await connectRaw(url)).sessionId } : modern
    expect((await postMessage(url, note('notifications/com.example/moved', params), session)).status).toBe(202)
    await expect.poll(() => bench.noted).toEqual([note('notifications/com.example/moved', { level: 3, _meta: { 'com.example/kept': 1 } })])
  })

  it.each(['modern', 'legacy'] as const)('are dropped on the aggregate, and those of the hop everywhere, of a %s client', async (era) => {
    await using bench = await start()
    const base = `${bench.gateway.url}/mcp`
    const send = async (url: string, method: string): Promise<void> => {
      const session = era === 'legacy' ? { 'mcp-session-id': (await connectRaw(url)).sessionId } : modern
      expect((await postMessage(url, note(method), session)).status).toBe(202)
    }
    await send(base, 'notifications/com.example/moved')
    for (const method of ['initialized', 'progress', 'cancelled']) await send(`${base}/one`, `notifications/${method}`)
    await send(`${base}/one`, 'notifications/com.example/last')
    await expect.poll(() => bench.noted.map(({ method }) => method)).toEqual(['notifications/com.example/last'])
  })
})
