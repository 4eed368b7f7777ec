import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client as ClientV2, StreamableHTTPClientTransport as TransportV2 } from '@modelcontextprotocol/client'
import { Client as ClientV1 } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as TransportV1 } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startCutProxy, type CutProxy } from '../support/cut-proxy.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-official-sessions-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** What both generations of the official client can be asked alike. */
interface AnyClient {
  readonly sessionId: () => string | undefined
  callTool(params: { name: string; arguments: Record<string, unknown> }, onprogress: () => void): Promise<{ [key: string]: unknown }>
  close(): Promise<void>
}

async function connectV1(url: URL): Promise<AnyClient> {
  const client = new ClientV1({ name: 'v1', version: '1' }, { capabilities: {} })
  const transport = new TransportV1(url)
  await client.connect(transport as Parameters<ClientV1['connect']>[0])
  return { sessionId: () => transport.sessionId, callTool: (params, onprogress) => client.callTool(params, undefined, { onprogress }), close: () => client.close() }
}

async function connectV2(url: URL): Promise<AnyClient> {
  const client = new ClientV2({ name: 'v2', version: '1' }, { capabilities: {} })
  const transport = new TransportV2(url)
  await client.connect(transport)
  return { sessionId: () => transport.sessionId, callTool: (params, onprogress) => client.callTool(params, { onprogress }), close: () => client.close() }
}

async function startDemo(proxy: CutProxy): Promise<McpGateway> {
  const gateway = await startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } }, dataDirectory: directory })
  proxy.lead(Number(new URL(gateway.url).port))
  return gateway
}

/** Two steps: after the first, the call runs for certain. */
const count = (client: AnyClient, delayMs: number, begun: () => void = () => undefined) => client.callTool({ name: 'slow_count', arguments: { to: 2, delayMs } }, begun)
const COUNTED = { content: [{ type: 'text', text: 'Counted to 2.' }] }

describe.each([['v1', connectV1], ['v2', connectV2]] as const)('the official client %s', (_version, connect) => {
  it('gets the answer of a call whose connection was cut, by itself', async () => {
    await using proxy = await startCutProxy()
    await using gateway = await startDemo(proxy)
    const client = await connect(new URL(`http://127.0.0.1:${proxy.port}/mcp/demo`))
    const begun = Promise.withResolvers<void>()
    const calling = count(client, 900, begun.resolve)
    await begun.promise
    proxy.cut()
    expect(await calling).toMatchObject(COUNTED)
    expect(gateway.sessions.size).toBe(1)
    await client.close()
  })

  it('goes on in its session after the gateway restarted, and hears that the running call is lost', async () => {
    await using proxy = await startCutProxy()
    const first = await startDemo(proxy)
    const client = await connect(new URL(`http://127.0.0.1:${proxy.port}/mcp/demo`))
    const id = client.sessionId()
    const begun = Promise.withResolvers<void>()
    const calling = count(client, 4_000, begun.resolve).catch((error: unknown) => error)
    await begun.promise
    proxy.cut()
    await first[Symbol.asyncDispose]()
    await using second = await startDemo(proxy)
    expect(await calling).toMatchObject({ code: -32603, message: expect.stringContaining('is lost') })
    expect(await count(client, 1)).toMatchObject(COUNTED)
    expect([client.sessionId(), [...second.sessions.all()].map((session) => session.id)]).toEqual([id, [id]])
    await client.close()
  })
})
