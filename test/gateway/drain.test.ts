import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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

interface HeldProvider extends AsyncDisposable {
  readonly url: string
  /** Ends every answer that has begun. */
  finish(): void
}

/** A provider that begins an answer and goes on only when it is told to, however long a slow machine takes until then. */
async function startHeldProvider(): Promise<HeldProvider> {
  const told = Promise.withResolvers<void>()
  const chunk = (delta: object, reason: string | null): string => `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(chunk({ role: 'assistant', content: 'one' }, null))
    void told.promise.then(() => response.end(`${chunk({}, 'stop')}data: [DONE]\n\n`))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    finish: () => told.resolve(),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

describe('SIGTERM', () => {
  it('lets a running answer finish, refuses new work, ends waiting streams, and exits with 0', async () => {
    using place = makePlace()
    await using held = await startHeldProvider()
    place.write({ version: 1, providers: { held: { kind: 'openai-compatible', baseUrl: held.url } }, server: { drainTimeout: '60s' } })
    await using gateway = await startGatewayProcess(place)
    const events = await openSession(gateway)
    const body = JSON.stringify({ model: 'held/any', stream: true, messages: [{ role: 'user', content: 'hello' }] })
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body })
    gateway.child.kill('SIGTERM')
    await expect.poll(async () => (await fetch(`${gateway.url}/readyz`)).status).toBe(503)
    const refused = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: JSON_TYPE, body })
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
    held.finish()
    expect(await answer.text()).toMatch(/data: \[DONE\]\n\n$/)
    await events.text()
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
  })

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
  })
})
