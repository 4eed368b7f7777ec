import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makePlace, startGatewayProcess, type GatewayProcess } from '../support/gateway-process.ts'
import { textOf } from '../support/instance-client.ts'
import { connectRaw, modernRequest, postMessage, type Json, type RawClient } from '../support/mcp-raw-client.ts'

const SERVER = fileURLToPath(new URL('./roots-server.mjs', import.meta.url))
const program = { command: process.execPath, args: [SERVER] }

const place = makePlace()
let gateway: GatewayProcess
beforeAll(async () => {
  place.write({
    version: 1,
    mcp: { listWait: 60_000 },
    mcpServers: {
      shared: program,
      configured: { ...program, roots: ['/srv/all', { uri: 'file:///srv/named', name: 'named' }] },
      own: { ...program, isolation: 'per-session' },
    },
    mcpTemplates: { project: { ...program, roots: ['{{project.path}}'] } },
  })
  gateway = await startGatewayProcess(place)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

interface RootsClient extends AsyncDisposable {
  readonly raw: RawClient
  roots: readonly string[]
  call(name: string): Promise<unknown>
}

/** A legacy client that has roots and answers for them, wherever it is asked. */
async function clientWithRoots(server: string, roots: readonly string[]): Promise<RootsClient> {
  const raw = await connectRaw(`${gateway.url}/mcp/${server}`, { roots: { listChanged: true } })
  const stop = new AbortController()
  let id = 0
  const answer = (message: Json): void => {
    if (message['method'] === 'roots/list') void raw.post({ id: message['id'], result: { roots: client.roots.map((uri) => ({ uri })) } })
  }
  const client: RootsClient = {
    raw,
    roots,
    call: async (name) => JSON.parse(textOf((await raw.request({ id: ++id, method: 'tools/call', params: { name, arguments: {} } }, { onMessage: answer })).answer)) as unknown,
    async [Symbol.asyncDispose]() {
      stop.abort()
      await fetch(`${gateway.url}/mcp/${server}`, { method: 'DELETE', headers: { 'mcp-session-id': raw.sessionId } })
    },
  }
  await raw.listen(answer, stop.signal)
  return client
}

async function callWithout(server: string, name: string, meta: Json = {}): Promise<unknown> {
  const { answer } = await modernRequest(`${gateway.url}/mcp/${server}`, { method: 'tools/call', params: { name, arguments: {}, _meta: meta } })
  return JSON.parse(textOf(answer)) as unknown
}

const CONFIGURED = ['file:///srv/all', 'file:///srv/named']

describe('a server that all clients share', () => {
  it('is not told of roots when none are configured, and refused when it asks all the same', async () => {
    expect(await callWithout('shared', 'seen')).toEqual({ declared: null, atStart: -32601, changes: 0 })
    expect(await callWithout('shared', 'ask')).toBe(-32601)
  })

  it('hears the configured ones outside of calls, and in calls of clients that have none', async () => {
    await expect.poll(() => callWithout('configured', 'seen')).toEqual({ declared: { listChanged: true }, atStart: CONFIGURED, changes: 0 })
    expect(await callWithout('configured', 'ask')).toEqual(CONFIGURED)
    const raw = await connectRaw(`${gateway.url}/mcp/configured`)
    expect(JSON.parse(textOf((await raw.request({ id: 1, method: 'tools/call', params: { name: 'ask', arguments: {} } })).answer))).toEqual(CONFIGURED)
  })

  it('hears those of the client whose call it is, and is not told that they changed', async () => {
    await using one = await clientWithRoots('configured', ['file:///one'])
    await using two = await clientWithRoots('configured', ['file:///two'])
    expect(await one.call('ask')).toEqual(['file:///one'])
    expect(await two.call('ask')).toEqual(['file:///two'])
    await one.raw.post({ method: 'notifications/roots/list_changed' })
    expect(await one.call('seen')).toEqual({ declared: { listChanged: true }, atStart: CONFIGURED, changes: 0 })
  })

  it('has the question for a modern client come back as `input_required`', async () => {
    const capable = { 'io.modelcontextprotocol/clientCapabilities': { roots: {} } }
    const url = `${gateway.url}/mcp/configured`
    const first = (await modernRequest(url, { method: 'tools/call', params: { name: 'ask', arguments: {}, _meta: capable } })).answer['result'] as Json
    expect(first['resultType']).toBe('input_required')
    const [key = ''] = Object.keys(first['inputRequests'] as Json)
    const inputResponses = { [key]: { roots: [{ uri: 'file:///modern' }] } }
    const { answer } = await modernRequest(url, { method: 'tools/call', params: { name: 'ask', arguments: {}, inputResponses, requestState: first['requestState'], _meta: capable } })
    expect(JSON.parse(textOf(answer))).toEqual(['file:///modern'])
  })
})

describe('an instance of one session', () => {
  it('hears the roots of its client, right after the handshake and whenever they change', async () => {
    await using one = await clientWithRoots('own', ['file:///one'])
    await using two = await clientWithRoots('own', ['file:///two'])
    const declared = { listChanged: true }
    await expect.poll(() => one.call('seen')).toEqual({ declared, atStart: ['file:///one'], changes: 0 })
    await expect.poll(() => two.call('seen')).toEqual({ declared, atStart: ['file:///two'], changes: 0 })
    one.roots = ['file:///one', 'file:///more']
    expect(await one.raw.post({ method: 'notifications/roots/list_changed' })).toBe(202)
    await expect.poll(() => one.call('seen')).toEqual({ declared, atStart: ['file:///one', 'file:///more'], changes: 1 })
    expect(await two.call('seen')).toMatchObject({ atStart: ['file:///two'], changes: 0 })
  })

  it('is not told of roots when its client has none', async () => {
    const raw = await connectRaw(`${gateway.url}/mcp/own`)
    expect(JSON.parse(textOf((await raw.request({ id: 1, method: 'tools/call', params: { name: 'seen', arguments: {} } })).answer))).toMatchObject({ declared: null })
  })
})

describe('an instance of a template', () => {
  it('hears roots that its context completed', async () => {
    const path = join(place.directory, 'a b')
    const headers = { 'content-type': 'application/json', 'x-trunkline-context': JSON.stringify({ project: { path } }) }
    const response = await postMessage(`${gateway.url}/tools/project/ask`, {}, headers)
    expect(response.answer).toEqual([new URL(`file://${path.replaceAll(' ', '%20')}`).href])
  })
})
