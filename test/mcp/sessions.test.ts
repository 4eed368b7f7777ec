import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Secret } from '../../src/domain/secret.ts'
import { startMcpGateway, type McpGateway, type McpGatewayOptions } from '../support/mcp-gateway.ts'
import { openEvents, type Events } from '../support/mcp-event-client.ts'
import { connectRaw, postMessage, type Json } from '../support/mcp-raw-client.ts'
import { createScriptedUpstream, paramsOf, type ScriptedUpstream } from '../support/scripted-upstream.ts'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trunkline-mcp-sessions-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const CAPABILITIES = { tools: { listChanged: true }, resources: { subscribe: true, listChanged: true }, logging: {} }

/** Calls wait until the test lets them go. */
function makeUpstream(): ScriptedUpstream & { readonly release: (text: string) => void } {
  const waiting: ((text: string) => void)[] = []
  const upstream = createScriptedUpstream({
    capabilities: CAPABILITIES,
    answers: {
      'tools/list': { tools: [{ name: 'wait', inputSchema: { type: 'object' } }] },
      'resources/list': { resources: [{ uri: 'x://1', name: '1' }, { uri: 'x://2', name: '2' }] },
      'resources/templates/list': { resourceTemplates: [] },
      'resources/subscribe': {},
      'resources/unsubscribe': {},
      'logging/setLevel': {},
      'tools/call': async () => ({ content: [{ type: 'text', text: await new Promise<string>((resolve) => waiting.push(resolve)) }] }),
    },
  })
  return Object.assign(upstream, {
    release: (text: string) => {
      for (const resolve of waiting.splice(0)) resolve(text)
    },
  })
}

async function start(upstream: ScriptedUpstream, more: Partial<McpGatewayOptions> = {}): Promise<McpGateway> {
  const gateway = await startMcpGateway({ upstreams: [upstream], dataDirectory: directory, ...more })
  upstream.becomeReady()
  await gateway.catalog.contacted({ servers: 'all', tags: undefined, naming: 'prefixed' })
  return gateway
}

const call = (id: number): Json => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'wait', arguments: {} } })
const textOf = (message: Json | undefined): unknown => ((message?.['result'] as Json | undefined)?.['content'] as { text: string }[] | undefined)?.[0]?.text
const PING = { jsonrpc: '2.0', id: 'ping', method: 'ping' }

async function connect(gateway: McpGateway): Promise<Record<string, string>> {
  const { sessionId } = await connectRaw(`${gateway.url}/mcp/one`)
  return { 'mcp-session-id': sessionId, 'mcp-protocol-version': '2025-11-25' }
}

const post = (gateway: McpGateway, session: Record<string, string>, message: Json): Promise<Events> => openEvents(`${gateway.url}/mcp/one`, session, message)
const get = (gateway: McpGateway, session: Record<string, string>, lastEventId?: string): Promise<Events> =>
  openEvents(`${gateway.url}/mcp/one`, lastEventId === undefined ? session : { ...session, 'last-event-id': lastEventId })

describe('a stream of a legacy session', () => {
  it('is primed for clients of 2025-11-25, and answers the client that comes back', async () => {
    const upstream = makeUpstream()
    await using gateway = await start(upstream)
    const session = await connect(gateway)
    const first = await post(gateway, session, call(1))
    const priming = await first.next()
    expect(priming).toMatchObject({ data: '', retry: expect.any(Number) })
    await first.leave()
    upstream.release('done')
    const back = await get(gateway, session, priming?.id)
    const answer = await back.next()
    expect([textOf(answer?.message), await back.next()]).toEqual(['done', undefined])
    expect(answer?.id).not.toBe(priming?.id)
    const again = await get(gateway, session, answer?.id)
    expect([again.status, await again.next()]).toEqual([200, undefined])
  })

  it('is moved by a client that comes back while it seems to be there, and the call goes on', async () => {
    const upstream = makeUpstream()
    await using gateway = await start(upstream)
    const session = await connect(gateway)
    const first = await post(gateway, session, call(1))
    const priming = await first.next()
    const back = await get(gateway, session, priming?.id)
    expect(await first.next()).toBeUndefined()
    upstream.release('done')
    expect(textOf((await back.next())?.message)).toBe('done')
  })

  it('without a request replays what its client missed, and gets what is new', async () => {
    const upstream = makeUpstream()
    await using gateway = await start(upstream)
    const session = await connect(gateway)
    const first = await get(gateway, session)
    await first.next()
    const updated = (uri: string): void => upstream.emit({ kind: 'resource-updated', params: JSON.stringify({ uri }) as never })
    const ask = (id: number, method: string, params: Json) => postMessage(`${gateway.url}/mcp/one`, { jsonrpc: '2.0', id, method, params }, session)
    await Promise.all([ask(1, 'resources/subscribe', { uri: 'x://1' }), ask(2, 'resources/subscribe', { uri: 'x://2' })])
    updated('x://1')
    const seen = await first.next()
    updated('x://2')
    const missed = await first.next()
    await first.leave()
    const back = await get(gateway, session, seen?.id)
    expect(await back.next()).toEqual(missed)
    updated('x://1')
    expect((await back.next())?.message).toEqual({ jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'x://1' } })
  })

  it('is nobody else’s: a foreign or invented event id resumes nothing', async () => {
    const key = (name: string) => ({ name, key: new Secret(`secret-${name}`), scopes: ['tools:use'] as const })
    const upstream = makeUpstream()
    await using gateway = await start(upstream, { keys: [key('a'), key('b')] })
    const as = (name: string) => ({ authorization: `Bearer secret-${name}` })
    const open = async (name: string) => ({ 'mcp-session-id': (await connectRaw(`${gateway.url}/mcp/one`, {}, '2025-11-25', as(name))).sessionId, ...as(name) })
    const [a, b] = [await open('a'), await open('b')]
    const running = await post(gateway, a, call(1))
    const priming = await running.next()
    expect((await get(gateway, b, priming?.id)).status).toBe(400)
    expect((await get(gateway, { ...a, ...as('b') }, priming?.id)).status).toBe(404)
    expect((await get(gateway, a, 'nonsense')).status).toBe(400)
    upstream.release('mine')
    expect(textOf((await running.next())?.message)).toBe('mine')
  })

  it('says that an answer is lost when it was too big to be kept', async () => {
    const upstream = makeUpstream()
    await using gateway = await start(upstream, { streamLimits: { maxEvents: 10, maxBytes: 1_000 } })
    const session = await connect(gateway)
    const first = await post(gateway, session, call(1))
    const priming = await first.next()
    await first.leave()
    upstream.release('x'.repeat(2_000))
    await expect.poll(() => upstream.calls.filter(({ method }) => method === 'tools/call').length).toBe(1)
    const back = await get(gateway, session, priming?.id)
    expect((await back.next())?.message).toMatchObject({ id: 1, error: { code: -32603, data: { code: 'upstream_interrupted' } } })
    expect(await back.next()).toBeUndefined()
  })
})

