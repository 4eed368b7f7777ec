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
  gateway = await startModelGateway({ providers: [defineProvider('sim', sim.url, { kind: 'anthropic' })], settings: { backoffBaseMs: 5, backoffMaxMs: 10 } })
  client = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client' })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

type Params = OpenAI.ChatCompletionCreateParamsNonStreaming
const basic: Params = { model: 'sim/echo', messages: [{ role: 'user', content: 'Grüße an 世界' }] }
const ask = async (stream: boolean, params: Params): Promise<OpenAI.ChatCompletion> =>
  stream ? client.chat.completions.stream({ ...params, stream: true, stream_options: { include_usage: true } }).finalChatCompletion() : client.chat.completions.create(params)
const sent = (index: number): Record<string, unknown> => JSON.parse(sim.requests[index]?.body.toString() ?? '') as Record<string, unknown>

describe.each([true, false])('the official openai SDK over an Anthropic provider (stream: %s)', (stream) => {
  it('gets text, a finish and usage', async () => {
    sim.script({ cachedTokens: 4, text: 'Grüße zurück 世界', outputTokens: 6 })
    const answer = await ask(stream, { ...basic, messages: [{ role: 'developer', content: 'be kind' }, ...basic.messages], stop: ['X', ' '], user: 'u1', temperature: 0.5 })
    expect(answer.choices).toMatchObject([{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Grüße zurück 世界' } }])
    expect(answer.usage).toMatchObject({ prompt_tokens: 11, completion_tokens: 6, total_tokens: 17, prompt_tokens_details: { cached_tokens: 4 } })
    expect(sent(0)).toEqual({
      model: 'echo', max_tokens: 8192, system: [{ type: 'text', text: 'be kind' }], messages: [{ role: 'user', content: [{ type: 'text', text: 'Grüße an 世界' }] }],
      stop_sequences: ['X'], metadata: { user_id: 'u1' }, temperature: 0.5, ...(stream ? { stream: true } : {}),
    })
    expect(sim.requests[0]).toMatchObject({ path: '/v1/messages', headers: { 'x-api-key': 'sk-provider', 'anthropic-version': '2023-06-01' } })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', surface: 'openai-chat', usage: { input: { total: 11, cacheRead: 4 } } }])
  })

  it('gets parallel tool calls, and its results arrive in one turn', async () => {
    sim.script({ tools: [{ name: 'weather', arguments: '{"city":"Zürich"}' }, { name: 'nothing', arguments: '{}' }] })
    const tools: OpenAI.ChatCompletionTool[] = ['weather', 'nothing'].map((name) => ({ type: 'function', function: { name, parameters: { type: 'object' } } }))
    const answer = await ask(stream, { ...basic, tools, tool_choice: 'required', parallel_tool_calls: true })
    const calls = answer.choices[0]?.message.tool_calls ?? []
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls')
    expect(calls).toMatchObject([{ id: 'toolu_sim', type: 'function', function: { name: 'weather', arguments: '{"city":"Zürich"}' } }, { id: 'toolu_sim1', function: { name: 'nothing', arguments: '{}' } }])
    const history: OpenAI.ChatCompletionMessageParam[] = [
      ...basic.messages,
      { role: 'assistant', content: null, tool_calls: calls },
      { role: 'tool', tool_call_id: 'toolu_sim1', content: 'ok' },
      { role: 'tool', tool_call_id: 'toolu_sim', content: [{ type: 'text', text: '12 °C' }] },
      { role: 'user', content: [{ type: 'text', text: 'and this?' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }] },
    ]
    await ask(stream, { ...basic, tools, messages: history })
    expect(sent(0)).toMatchObject({ tool_choice: { type: 'any' }, tools: [{ name: 'weather', input_schema: { type: 'object' } }, {}] })
    expect(sent(1)['messages']).toEqual([
      { role: 'user', content: [{ type: 'text', text: 'Grüße an 世界' }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_sim', name: 'weather', input: { city: 'Zürich' } }, { type: 'tool_use', id: 'toolu_sim1', name: 'nothing', input: {} }] },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'toolu_sim1', content: [{ type: 'text', text: 'ok' }] },
          { type: 'tool_result', tool_use_id: 'toolu_sim', content: [{ type: 'text', text: '12 °C' }] },
          { type: 'text', text: 'and this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
        ],
      },
    ])
  })

  it('LT-E03 gets thinking with a seal, which goes back as the provider’s own', async () => {
    sim.script({ reasoning: 'hm, 世界', tool: 'f' })
    const tools: OpenAI.ChatCompletionTool[] = [{ type: 'function', function: { name: 'f' } }]
    const answer = await ask(stream, { ...basic, tools, reasoning_effort: 'high' })
    const message = answer.choices[0]?.message as OpenAI.ChatCompletionMessage & { reasoning_content: string; reasoning_details: unknown[] }
    expect(sent(0)).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } })
    expect(message.reasoning_content).toBe('hm, 世界')
    expect(message.reasoning_details).toMatchObject([{ type: 'reasoning.text', text: 'hm, 世界', signature: expect.stringMatching(/^tl1\./) as string }])
    const history: OpenAI.ChatCompletionMessageParam[] = [...basic.messages, message, { role: 'tool', tool_call_id: 'toolu_sim', content: 'ok' }]
    await ask(stream, { ...basic, tools, reasoning_effort: 'high', messages: history })
    expect(sent(1)).toMatchObject({ thinking: { type: 'adaptive' }, messages: [{}, { content: [{ type: 'thinking', thinking: 'hm, 世界', signature: 'sim-seal' }, { type: 'tool_use' }] }, {}] })
    const { reasoning_details: _details, ...bare } = message
    await ask(stream, { ...basic, tools, reasoning_effort: 'high', messages: [basic.messages[0] as OpenAI.ChatCompletionMessageParam, bare, history[2] as OpenAI.ChatCompletionMessageParam] })
    // Only models that are asked by a budget insist on the thought of a turn that calls tools.
    expect(sent(2)).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort: 'high' } })
    expect(sim.requests[2]?.body.toString()).not.toContain('hm, 世界')
  })

  it.each<[string, Partial<Params>, RegExp]>([
    ['several answers', { n: 2 }, /`\/n`/],
    ['probabilities', { logprobs: true }, /`\/logprobs`/],
    ['audio', { messages: [{ role: 'user', content: [{ type: 'input_audio', input_audio: { data: 'aGk=', format: 'wav' } }] }] }, /`\/messages\/0\/content\/0`/],
    ['a tool of an unknown kind', { tools: [{ type: 'telepathy' } as unknown as OpenAI.ChatCompletionTool] }, /`telepathy`/],
  ])('is told by name that %s cannot be had, before anything is sent', async (_name, params, message) => {
    await expect(ask(stream, { ...basic, ...params })).rejects.toMatchObject({ status: 400, type: 'invalid_request_error', message: expect.stringMatching(message) as string })
    expect(sim.requests).toEqual([])
  })

  it('LT-K01 calls a custom tool, whose text travels as a function’s argument', async () => {
    sim.script({ tool: 'exec', toolArguments: '{"input":"ls -l\\n"}' })
    const answer = await ask(stream, { ...basic, tools: [{ type: 'custom', custom: { name: 'exec', description: 'runs a command' } }] })
    expect(sent(0)['tools']).toMatchObject([{ name: 'exec', description: 'runs a command', input_schema: { required: ['input'] } }])
    expect(answer.choices[0]?.message.tool_calls).toMatchObject([{ type: 'custom', custom: { name: 'exec', input: 'ls -l\n' } }])
  })

  it('asks for a structured answer', async () => {
    const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }
    sim.script({ text: '{"a":"b"}' })
    await ask(stream, { ...basic, response_format: { type: 'json_schema', json_schema: { name: 'n', schema, strict: true } } })
    expect(sent(0)['output_config']).toEqual({ format: { type: 'json_schema', schema } })
  })

  it.each([[400, 400, 'invalid_request_error', 1], [401, 502, 'server_error', 1], [404, 404, 'invalid_request_error', 1], [429, 429, 'rate_limit_error', 3], [529, 503, 'server_error', 3]])('LT-G05 is told a %i in its own words', async (status, seen, type, requests) => {
    sim.script({ fault: 'status', status, times: 20 })
    await expect(ask(stream, basic)).rejects.toMatchObject({ status: seen, type, requestID: expect.stringMatching(/^req_/) as string })
    expect(sim.requests.length).toBe(requests)
  })

  it('is told of a full context by its code', async () => {
    sim.script({ fault: 'status', status: 400, body: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 9001 tokens > 8192 maximum"}}' })
    await expect(ask(stream, basic)).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })
})

