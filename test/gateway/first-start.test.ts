import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { startGatewayProcess, makePlace, type GatewayProcess, type Place } from '../support/gateway-process.ts'
import { connectRaw, modernRequest, type Json } from '../support/mcp-raw-client.ts'

const LIST_WAIT = '50ms'

const stack = new AsyncDisposableStack()
let sim: ProviderSimulator

beforeAll(async () => {
  sim = await createProviderSimulator()
  stack.defer(() => sim.close())
})
afterAll(() => stack.disposeAsync())

/** A gateway with a server that does not start before its gate is opened. */
async function startGated(args: readonly string[] = []): Promise<{ readonly gateway: GatewayProcess; readonly place: Place; open(): void } & AsyncDisposable> {
  await using built = new AsyncDisposableStack()
  const place = built.use(makePlace())
  const gate = join(place.directory, 'gate')
  const gated = { command: '/bin/sh', args: ['-c', `while [ ! -e "$0" ]; do sleep 0.05; done; exec "$@"`, gate, process.execPath, testServerPath('notebook')] }
  place.write({ version: 1, mcp: { listWait: LIST_WAIT }, providers: { chat: { kind: 'openai-compatible', baseUrl: sim.url } }, mcpServers: { gated, demo: { builtin: 'demo' } } })
  const gateway = built.use(await startGatewayProcess(place, args))
  const kept = built.move()
  return { gateway, place, open: () => writeFileSync(gate, ''), [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

async function post(url: string, body: object): Promise<{ readonly status: number; readonly body: unknown }> {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await response.text()
  return { status: response.status, body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : text }
}

const call = (name: string): { method: string; params: Json } => ({ method: 'tools/call', params: { name, arguments: {} } })
const textOf = (answer: Json): unknown => ((answer['result'] as Json | undefined)?.['content'] as Json[] | undefined)?.[0]?.['text'] ?? answer

describe('a call for a server that starts for the first time', () => {
  it('waits for it on every surface, and a name that nobody has does not', async () => {
    await using started = await startGated()
    const { url } = started.gateway
    const legacy = await connectRaw(`${url}/mcp`)
    const single = await connectRaw(`${url}/mcp/gated`)
    const uri = 'trunkline://servers/gated/note://all'
    sim.script({ model: 'run', tools: [{ name: 'gated__read', arguments: '{}' }] }, { model: 'run', text: 'Done.' })
    const waiting = Promise.all([
      legacy.request({ id: 1, ...call('gated__read') }).then(({ answer }) => textOf(answer)),
      single.request({ id: 1, ...call('read') }).then(({ answer }) => textOf(answer)),
      modernRequest(`${url}/mcp`, call('gated__read')).then(({ answer }) => textOf(answer)),
      modernRequest(`${url}/mcp/gated`, call('read')).then(({ answer }) => textOf(answer)),
      legacy.request({ id: 2, method: 'resources/read', params: { uri } }).then(({ answer }) => answer['result']),
      single.request({ id: 2, method: 'resources/read', params: { uri: 'note://all' } }).then(({ answer }) => answer['result']),
      legacy.request({ id: 3, method: 'prompts/get', params: { name: 'gated__nothing' } }).then(({ answer }) => (answer['error'] as Json)['message']),
      post(`${url}/api/tool-invocations`, { tool: 'gated__read' }).then(({ body }) => (body as Json)['outcome']),
      post(`${url}/api/tool-invocations`, { tool: 'read', server: 'gated' }).then(({ body }) => (body as Json)['outcome']),
      post(`${url}/tools/gated/read`, {}).then(({ status }) => status),
      post(`${url}/v1/chat/completions`, { model: 'chat/run+tools:gated', messages: [{ role: 'user', content: 'Read.' }] }).then(({ body }) => ((body as Json)['choices'] as Json[] | undefined)?.[0]?.['message'] ?? body),
    ])
    // Once this is refused, the others have been at the gateway for as long.
    const unknown = await legacy.request({ id: 4, ...call('demo__nothing') })
    expect(unknown.answer['error']).toMatchObject({ message: expect.stringContaining('demo__nothing') })
    const unknownHere = await post(`${url}/tools/demo/nothing`, {})
    expect(unknownHere.status).toBe(404)
    started.open()
    const contents = expect.objectContaining({ contents: [expect.objectContaining({ text: '' })] })
    expect(await waiting).toEqual(['[]', '[]', '[]', '[]', contents, contents, 'Unknown prompt: gated__nothing', 'answered', 'answered', 200, expect.objectContaining({ content: 'Done.' })])
  }, 60_000)

  it('ends with its own time, or with its caller, while the server goes on starting', async () => {
    await using started = await startGated()
    const { url } = started.gateway
    const short = await post(`${url}/api/tool-invocations`, { tool: 'gated__read', timeoutMs: 150 })
    expect(short).toMatchObject({ status: 503, body: { outcome: 'failed', error: { class: 'unavailable', message: expect.stringContaining('starting') } } })
    const client = await connectRaw(`${url}/mcp`)
    const cancelled = client.request({ id: 7, ...call('gated__read') })
    expect(await client.post({ method: 'notifications/cancelled', params: { requestId: 7 } })).toBe(202)
    // The stream ends without an answer, though nothing has started.
    expect((await cancelled).answer).toEqual({})
    expect(await (await fetch(`${url}/tools`)).json()).toMatchObject({ missing: [{ server: 'gated', state: 'starting' }] })
  }, 60_000)
})
