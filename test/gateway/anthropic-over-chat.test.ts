import Anthropic from '@anthropic-ai/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let other: ProviderSimulator
let gateway: ModelGateway
let client: Anthropic

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  other = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [defineProvider('sim', sim.url), defineProvider('other', other.url, { kind: 'anthropic-compatible' })],
    fallbacks: { both: ['sim/echo', 'other/echo'] },
    settings: { backoffBaseMs: 5, backoffMaxMs: 10 },
  })
  client = new Anthropic({ baseURL: new URL(gateway.url).origin, apiKey: 'sk-client' })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
  await other.close()
})

type Params = Anthropic.MessageCreateParamsNonStreaming
const basic: Params = { model: 'sim/echo', max_tokens: 100, messages: [{ role: 'user', content: 'Grüße an 世界' }] }
const ask = async (stream: boolean, params: Params): Promise<Anthropic.Message> => (stream ? client.messages.stream(params).finalMessage() : client.messages.create(params))
const sent = (index: number): Record<string, unknown> => JSON.parse(sim.requests[index]?.body.toString() ?? '') as Record<string, unknown>

describe.each([true, false])('the official Anthropic SDK over a chat provider (stream: %s)', (stream) => {
  it('gets text, a stop reason and usage', async () => {
    sim.script({ cachedTokens: 4, text: 'Grüße zurück 世界' })
    const answer = await ask(stream, { ...basic, system: 'be kind', stop_sequences: ['X'] })
    expect(answer).toMatchObject({ type: 'message', role: 'assistant', model: 'echo', content: [{ type: 'text', text: 'Grüße zurück 世界' }], stop_reason: 'end_turn', usage: { input_tokens: 7, cache_read_input_tokens: 4 } })
    expect(sent(0)).toMatchObject({ model: 'echo', max_tokens: 100, stop: ['X'], messages: [{ role: 'system', content: 'be kind' }, { role: 'user', content: 'Grüße an 世界' }] })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', stream, surface: 'anthropic-messages', usageSource: 'provider', usage: { input: { total: 11, cacheRead: 4 } } }])
  })

  it('LT-A17 gets parallel tool calls in order, and its results arrive as tool messages', async () => {
    const calls = [{ name: 'weather', arguments: '{"city":"Zürich"}' }, { name: 'clock', arguments: '{"zone":"CET","n":12345678901234567890}' }, { name: 'nothing', arguments: '' }]
    sim.script({ tools: calls })
    const tools = calls.map(({ name }) => ({ name, input_schema: { type: 'object' as const } }))
    const answer = await ask(stream, { ...basic, tools })
    expect(answer.stop_reason).toBe('tool_use')
    expect(answer.content).toMatchObject([{ type: 'tool_use', id: 'call_sim', name: 'weather', input: { city: 'Zürich' } }, { id: 'call_sim1', name: 'clock' }, { id: 'call_sim2', name: 'nothing', input: {} }])
    const image = { type: 'image' as const, source: { type: 'base64' as const, media_type: 'image/png' as const, data: 'aGk=' } }
    const results: Anthropic.ContentBlockParam[] = [
      { type: 'text', text: 'and?' },
      { type: 'tool_result', tool_use_id: 'call_sim1', content: 'noon', is_error: true },
      { type: 'tool_result', tool_use_id: 'call_sim', content: [{ type: 'text', text: '12 °C' }, image] },
      { type: 'tool_result', tool_use_id: 'call_sim2' },
    ]
    await ask(stream, { ...basic, tools, messages: [...basic.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: results }] })
    const messages = sent(1)['messages'] as { role: string }[]
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'tool', 'tool', 'user'])
    expect(messages).toMatchObject([
      {},
      { content: null, tool_calls: [{ id: 'call_sim', function: { name: 'weather', arguments: '{"city":"Zürich"}' } }, {}, { function: { arguments: '{}' } }] },
      { tool_call_id: 'call_sim1', content: 'Error: noon' },
      { tool_call_id: 'call_sim', content: '12 °C' },
      { tool_call_id: 'call_sim2', content: '' },
      { content: [{ text: '[tool result image for call_sim]' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }, { text: 'and?' }] },
    ])
  })

  it('LT-E18 gets thinking, which goes back to the model that thought it and to no other', async () => {
    sim.script({ reasoning: 'hm, 世界', text: 'yes' })
    const answer = await ask(stream, { ...basic, thinking: { type: 'enabled', budget_tokens: 2_000 } })
    const [thought] = answer.content
    expect(answer.content).toMatchObject([{ type: 'thinking', thinking: 'hm, 世界', signature: expect.stringMatching(/^tl1\./) as string }, { type: 'text', text: 'yes' }])
    const messages: Anthropic.MessageParam[] = [...basic.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: 'on' }]
    await ask(stream, { ...basic, messages })
    expect(sent(1)).toMatchObject({ messages: [{}, { role: 'assistant', content: 'yes', reasoning_content: 'hm, 世界' }, {}] })
    const response = await client.messages.create({ ...basic, model: 'sim/second', messages }).withResponse()
    expect(sim.requests[2]?.body.toString()).not.toContain('reasoning_content')
    expect(response.response.headers.get('x-trunkline-losses')).toBe('dropped:/messages/1/content/0')
    const forged = { ...thought, signature: 'EqQBCgIYAg==' } as Anthropic.ThinkingBlockParam
    await ask(stream, { ...basic, messages: [...basic.messages, { role: 'assistant', content: [forged, { type: 'text', text: 'yes' }] }, { role: 'user', content: 'on' }] })
    expect(sim.requests[3]?.body.toString()).not.toMatch(/reasoning|tl1\.|EqQBCgIYAg/)
  })

  it('sends images and documents', async () => {
    const content: Anthropic.ContentBlockParam[] = [
      { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
      { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERg==' } },
      { type: 'text', text: 'what?' },
    ]
    await ask(stream, { ...basic, messages: [{ role: 'user', content }] })
    expect(sent(0)['messages']).toMatchObject([{ content: [{ image_url: { url: 'https://example.com/a.png' } }, { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERg==' } }, { text: 'what?' }] }])
  })

  it('says what was done and what was lost', async () => {
    const { response } = await client.messages.create({ ...basic, stream, top_k: 5 } as Params, { headers: { 'anthropic-version': '2023-06-01' } }).withResponse()
    await response.body?.cancel().catch(() => undefined)
    expect(response.headers.get('x-trunkline-plan')).toBe('translate:anthropic-messages>openai-chat')
    expect(response.headers.get('x-trunkline-losses')).toContain('dropped:/top_k')
    expect(response.headers.get('request-id')).toMatch(/^req_/)
  })

  it('LT-J05 is told by name which tool cannot be had, before anything is sent', async () => {
    const tools = [{ type: 'web_search_20250305' as const, name: 'web_search' as const, max_uses: 8 }]
    await expect(ask(stream, { ...basic, tools })).rejects.toMatchObject({ status: 400, error: { error: { type: 'invalid_request_error', message: expect.stringContaining('`web_search_20250305`') as string } } })
    expect(sim.requests).toEqual([])
  })

  it('goes to the target that can take the request as it is', async () => {
    const tools = [{ type: 'web_search_20250305' as const, name: 'web_search' as const }]
    await ask(stream, { ...basic, model: 'both', tools })
    expect([sim.requests.length, other.requests.length]).toEqual([0, 1])
    expect(other.requests[0]?.body.toString()).toContain('web_search_20250305')
  })

  it.each([[400, 400, 'invalid_request_error', 1], [401, 502, 'api_error', 1], [404, 404, 'not_found_error', 1], [429, 429, 'rate_limit_error', 3], [500, 502, 'api_error', 3], [503, 503, 'overloaded_error', 3]])('LT-G05 is told a %i in its own words', async (status, seen, type, requests) => {
    sim.script({ fault: 'status', status, times: 20 })
    await expect(ask(stream, basic)).rejects.toMatchObject({ status: seen, error: { type: 'error', error: { type }, request_id: expect.stringMatching(/^req_/) as string } })
    expect(sim.requests.length).toBe(requests)
  })

  it('LT-L05 is told of a full context in the words it compacts by', async () => {
    const message = 'This model’s maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.'
    sim.script({ fault: 'status', status: 400, body: JSON.stringify({ error: { message, type: 'invalid_request_error', param: 'messages', code: 'context_length_exceeded' } }) })
    await expect(ask(stream, basic)).rejects.toMatchObject({ status: 400, error: { error: { message: 'prompt is too long: 9001 tokens > 8192 maximum' } } })
  })

  it('fails over from one plan to the other', async () => {
    sim.script({ fault: 'status', status: 529 })
    const answer = await ask(stream, { ...basic, model: 'both' })
    expect(answer.content).toMatchObject([{ text: 'You said: Grüße an 世界' }])
    expect(gateway.ledger.rows.map(({ provider, outcome }) => [provider, outcome])).toEqual([['sim', 'failed'], ['other', 'answered']])
  })
})

describe('a thought sealed for a chat provider', () => {
  it('LT-E20 never reaches an Anthropic provider, who would refuse the conversation', async () => {
    sim.script({ reasoning: 'hm', text: 'yes' })
    const answer = await client.messages.create(basic)
    const messages: Anthropic.MessageParam[] = [...basic.messages, { role: 'assistant', content: answer.content as Anthropic.ContentBlockParam[] }, { role: 'user', content: 'on' }]
    await client.messages.create({ ...basic, model: 'other/echo', messages })
    expect(other.requests[0]?.body.toString()).not.toMatch(/tl1\.|thinking/)
    expect(JSON.parse(other.requests[0]?.body.toString() ?? '')).toMatchObject({ messages: [{}, { content: [{ type: 'text', text: 'yes' }] }, { content: 'on' }] })
  })
})

describe('the demo provider', () => {
  it('LT-A18 calls a tool for an Anthropic client, offline', async () => {
    await using offline = await startModelGateway({ providers: [defineProvider('demo', '', { kind: 'demo' })] })
    const demo = new Anthropic({ baseURL: new URL(offline.url).origin, apiKey: 'any' })
    const tools: Anthropic.Tool[] = [{ name: 'weather', input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }]
    const first = await demo.messages.stream({ model: 'demo/tools', max_tokens: 50, messages: [{ role: 'user', content: 'Bern' }], tools }).finalMessage()
    expect(first).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'tool_use', name: 'weather', input: { city: 'Bern' } }] })
  })
})

describe('a translated stream', () => {
  it('aborts upstream', async () => {
    const stream = client.messages.stream({ ...basic, model: 'sim/echo?chunks=1000&intervalMs=500' })
    await new Promise<void>((resolve) => stream.once('text', () => resolve()))
    stream.abort()
    await expect(stream.done()).rejects.toThrow(Anthropic.APIUserAbortError)
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
    await until(() => gateway.ledger.rows.length === 1, 'the attempt was recorded')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled' }])
  })

  it.each(['cut', 'eof', 'error-event'] as const)('LT-F08 that broke off (%s) is an error event and never an end', async (fault) => {
    sim.script({ chunks: 20, fault, after: 6 })
    const response = await fetch(`${gateway.url}/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...basic, stream: true }) })
    const text = await response.text()
    expect(text).toMatch(/event: error\ndata: \{"type":"error","error":\{"type":"(api_error|overloaded_error)".*\}\n\n$/)
    expect(text).not.toMatch(/message_stop|message_delta/)
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it.each(['cut', 'eof', 'error-event', 'malformed'] as const)('LT-G01 that breaks before content (%s) is tried elsewhere', async (fault) => {
    sim.script({ fault, after: 1 })
    const answer = await client.messages.stream({ ...basic, model: 'both' }).finalMessage()
    expect(answer.content).toMatchObject([{ text: 'You said: Grüße an 世界' }])
    expect(gateway.ledger.rows.map(({ provider }) => provider)).toEqual(['sim', 'other'])
  })

  it('waits with its end for the ledger', async () => {
    const release = gateway.ledger.hold()
    const stream = client.messages.stream(basic)
    let hasEnded = false
    void stream.finalMessage().then(() => (hasEnded = true))
    await until(() => sim.requests[0]?.finishedAt !== undefined, 'the provider had answered')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(hasEnded).toBe(false)
    release()
    await until(() => hasEnded, 'the stream ended')
  })

  it('LT-F07 survives any chunking', async () => {
    sim.script({ text: 'Grüße 世界 😀', splitBytes: 1, newline: 'crlf', comments: true, bom: true })
    expect((await client.messages.stream(basic).finalMessage()).content).toMatchObject([{ text: 'Grüße 世界 😀' }])
  })

  it('is asked for without usage where the server refuses to be asked', async () => {
    sim.script({ fault: 'status', status: 400, body: '{"error":{"message":"Unknown parameter: stream_options","type":"invalid_request_error"}}' })
    expect((await client.messages.stream(basic).finalMessage()).stop_reason).toBe('end_turn')
    expect(sim.requests.map((request) => request.body.includes('stream_options'))).toEqual([true, false])
  })
})