describe('a translated stream', () => {
  const read = async (params: object): Promise<string> =>
    (await fetch(`${gateway.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ...basic, stream: true, ...params }) })).text()

  it('LT-H05 tells usage only to who asked', async () => {
    expect(await read({})).not.toContain('usage')
    expect(await read({ stream_options: { include_usage: true } })).toMatch(/"choices":\[\],"usage":\{"prompt_tokens":11.*\n\ndata: \[DONE\]\n\n$/)
    expect(gateway.ledger.rows.map((row) => row.usage?.input.total)).toEqual([11, 11])
  })

  it.each(['cut', 'eof', 'error-event'] as const)('LT-F10 that broke off (%s) is an error event and no `[DONE]`', async (fault) => {
    sim.script({ chunks: 20, fault, after: 6 })
    const text = await read({})
    expect(text.trimEnd().split('\n\n').at(-1)).toMatch(/^data: \{"error":\{"message"/)
    expect(text).not.toContain('[DONE]')
    expect(text).not.toContain('"finish_reason":"')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it('throws in the SDK when the provider breaks off', async () => {
    const stream = await client.chat.completions.create({ ...basic, model: 'sim/echo?chunks=20&fault=cut&after=6', stream: true })
    await expect((async () => {
      for await (const _chunk of stream);
    })()).rejects.toThrow(OpenAI.APIError)
  })

  it('aborts upstream', async () => {
    const stream = await client.chat.completions.create({ ...basic, model: 'sim/echo?chunks=1000&intervalMs=500', stream: true })
    for await (const chunk of stream) if (chunk.choices[0]?.delta.content) break
    stream.controller.abort()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
  })
})
