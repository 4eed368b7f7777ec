import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../../support/gateway-process.ts'
import { legacyClient, modernClient, textOf, toolNames, type InstanceClient } from '../../support/instance-client.ts'
import { openEvents } from '../../support/mcp-event-client.ts'
import { postMessage, type Json } from '../../support/mcp-raw-client.ts'
import { runDualEraServer, type DualEraServer } from './dual-era-server.ts'

const PATIENCE = { timeout: 40_000 }
const TEST_MS = 120_000

let place: Place
let server: DualEraServer
let gateway: GatewayProcess | undefined
beforeEach(async () => {
  place = makePlace()
  server = await runDualEraServer()
})
afterEach(async () => {
  await gateway?.[Symbol.asyncDispose]()
  gateway = undefined
  await server[Symbol.asyncDispose]()
  place[Symbol.dispose]()
})

function write(more: Json = {}, rest: Json = {}): void {
  place.write({ version: 1, mcp: { listWait: 10_000, ...rest }, mcpServers: { dual: { url: server.url, ...more } } })
}

async function start(): Promise<string> {
  gateway = await startGatewayProcess(place)
  const { url } = gateway
  await expect.poll(async () => (await fetch(`${url}/healthz`)).text(), PATIENCE).toContain('"state":"ready"')
  return url
}

const eraOf = async (client: InstanceClient): Promise<string> => textOf(await client.call('era'))

const changesOf = async (url: string): Promise<readonly Json[]> => ((await (await fetch(`${url}/_meta/tools/changes`)).json()) as { items: Json[] }).items

describe('a gateway with a server of both eras', () => {
  it('gives a session its twin again after a restart, for calls and for changes that nobody asks for', async () => {
    write()
    const first = await start()
    const client = await legacyClient(`${first}/mcp/dual`)
    expect(await eraOf(client)).toBe('legacy')
    await gateway?.[Symbol.asyncDispose]()
    const again = `${await start()}/mcp/dual`
    const session = { 'mcp-session-id': client.raw?.sessionId ?? '', 'mcp-protocol-version': '2025-11-25' }
    const events = await openEvents(again, session)
    expect(events.status).toBe(200)
    // Opened for a session that only listens.
    await expect.poll(() => server.initialized, PATIENCE).toBe(2)
    const { answer } = await postMessage(again, { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'era', arguments: {} } }, session)
    expect(textOf(answer)).toBe('legacy')
    server.grow('more')
    const until = Date.now() + PATIENCE.timeout
    let names: readonly string[] = []
    for (let event = await events.next(); event && Date.now() < until; event = await events.next()) {
      if (event.message?.['method'] !== 'notifications/tools/list_changed') continue
      names = toolNames((await postMessage(again, { jsonrpc: '2.0', id: 2, method: 'tools/list', params: {} }, session)).answer)
      if (names.includes('more')) break
    }
    expect(names).toContain('more')
    await events.leave()
  }, TEST_MS)

  it('administers server and twin as one, and shows one', async () => {
    write()
    const url = await start()
    const client = await legacyClient(`${url}/mcp/dual`)
    expect(await eraOf(client)).toBe('legacy')
    const shown = await Promise.all(['/healthz', '/metrics', '/_meta/tools', '/_meta/calls', '/api/inspect', '/api/tools'].map(async (path) => (await fetch(`${url}${path}`)).text()))
    expect(shown.filter((text) => text.includes('~legacy'))).toEqual([])
    expect((JSON.parse(shown[0] ?? '') as { servers: Json[] }).servers).toMatchObject([{ id: 'dual', state: 'ready', era: 'modern' }])
    // Its tries and states are nobody's business: one server became ready, once.
    expect(/^trunkline_mcp_server_state_changes_total\{.*state="ready".*\} (\d+)$/m.exec(shown[1] ?? '')?.[1]).toBe('1')

    expect((await fetch(`${url}/_meta/servers/dual/restart`, { method: 'POST' })).status).toBeLessThan(300)
    await expect.poll(() => server.initialized, PATIENCE).toBe(2)
    await expect.poll(() => eraOf(client), PATIENCE).toBe('legacy')

    write({ enabled: false })
    await fetch(`${url}/_meta/config/reload`, { method: 'POST' })
    await expect.poll(() => server.sessions, PATIENCE).toBe(0)
    expect(await client.call('era')).toHaveProperty('error')
    write()
    await fetch(`${url}/_meta/config/reload`, { method: 'POST' })
    await expect.poll(async () => JSON.stringify(await client.call('era')), PATIENCE).toContain('"legacy"')
  }, TEST_MS)

  it('is spoken to in one era where the document says so, whoever the client is', async () => {
    write({ era: 'modern' })
    const url = await start()
    expect(await eraOf(await legacyClient(`${url}/mcp/dual`))).toBe('modern')
    write({ era: 'legacy' })
    await fetch(`${url}/_meta/config/reload`, { method: 'POST' })
    await expect.poll(async () => JSON.stringify(await modernClient(`${url}/mcp/dual`).call('era')), PATIENCE).toContain('"legacy"')
    expect(server.initialized).toBe(1)
  }, TEST_MS)

  it('holds the twin’s definitions to the approved ones', async () => {
    server.description = 'Something else, for whoever is older.'
    write({}, { pinning: 'hold' })
    const url = await start()
    const [older, newer] = [await legacyClient(`${url}/mcp/dual`), modernClient(`${url}/mcp/dual`)]
    expect(toolNames(await older.list()).toSorted()).toEqual(['ask', 'push', 'tell'])
    expect(await older.call('era')).toMatchObject({ error: { data: { code: 'capability_held' } } })
    expect(toolNames(await newer.list())).toContain('era')
    expect(await eraOf(newer)).toBe('modern')
    expect(await changesOf(url)).toMatchObject([{ server: 'dual', tool: 'era', changed: { description: 'Something else, for whoever is older.' } }])
    await fetch(`${url}/_meta/tools/approvals`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ server: 'dual', tool: 'era' }) })
    expect(await eraOf(older)).toBe('legacy')
    expect(await eraOf(newer)).toBe('modern')
    expect(await changesOf(url)).toEqual([])
  }, TEST_MS)
})