describe('a legacy session after a restart of the gateway', () => {
  it('goes on for its principal with its subscriptions and its log level, and hears that things may have changed', async () => {
    const first = makeUpstream()
    const session = await (async () => {
      await using gateway = await start(first)
      const opened = await connect(gateway)
      const ask = (id: number, method: string, params: Json) => postMessage(`${gateway.url}/mcp/one`, { jsonrpc: '2.0', id, method, params }, opened)
      await ask(1, 'resources/subscribe', { uri: 'x://1' })
      await ask(2, 'resources/subscribe', { uri: 'x://2' })
      await ask(3, 'resources/unsubscribe', { uri: 'x://2' })
      await ask(4, 'logging/setLevel', { level: 'warning' })
      return opened
    })()
    const second = makeUpstream()
    await using gateway = await start(second)
    expect(gateway.sessions.size).toBe(0)
    const stream = await get(gateway, session)
    await stream.next()
    const told = [await stream.next(), await stream.next(), await stream.next()].map((event) => event?.message)
    expect(told).toEqual([
      { jsonrpc: '2.0', method: 'notifications/tools/list_changed' },
      { jsonrpc: '2.0', method: 'notifications/resources/list_changed' },
      { jsonrpc: '2.0', method: 'notifications/resources/updated', params: { uri: 'x://1' } },
    ])
    expect(second.calls.filter(({ method }) => method === 'resources/subscribe').map((asked) => paramsOf(asked)['uri'])).toEqual(['x://1'])
    expect(second.calls.filter(({ method }) => method === 'logging/setLevel').map((asked) => paramsOf(asked)['level'])).toEqual(['warning'])
    for (const level of ['info', 'error']) second.emit({ kind: 'notification', method: 'notifications/message', params: JSON.stringify({ level, data: level }) as never })
    expect((await stream.next())?.message).toMatchObject({ method: 'notifications/message', params: { level: 'error' } })
    expect((await postMessage(`${gateway.url}/mcp/one`, PING, session)).answer).toEqual({ jsonrpc: '2.0', id: 'ping', result: {} })
    expect((await postMessage(`${gateway.url}/mcp`, PING, session)).status).toBe(404)
  })

  it('takes a subscription up when its server comes late', async () => {
    const session = await (async () => {
      await using gateway = await start(makeUpstream())
      const opened = await connect(gateway)
      await postMessage(`${gateway.url}/mcp/one`, { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'x://1' } }, opened)
      return opened
    })()
    const late = makeUpstream()
    await using gateway = await startMcpGateway({ upstreams: [late], dataDirectory: directory, listWaitMs: 10 })
    expect((await postMessage(`${gateway.url}/mcp/one`, PING, session)).status).toBe(200)
    late.becomeReady()
    await expect.poll(() => late.calls.some(({ method }) => method === 'resources/subscribe')).toBe(true)
  })

  it('stays deleted when its client ended it', async () => {
    const session = await (async () => {
      await using gateway = await start(makeUpstream())
      const opened = await connect(gateway)
      expect((await fetch(`${gateway.url}/mcp/one`, { method: 'DELETE', headers: opened })).status).toBe(200)
      return opened
    })()
    await using gateway = await start(makeUpstream())
    expect((await postMessage(`${gateway.url}/mcp/one`, PING, session)).status).toBe(404)
  })

  it('keeps its id when the client initializes again with it, and only then', async () => {
    const session = await (async () => {
      await using gateway = await start(makeUpstream())
      return await connect(gateway)
    })()
    await using gateway = await start(makeUpstream())
    const initialize = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } } }
    const open = (id: string | undefined) => postMessage(`${gateway.url}/mcp/one`, initialize, id === undefined ? {} : { 'mcp-session-id': id })
    const old = session['mcp-session-id']
    expect((await open(old)).headers.get('mcp-session-id')).toBe(old)
    expect((await open(old)).headers.get('mcp-session-id')).not.toBe(old)
    expect((await open('A'.repeat(22))).headers.get('mcp-session-id')).not.toBe('A'.repeat(22))
    expect((await postMessage(`${gateway.url}/mcp/one`, PING, session)).status).toBe(200)
  })
})
