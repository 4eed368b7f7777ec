import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { type GatewayProcess, makePlace, startGatewayProcess } from '../support/gateway-process.ts'

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator({})
})
afterAll(() => sim.close())

const JSON_TYPE = { 'content-type': 'application/json' }

async function openSession({ url }: GatewayProcess): Promise<Response> {
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 't', version: '1' } }
  const headers = { ...JSON_TYPE, accept: 'application/json, text/event-stream' }
  const answer = await fetch(`${url}/mcp`, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params }) })
  await answer.text()
  return fetch(`${url}/mcp`, { headers: { accept: 'text/event-stream', 'mcp-session-id': answer.headers.get('mcp-session-id') ?? '', 'mcp-protocol-version': '2025-11-25' } })
}

describe('SIGTERM', () => {
  it('lets a running answer finish, refuses new work, ends waiting streams, and exits with 0', async () => {
    using place = makePlace()
    place.write({ version: 1, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url } }, server: { drainTimeout: '60s' } })
    await using gateway = await startGatewayProcess(place)
    const events = await openSession(gateway)
    const body = JSON.stringify({ model: 'sim/echo?chunks=20&intervalMs=100', stream: true, messages: [{ role: 'user', content: 'hello' }] })
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body })
    gateway.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(503)
    const refused = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
    expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/)
    await events.text()
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
  }, 40_000)

  it('tells a client in its own stream when the time is over', async () => {
    using place = makePlace()
    place.write({ version: 1, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url } }, server: { drainTimeout: '300ms' } })
    await using gateway = await startGatewayProcess(place)
    const body = JSON.stringify({ model: 'sim/echo?chunks=500&intervalMs=100', stream: true, messages: [{ role: 'user', content: 'hello' }] })
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body })
    gateway.child.kill('SIGTERM')
    const text = await answer.text()
    expect(text).toContain('gateway_draining')
    expect(text).not.toContain('[DONE]')
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
  }, 40_000)
})
