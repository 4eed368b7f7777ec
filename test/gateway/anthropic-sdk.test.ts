import Anthropic from '@anthropic-ai/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let client: Anthropic

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url, { kind: 'anthropic-compatible' })], settings: { backoffBaseMs: 5, backoffMaxMs: 10 } })
  client = new Anthropic({ baseURL: new URL(gateway.url).origin, apiKey: 'sk-client' })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const basic = { model: 'sim/echo', max_tokens: 100, messages: [{ role: 'user' as const, content: 'Grüße an 世界' }] }

describe('the official Anthropic SDK through the gateway', () => {
  it('gets a whole answer, and its usage is on record', async () => {
    sim.script({ cachedTokens: 4 })
    const answer = await client.messages.create(basic)
    expect(answer).toMatchObject({ content: [{ type: 'text', text: 'You said: Grüße an 世界' }], stop_reason: 'end_turn', usage: { input_tokens: 7, cache_read_input_tokens: 4 } })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', surface: 'anthropic-messages', provider: 'sim', model: 'echo', usageSource: 'provider', usage: { input: { total: 11, cacheRead: 4 } } }])
  })

  it('gets a stream to its end', async () => {
    const stream = client.messages.stream(basic)
    const texts: string[] = []
    stream.on('text', (text) => texts.push(text))
    expect(await stream.finalMessage()).toMatchObject({ content: [{ text: 'You said: Grüße an 世界' }], stop_reason: 'end_turn' })
    expect(texts.length).toBeGreaterThan(2)
    expect(gateway.ledger.rows).toMatchObject([{ stream: true, outcome: 'answered', usage: { input: { total: 11 }, output: { total: 5 } } }])
  })

  it.each([true, false])('gets a tool call with its input and sends the result (stream: %s)', async (stream) => {
    sim.script({ tool: 'get_weather', toolArguments: '{"city":"Zürich"}' })
    const tools: Anthropic.Tool[] = [{ name: 'get_weather', input_schema: { type: 'object' } }]
    const request = { ...basic, tools }
    const answer = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request)
    expect(answer).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'get_weather', input: { city: 'Zürich' } }] })
    const [call] = answer.content
    const result = { type: 'tool_result' as const, tool_use_id: call?.type === 'tool_use' ? call.id : '', content: '12 °C' }
    await client.messages.create({ ...request, messages: [...basic.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: [result] }] })
    expect(JSON.parse(sim.requests[1]?.body.toString() ?? '')).toMatchObject({ messages: [{}, { content: [{ type: 'tool_use', id: 'toolu_sim' }] }, { content: [{ tool_use_id: 'toolu_sim' }] }] })
  })

  it.each([true, false])('LT-E05 passes thinking with its signature, there and back (stream: %s)', async (stream) => {
    sim.script({ reasoning: 'hm, 世界' })
    const request = { ...basic, thinking: { type: 'enabled' as const, budget_tokens: 1024 } }
    const answer = stream ? await client.messages.stream(request).finalMessage() : await client.messages.create(request)
    expect(answer.content[0]).toEqual({ type: 'thinking', thinking: 'hm, 世界', signature: 'sim-seal' })
    await client.messages.create({ ...request, messages: [...basic.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: 'on' }] })
    expect(sim.requests[1]?.body.toString()).toContain('{"type":"thinking","thinking":"hm, 世界","signature":"sim-seal"}')
  })

  it('is never shown to the provider: its key is replaced, whichever header it came in', async () => {
    await client.messages.create(basic)
    const byHeader = new Anthropic({ baseURL: new URL(gateway.url).origin, apiKey: null, authToken: null, defaultHeaders: { 'x-api-key': 'sk-client' } })
    await byHeader.messages.create(basic)
    for (const { headers } of sim.requests) {
      expect(headers['x-api-key']).toBe('sk-provider')
      expect(JSON.stringify(headers)).not.toContain('sk-client')
      expect(headers['accept-encoding']).toBe('identity')
    }
  })

  it('keeps versions, betas and unknown fields', async () => {
    const request = { ...basic, betas: ['made-up-2031-01-01', 'context-1m-2025-08-07'], context_management: { edits: [] }, not_known_yet: { a: 1 } }
    await client.beta.messages.create(request as never)
    const [seen] = sim.requests
    expect(seen?.headers['anthropic-beta']).toContain('made-up-2031-01-01')
    expect(seen?.headers['anthropic-version']).toMatch(/^20\d\d-\d\d-\d\d$/)
    expect(seen?.path).toBe('/v1/messages')
    expect(JSON.parse(seen?.body.toString() ?? '')).toMatchObject({ model: 'echo', context_management: { edits: [] }, not_known_yet: { a: 1 } })
  })

  it('aborts upstream when the client leaves, while it streams', async () => {
    const stream = client.messages.stream({ ...basic, model: 'sim/echo?chunks=1000&intervalMs=500' })
    await new Promise<void>((resolve) => stream.once('text', () => resolve()))
    stream.abort()
    await expect(stream.done()).rejects.toThrow(Anthropic.APIUserAbortError)
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
    await until(() => gateway.ledger.rows.length === 1, 'the attempt was recorded')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled' }])
  })

  it.each([true, false])('aborts upstream before the first byte (stream: %s)', async (stream) => {
    const controller = new AbortController()
    const pending = client.messages.create({ ...basic, model: 'sim/echo?fault=hang', stream }, { signal: controller.signal })
    await until(() => sim.requests.length === 1, 'the provider had the request')
    controller.abort()
    await expect(pending).rejects.toThrow()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
  })

  it.each<[number, new (...args: never[]) => Error, string]>([
    [400, Anthropic.BadRequestError, 'invalid_request_error'],
    [404, Anthropic.NotFoundError, 'not_found_error'],
    [429, Anthropic.RateLimitError, 'rate_limit_error'],
    [529, Anthropic.InternalServerError, 'overloaded_error'],
    [500, Anthropic.InternalServerError, 'api_error'],
  ])('LT-P04 is told %i as it came, and does not repeat what the gateway has repeated', async (status, kind, type) => {
    sim.script({ fault: 'status', status, times: 20 })
    const failure: unknown = await client.messages.create(basic).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(kind)
    expect(failure).toMatchObject({ status, error: { type: 'error', error: { type } } })
    expect(sim.requests.length).toBe(status === 400 || status === 404 ? 1 : 3)
  })

  it.each([401, 403])('LT-P07 is not told that our own credential was refused with %i as if it were its own', async (status) => {
    sim.script({ fault: 'status', status })
    const failure: unknown = await client.messages.create(basic).catch((error: unknown) => error)
    expect(failure).toMatchObject({ status: 502, error: { error: { type: 'api_error' } }, requestID: expect.stringMatching(/^req_/) as string })
    expect(sim.requests.length).toBe(1)
  })

  it('throws when the provider’s stream is cut, and when it ends without its end', async () => {
    for (const fault of ['cut', 'eof'] as const) {
      const stream = client.messages.stream({ ...basic, model: `sim/echo?chunks=20&fault=${fault}&after=6` })
      await expect(stream.finalMessage()).rejects.toMatchObject({ error: { type: 'error', error: { type: 'api_error' } } })
    }
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }, { outcome: 'interrupted' }])
  })

  it('counts tokens at the provider', async () => {
    sim.script({ inputTokens: 4711 })
    expect(await client.messages.countTokens({ model: 'sim/echo', messages: basic.messages })).toEqual({ input_tokens: 4711 })
    expect(sim.requests[0]).toMatchObject({ path: '/v1/messages/count_tokens' })
    expect(gateway.ledger.rows).toEqual([])
  })

  it('lists models in its own shape', async () => {
    const page = await client.models.list()
    expect(page.data).toMatchObject([{ type: 'model', id: 'sim/echo' }])
  })

  it('is told of an unknown model with the nearest name', async () => {
    await client.models.list()
    await expect(client.messages.create({ ...basic, model: 'sin/echo' })).rejects.toMatchObject({ status: 404, error: { error: { type: 'not_found_error', message: expect.stringContaining('`sim/echo`') as string } } })
  })
})
