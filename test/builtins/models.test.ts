import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { makePlace, type Place } from '../support/gateway-process.ts'

const BIN = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url))

let sim: ProviderSimulator
let place: Place
let client: Client

interface Result {
  readonly content: readonly { readonly text: string }[]
  readonly structuredContent?: Readonly<Record<string, unknown>>
  readonly isError?: boolean
}

const call = async (name: string, given: Record<string, unknown>, onProgress?: (message: string) => void): Promise<Result> =>
  (await client.callTool({ name, arguments: given }, undefined, onProgress ? { onprogress: ({ message }) => onProgress(message ?? '') } : {})) as unknown as Result

beforeEach(async () => {
  sim = await createProviderSimulator()
  place = makePlace()
  place.write({
    version: 1,
    mcpServers: { models: { builtin: 'models' } },
    providers: { main: { kind: 'openai-compatible', baseUrl: sim.url, models: ['first', 'second'] }, spare: { kind: 'anthropic-compatible', baseUrl: sim.url, apiKey: 'k', models: ['third'] } },
    models: { safe: { strategy: 'fallback', targets: ['main/first', 'spare/third'] }, circle: 'main/first' },
    runs: { models: { circle: 'models' } },
  })
  client = new Client({ name: 'test', version: '1' })
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [BIN, 'stdio', '--server', 'models', '--config', place.document, '--data', join(place.directory, 'data')], env: { HOME: place.directory, PATH: process.env['PATH'] ?? '', ...(process.env['TRUNKLINE_FROM_SOURCE'] ? { TRUNKLINE_FROM_SOURCE: '1' } : {}) }, stderr: 'ignore' }),
  )
})
afterEach(async () => {
  await client.close()
  await sim.close()
  place[Symbol.dispose]()
})

describe('`trunkline stdio --server models` in an MCP client', () => {
  it('chats, with the text as progress while it comes', async () => {
    sim.script({ text: 'one two three four', reasoning: 'Counting.', inputTokens: 7, outputTokens: 4, intervalMs: 50 })
    const pieces: string[] = []
    const result = await call('chat', { model: 'main/first', messages: [{ role: 'user', content: 'Count.' }], parameters: { temperature: 0.5, top_k: 3 } }, (message) => pieces.push(message))
    expect(result.content[0]?.text).toBe('one two three four')
    // What comes in one read with the result the SDK drops.
    expect('one two three four').toContain(pieces.join(''))
    expect(pieces.length).toBeGreaterThan(1)
    expect(result.structuredContent).toMatchObject({ model: 'main/first', text: 'one two three four', thinking: 'Counting.', finish: 'stop', usage: { input: 7, output: 4 } })
    expect(JSON.parse(sim.requests[0]?.body.toString() ?? '')).toMatchObject({ temperature: 0.5, top_k: 3 })
  })

  it('shows in its health that a provider failed and another answered', async () => {
    sim.script({ model: 'first', fault: 'status', status: 503, times: 5 })
    const result = await call('complete', { model: 'safe', prompt: 'Hello' })
    expect(result.content[0]?.text).toContain('You said: Hello')
    const { structuredContent } = await call('provider_health', {})
    const targets = structuredContent?.['targets'] as readonly { provider: string; failures: number; attempts: number; lastFailure?: { reason: string } }[]
    expect(targets.find(({ provider }) => provider === 'main')).toMatchObject({ lastFailure: { reason: expect.stringContaining('503') as string } })
    expect(targets.find(({ provider }) => provider === 'main')?.failures).toBeGreaterThan(0)
    expect(targets.find(({ provider }) => provider === 'spare')).toMatchObject({ attempts: 1, failures: 0, recent: ['answered'] })
    const read = await client.readResource({ uri: 'trunkline://health' })
    expect(JSON.stringify(read)).toContain('spare')
    expect(JSON.stringify(await client.readResource({ uri: 'trunkline://metrics' }))).toContain('trunkline_exchanges_total')
  })

  it('compares models, also when one of them fails', async () => {
    sim.script({ model: 'second', fault: 'status', status: 400, body: '{"error":{"message":"no such thing"}}' })
    const { structuredContent } = await call('compare', { models: ['main/first', 'main/second', 'spare/third'], prompt: 'Hi' })
    expect(structuredContent?.['answers']).toMatchObject([{ model: 'main/first', text: 'You said: Hi' }, { model: 'main/second', error: expect.stringContaining('no such thing') as string }, { model: 'spare/third', text: 'You said: Hi' }])
  })

  it('lists models and explains where a name leads', async () => {
    const { content } = await call('list_models', {})
    expect(content[0]?.text).toMatch(/safe/)
    const explained = await call('route_explain', { model: 'safe' })
    expect(JSON.stringify(explained.structuredContent)).toMatch(/main.*first.*spare.*third/)
    expect(await call('route_explain', { model: 'nonsense' })).toMatchObject({ isError: true })
  })

  it('says what is wrong with arguments', async () => {
    expect(await call('chat', { messages: [] })).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('`messages`') as string }] })
    expect(await call('compare', { models: ['one'], prompt: 'Hi' })).toMatchObject({ isError: true })
    expect(await call('complete', { model: 'main/unknown-model-name-x', prompt: '' })).toMatchObject({ isError: true })
  })

  it('asks without tools of the gateway, so that no model can ask itself in a circle', async () => {
    expect(await call('complete', { model: 'circle', prompt: 'go' })).toMatchObject({ content: [{ text: 'You said: go' }] })
    expect(JSON.parse(sim.requests[0]?.body.toString() ?? '')).not.toHaveProperty('tools')
    expect(await call('complete', { model: 'main/first+tools:models', prompt: 'go' })).toMatchObject({ isError: true, content: [{ text: expect.stringContaining('tools:use') as string }] })
  })
})
