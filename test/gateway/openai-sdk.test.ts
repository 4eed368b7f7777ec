import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let client: OpenAI

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url)] })
  client = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client' })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const messages = [{ role: 'user' as const, content: 'Grüße an 世界' }]

async function readStream(stream: AsyncIterable<OpenAI.ChatCompletionChunk>): Promise<{ text: string; chunks: OpenAI.ChatCompletionChunk[] }> {
  const chunks: OpenAI.ChatCompletionChunk[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return { text: chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join(''), chunks }
}

describe('the official openai SDK through the gateway', () => {
  it('gets a whole answer', async () => {
    const answer = await client.chat.completions.create({ model: 'sim/echo', messages })
    expect(answer.choices[0]?.message.content).toBe('You said: Grüße an 世界')
    expect(answer.usage?.prompt_tokens).toBe(11)
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', status: 200, provider: 'sim', model: 'echo', publicModel: 'sim/echo', usage: { input: { total: 11 } } }])
  })

  it('gets a stream to its end, without the usage it did not ask for', async () => {
    const { text, chunks } = await readStream(await client.chat.completions.create({ model: 'sim/echo', messages, stream: true }))
    expect(text).toBe('You said: Grüße an 世界')
    expect(chunks.filter((chunk) => chunk.choices.length === 0)).toEqual([])
    expect(gateway.ledger.rows).toMatchObject([{ stream: true, usageSource: 'provider', usage: { input: { total: 11 }, output: { total: 5 } } }])
  })

  it('gets the usage it asked for', async () => {
    const options = { model: 'sim/echo', messages, stream: true as const, stream_options: { include_usage: true } }
    const { chunks } = await readStream(await client.chat.completions.create(options))
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { prompt_tokens: 11 } })
  })

  it('gets a tool call in fragments', async () => {
    sim.script({ tool: 'get_weather', toolArguments: '{"city":"Zürich"}' })
    const runner = client.chat.completions.stream({ model: 'sim/echo', messages })
    const final = await runner.finalChatCompletion()
    expect(final.choices[0]?.message.tool_calls?.[0]).toMatchObject({ function: { name: 'get_weather', arguments: '{"city":"Zürich"}' } })
  })

  it('is never shown to the provider: its key is replaced and its account headers are dropped', async () => {
    const own = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', organization: 'org-client', project: 'proj-client' })
    await own.chat.completions.create({ model: 'sim/echo', messages })
    const headers = sim.requests[0]?.headers ?? {}
    expect(headers.authorization).toBe('Bearer sk-provider')
    expect(JSON.stringify(headers)).not.toMatch(/client/)
    expect(headers['accept-encoding']).toBe('identity')
  })

  it('aborts upstream when the client leaves, while it streams', async () => {
    const stream = await client.chat.completions.create({ model: 'sim/echo?chunks=1000&intervalMs=500', messages, stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    stream.controller.abort()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
    await until(() => gateway.ledger.rows.length === 1, 'the attempt was recorded')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled' }])
  })

  it.each([true, false])('aborts upstream when the client leaves, before the first byte (stream: %s)', async (stream) => {
    const controller = new AbortController()
    const pending = client.chat.completions.create({ model: 'sim/echo?fault=hang', messages, stream }, { signal: controller.signal })
    await until(() => sim.requests.length === 1, 'the provider had the request')
    controller.abort()
    await expect(pending).rejects.toThrow()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
  })

  it('throws when the provider’s stream is cut: an error and not an end', async () => {
    const stream = await client.chat.completions.create({ model: 'sim/echo?chunks=20&fault=cut&after=5', messages, stream: true })
    await expect(readStream(stream)).rejects.toThrow(OpenAI.APIError)
    expect(sim.requests.length).toBe(1)
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted', status: 200 }])
  })

  it('lists and retrieves models', async () => {
    const models = await client.models.list()
    expect(models.data.map((model) => model.id)).toEqual(['sim/echo'])
    await expect(client.models.retrieve('sim/echo')).resolves.toMatchObject({ id: 'sim/echo', owned_by: 'sim' })
  })

  it('is told of an unknown model with the nearest name', async () => {
    await client.models.list()
    await expect(client.chat.completions.create({ model: 'sin/echo', messages })).rejects.toMatchObject({ status: 404, code: 'model_not_found', message: expect.stringContaining('`sim/echo`') as string })
  })

  it('runs a tool loop against the demo provider, offline', async () => {
    await using offline = await startModelGateway({ providers: [defineProvider('demo', '', { kind: 'demo' })] })
    const demo = new OpenAI({ baseURL: offline.url, apiKey: 'any' })
    expect((await demo.models.list()).data.map((model) => model.id)).toEqual(['demo/echo', 'demo/tools'])
    const tools: OpenAI.ChatCompletionTool[] = [
      { type: 'function', function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } } },
    ]
    const first = await demo.chat.completions.stream({ model: 'demo/tools', messages: [{ role: 'user', content: 'Bern' }], tools }).finalChatCompletion()
    const call = first.choices[0]?.message.tool_calls?.[0]
    expect(call).toMatchObject({ type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } })
    const history: OpenAI.ChatCompletionMessageParam[] = [
      { role: 'user', content: 'Bern' },
      { role: 'assistant', content: null, tool_calls: first.choices[0]?.message.tool_calls ?? [] },
      { role: 'tool', tool_call_id: call?.id ?? '', content: '12 degrees' },
    ]
    const last = await demo.chat.completions.create({ model: 'demo/tools', messages: history, tools })
    expect(last.choices[0]?.message.content).toContain('12 degrees')
    expect(offline.ledger.rows.map((row) => [row.provider, row.outcome, row.usageSource])).toEqual([['demo', 'answered', 'provider'], ['demo', 'answered', 'provider']])
  })
})
