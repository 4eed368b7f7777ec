import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { makePlace, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import type { Json } from '../support/mcp-raw-client.ts'
import { connectSse, openSse, type SseRawClient } from '../support/mcp-sse-client.ts'
import { isAlive } from '../support/process-children.ts'
import { until } from '../support/until.ts'

const notebook = { command: process.execPath, args: [testServerPath('notebook')] }
const DOCUMENT = {
  version: 1,
  mcp: { listWait: 60_000 },
  mcpServers: {
    own: { ...notebook, isolation: 'per-session' },
    rooted: { command: process.execPath, args: [fileURLToPath(new URL('./roots-server.mjs', import.meta.url))], isolation: 'per-session' },
  },
  mcpTemplates: { placed: { ...notebook, env: { PLACE: '{{project.path}}' } } },
}

const place = makePlace()
let gateway: GatewayProcess
beforeAll(async () => {
  place.write(DOCUMENT)
  gateway = await startGatewayProcess(place)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

let id = 0
async function callTool(client: SseRawClient, name: string, given: Json = {}): Promise<string> {
  const answer = await client.request({ id: ++id, method: 'tools/call', params: { name, arguments: given } })
  const content = (answer['result'] as { content?: { text: string }[] } | undefined)?.content
  return content?.[0]?.text ?? JSON.stringify(answer)
}

interface Facts {
  readonly pid: number
  readonly env: Record<string, string>
}
const factsOf = async (client: SseRawClient, name: string): Promise<Facts> => JSON.parse(await callTool(client, name)) as Facts

describe('HTTP+SSE in a whole gateway', () => {
  it('gives each stream its own instance of an isolated server, and lets it go with the stream', async () => {
    using one = await connectSse(`${gateway.url}/sse/own`)
    const two = await connectSse(`${gateway.url}/sse/own`)
    await callTool(one, 'write', { text: 'mine' })
    expect(await callTool(two, 'read')).toBe('[]')
    const [first, second] = [(await factsOf(one, 'facts')).pid, (await factsOf(two, 'facts')).pid]
    expect(first).not.toBe(second)
    two[Symbol.dispose]()
    await until(() => !isAlive(second), 'the second instance is gone')
    expect(isAlive(first)).toBe(true)
    expect(await callTool(one, 'read')).toBe('["mine"]')
  })

  it('tells the roots of its client to an instance that asks outside of any call, and again when they change', async () => {
    using client = await openSse(`${gateway.url}/sse/rooted`)
    let roots = ['file:///home/first']
    client.onMessage(({ id: asked, method }) => {
      if (method === 'roots/list') void client.post({ id: asked, result: { roots: roots.map((uri) => ({ uri })) } })
    })
    await client.request({ id: 'i', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: { roots: { listChanged: true } } } })
    await client.post({ method: 'notifications/initialized' })
    await expect.poll(() => callTool(client, 'seen'), { timeout: 30_000 }).toContain('"atStart":["file:///home/first"]')
    roots = ['file:///home/second']
    await client.post({ method: 'notifications/roots/list_changed' })
    await expect.poll(() => callTool(client, 'seen'), { timeout: 30_000 }).toContain('"atStart":["file:///home/second"]')
  })

  it.each([['the stream', true], ['the POST of `initialize`', false]])('believes a request context that comes with %s', async (_where, isWithStream) => {
    const context = { 'x-trunkline-context': JSON.stringify({ project: { path: place.directory } }) }
    using client = await openSse(`${gateway.url}/sse/placed`, isWithStream ? context : {})
    const posted = client.post({ id: 'i', method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {} } }, isWithStream ? {} : context)
    expect(await posted).toBe(202)
    await until(() => client.heard.length === 1, 'it is initialized')
    expect((await factsOf(client, 'facts')).env['PLACE']).toBe(place.directory)
  })

  it('keeps nothing of a session, and ends its stream when the gateway stops', async () => {
    using fresh = makePlace()
    fresh.write(DOCUMENT)
    await using first = await startGatewayProcess(fresh)
    using client = await connectSse(`${first.url}/sse`)
    await callTool(client, 'own__write', { text: 'a secret of this session' })
    const streamId = new URL(client.endpoint).searchParams.get('sessionId') ?? ''
    first.child.kill('SIGTERM')
    expect(await client.ended).toBe(true)
    expect(await first.exited).toMatchObject({ code: 0 })
    expect(first.log.join('\n')).not.toContain(streamId)
    const data = join(fresh.directory, 'data')
    const kept = readdirSync(data).filter((name) => name.includes('.db') || name.includes('sqlite')).map((name) => readFileSync(join(data, name), 'latin1')).join('')
    expect(kept.length).toBeGreaterThan(0)
    expect(kept).not.toContain('raw-sse')
  })
})
