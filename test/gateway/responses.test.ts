import OpenAI from 'openai'
import type { Response, ResponseStreamEvent, Tool } from 'openai/resources/responses/responses'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json.ts'
import { readRequest } from '../dialects/fixtures.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway
let client: OpenAI

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  gateway = await startModelGateway({
    providers: [
      defineProvider('native', sim.url, { dialects: ['openai-responses', 'openai-chat'] }),
      defineProvider('chat', sim.url),
      defineProvider('claude', sim.url, { kind: 'anthropic' }),
    ],
    settings: { maxAttempts: 1 },
  })
  client = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', maxRetries: 0 })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const WEATHER: Tool = { type: 'function', name: 'get_weather', description: 'Weather.', strict: false, parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] } }

const sentBody = (index: number): JsonObject => {
  const value: unknown = JSON.parse(sim.requests[index]?.body.toString('utf8') ?? '{}')
  return isJsonObject(value) ? value : {}
}

async function readEvents(stream: AsyncIterable<ResponseStreamEvent>): Promise<ResponseStreamEvent[]> {
  const events: ResponseStreamEvent[] = []
  for await (const event of stream) events.push(event)
  return events
}

describe.each(['native', 'chat', 'claude'])('the official openai SDK, Responses over %s', (provider) => {
  it('gets a whole answer, with what it asked repeated in it', async () => {
    const answer = await client.responses.create({ model: `${provider}/echo`, input: 'Grüße an 世界', instructions: 'Be brief.', metadata: { a: 'b' }, max_output_tokens: 100 })
    expect(answer).toMatchObject({ object: 'response', status: 'completed', instructions: 'Be brief.', metadata: { a: 'b' }, max_output_tokens: 100 })
    expect(answer.output_text).toBe('You said: Grüße an 世界')
    expect(answer.usage).toMatchObject({ input_tokens: 11 })
    expect(gateway.ledger.rows).toMatchObject([{ surface: 'openai-responses', outcome: 'answered', provider, usage: { input: { total: 11 } } }])
  })

  it('gets a stream that its own accumulator takes', async () => {
    const final = await client.responses.stream({ model: `${provider}/echo`, input: 'Grüße an 世界' }).finalResponse()
    expect(final.output_text).toBe('You said: Grüße an 世界')
    expect(gateway.ledger.rows).toMatchObject([{ stream: true, usageSource: 'provider', usage: { input: { total: 11 } } }])
  })

  it('gets thoughts and calls side by side', async () => {
    sim.script({ reasoning: 'I look it up.', tools: [{ name: 'get_weather', arguments: '{"city":"Bern"}' }, { name: 'get_weather', arguments: '{"city":"Rom"}' }] })
    const final = await client.responses.stream({ model: `${provider}/echo`, input: 'Weather?', tools: [WEATHER], include: ['reasoning.encrypted_content'] }).finalResponse()
    const calls = final.output.filter((item) => item.type === 'function_call')
    expect(calls.map((call) => [call.name, call.arguments])).toEqual([['get_weather', '{"city":"Bern"}'], ['get_weather', '{"city":"Rom"}']])
    expect(new Set(calls.map((call) => call.call_id)).size).toBe(2)
    expect(final.output.find((item) => item.type === 'reasoning')?.summary[0]?.text).toBe('I look it up.')
  })

  it('goes on by previous_response_id with the result of a tool', async () => {
    sim.script({ tool: 'get_weather', toolArguments: '{"city":"Bern"}' })
    const first = await client.responses.create({ model: `${provider}/echo`, input: 'Weather in Bern?', tools: [WEATHER] })
    const [call] = first.output
    expect(call).toMatchObject({ type: 'function_call', arguments: '{"city":"Bern"}' })
    sim.script({ text: 'Sunny.' })
    const callId = call?.type === 'function_call' ? call.call_id : ''
    const second = await client.responses.create({ model: `${provider}/echo`, previous_response_id: first.id, tools: [WEATHER], input: [{ type: 'function_call_output', call_id: callId, output: '21 °C' }] })
    expect(second.output_text).toBe('Sunny.')
    expect(second.previous_response_id).toBe(first.id)
    const text = JSON.stringify(sentBody(1))
    if (provider === 'native') expect(sentBody(1)['previous_response_id']).toBe(first.id)
    else expect([text.includes('Weather in Bern?'), text.includes('Bern'), text.includes('21 °C')]).toEqual([true, true, true])
  })

  it('LT-E02 LT-E18 goes on by encrypted_content: the thought comes back to who thought it', async () => {
    sim.script({ reasoning: 'Deep.', seal: 'the-seal', text: 'Yes.' })
    const asked = { model: `${provider}/echo`, store: false, include: ['reasoning.encrypted_content' as const] }
    const first = await client.responses.create({ ...asked, input: 'Think' })
    expect(first.output.map(({ type }) => type)).toEqual(['reasoning', 'message'])
    await client.responses.create({ ...asked, input: [{ role: 'user', content: 'Think' }, ...(first.output as OpenAI.Responses.ResponseInput), { role: 'user', content: 'More' }] })
    const sent = JSON.stringify(sentBody(1))
    expect(sent).not.toContain('tl1.')
    expect(sent).toContain(provider === 'chat' ? '"reasoning_content":"Deep."' : 'the-seal')
  })

  it('LT-E18 gives the thought back whole when the client kept nothing but its seal', async () => {
    sim.script({ reasoning: 'Deep.', seal: 'the-seal', text: 'Yes.' })
    const asked = { model: `${provider}/echo`, store: false, include: ['reasoning.encrypted_content' as const] }
    const first = await client.responses.create({ ...asked, input: 'Think' })
    const kept = first.output.map((item) => (item.type === 'reasoning' ? { ...item, summary: [] } : item))
    await client.responses.create({ ...asked, input: [{ role: 'user', content: 'Think' }, ...(kept as OpenAI.Responses.ResponseInput), { role: 'user', content: 'More' }] })
    const sent = JSON.stringify(sentBody(1))
    expect(sent).toContain({ native: 'the-seal', chat: '"reasoning_content":"Deep."', claude: '"thinking":"Deep.","signature":"the-seal"' }[provider])
  })

  it.each([
    ['length', 'max_output_tokens'],
    ['content_filter', 'content_filter'],
  ])('is told why an answer is incomplete: %s', async (word, reason) => {
    const finishes: Record<string, Record<string, string>> = { native: { length: 'max_output_tokens', content_filter: 'content_filter' }, chat: { length: 'length', content_filter: 'content_filter' }, claude: { length: 'max_tokens', content_filter: 'refusal' } }
    sim.script({ finish: finishes[provider]?.[word] ?? '', text: 'So far' }, { finish: finishes[provider]?.[word] ?? '', text: 'So far' })
    const whole = await client.responses.create({ model: `${provider}/echo`, input: 'Go' })
    const streamed = await client.responses.stream({ model: `${provider}/echo`, input: 'Go' }).finalResponse()
    for (const answer of [whole, streamed]) expect(answer).toMatchObject({ status: 'incomplete', incomplete_details: { reason } })
  })

  it('LT-P08 LT-F11 is told of a failure in the stream by response.failed, as the same response', async () => {
    const events = await readEvents(await client.responses.create({ model: `${provider}/echo?chunks=10&fault=cut&after=6`, input: 'Go', stream: true }))
    const last = events.at(-1)
    const created = events[0]?.type === 'response.created' ? events[0].response.id : ''
    expect(last).toMatchObject({ type: 'response.failed', response: { id: created, status: 'failed', error: { code: 'server_error' } } })
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, index) => index))
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it('gets refusals of the provider as errors with their codes', async () => {
    sim.script({ fault: 'status', status: 429 }, { fault: 'status', status: 503 })
    const ask = (): Promise<Response> => client.responses.create({ model: `${provider}/echo`, input: 'Go' })
    await expect(ask()).rejects.toMatchObject({ status: 429 })
    await expect(ask()).rejects.toMatchObject({ status: 503, code: provider === 'native' ? (expect.any(String) as string) : 'server_is_overloaded' })
  })

  it('LT-P08 names a full context as Codex knows it', async () => {
    const body = provider === 'claude' ? { type: 'error', error: { type: 'invalid_request_error', message: 'prompt is too long: 300 tokens > 200 maximum' } } : { error: { message: 'maximum context length is 200 tokens', type: 'invalid_request_error', param: 'input', code: 'context_length_exceeded' } }
    sim.script({ fault: 'status', status: 400, body: JSON.stringify(body) })
    await expect(client.responses.create({ model: `${provider}/echo`, input: 'Go' })).rejects.toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })

  it('aborts upstream while it streams', async () => {
    const stream = await client.responses.create({ model: `${provider}/echo?chunks=1000&intervalMs=500`, input: 'Go', stream: true })
    for await (const event of stream) if (event.type === 'response.output_text.delta') break
    stream.controller.abort()
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
    await until(() => gateway.ledger.rows.length === 1, 'the attempt was recorded')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'cancelled' }])
  })
})

describe('a Responses request that is translated', () => {
  it('is refused naming the client’s own field', async () => {
    const refused = (fields: object): Promise<unknown> => client.responses.create({ model: 'chat/echo', input: 'Go', ...fields }).then(() => 'answered', (error: unknown) => (error instanceof OpenAI.APIError ? [error.status, error.message] : error))
    expect(await refused({ conversation: 'conv_1' })).toEqual([400, expect.stringContaining('/conversation') as string])
    expect(await refused({ prompt: { id: 'pmpt_1' } })).toEqual([400, expect.stringContaining('/prompt') as string])
    expect(await refused({ tools: [{ type: 'file_search', vector_store_ids: ['v'] }] })).toEqual([400, expect.stringContaining('file_search') as string])
    expect(sim.requests).toEqual([])
  })

  it('LT-K01 LT-K02 brings custom tools and groups back as they were', async () => {
    sim.script({ tools: [{ name: 'exec', arguments: '{"input":"echo hi"}' }, { name: 'agents__spawn', arguments: '{}' }] })
    const tools: Tool[] = [
      { type: 'custom', name: 'exec', description: 'Runs.' },
      { type: 'namespace', name: 'agents', description: 'Agents.', tools: [{ type: 'function', name: 'spawn', description: 'Starts one.', strict: false, parameters: { type: 'object', properties: {} } }] },
    ]
    const events = await readEvents(await client.responses.create({ model: 'chat/echo', input: 'Go', tools, stream: true }))
    const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []))
    expect(done).toMatchObject([
      { type: 'custom_tool_call', name: 'exec', input: 'echo hi' },
      { type: 'function_call', name: 'spawn', namespace: 'agents', arguments: '{}' },
    ])
    expect(events.some((event) => event.type === 'response.custom_tool_call_input.delta' && event.delta === 'echo hi')).toBe(true)
  })

  it.each(['chat', 'claude'])('LT-K01 LT-K02 serves what Codex sends for a model that it knows, over %s', async (provider) => {
    sim.script({ reasoning: 'I run it.', tools: [{ name: 'exec', arguments: '{"input":"echo hi"}' }, { name: 'multi_agent_v1__spawn', arguments: '{"prompt":"x"}' }] })
    const body = { ...readRequest('openai-responses', 'codex-known-model'), model: `${provider}/echo` } as unknown as OpenAI.Responses.ResponseCreateParamsStreaming
    const events = await readEvents(await client.responses.create(body, { headers: { 'session-id': 's', originator: 'codex_exec' } }))
    const last = events.at(-1)
    expect(last?.type).toBe('response.completed')
    expect(last?.type === 'response.completed' ? last.response.output : []).toMatchObject([
      { type: 'reasoning', encrypted_content: expect.stringMatching(/^tl1\./) as string },
      { type: 'custom_tool_call', name: 'exec', input: 'echo hi' },
      { type: 'function_call', name: 'spawn', namespace: 'multi_agent_v1', arguments: '{"prompt":"x"}' },
    ])
    expect(JSON.stringify(sentBody(0))).not.toContain('additional_tools')
  })

  it('says what it lost', async () => {
    const { response } = await client.responses.create({ model: 'chat/echo', input: 'Go', text: { verbosity: 'low' }, truncation: 'auto', tools: [{ type: 'web_search' }] }).withResponse()
    expect(response.headers.get('x-trunkline-losses')).toContain('dropped:/tools/0')
    expect(response.headers.get('x-trunkline-losses')).toContain('dropped:/truncation')
    expect(sentBody(0)).toMatchObject({ verbosity: 'low' })
  })
})

describe('a provider of Responses without structured output', () => {
  it('is asked in words, and everything else reaches it as it was', async () => {
    await gateway[Symbol.asyncDispose]()
    gateway = await startModelGateway({ providers: [defineProvider('odd', sim.url, { dialects: ['openai-responses'], quirks: [{ models: '*', quirks: { structuredOutput: 'instructed' } }] })] })
    client = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', maxRetries: 0 })
    sim.script({ text: '{"a":1}' }, { text: 'Again.' })
    const tools: Tool[] = [{ type: 'namespace', name: 'agents', description: 'Agents.', tools: [{ type: 'function', name: 'spawn', description: 'Starts one.', strict: false, parameters: { type: 'object', properties: {} } }] }]
    const text = { format: { type: 'json_schema' as const, name: 'x', schema: { type: 'object', properties: { a: { type: 'number' } }, required: ['a'] } } }
    const input = [{ role: 'user' as const, content: 'Go' }, { type: 'reasoning' as const, id: 'rs_1', summary: [], encrypted_content: 'gAAAA' }, { role: 'assistant' as const, content: 'Hm.' }, { role: 'user' as const, content: 'On' }]
    const { data, response } = await client.responses.create({ model: 'odd/echo', input, tools, text, prompt_cache_key: 'k' }).withResponse()
    expect(response.headers.get('x-trunkline-plan')).toBe('translate:openai-responses>openai-responses')
    expect([data.output_text, data.text]).toEqual(['{"a":1}', { format: { ...text.format, description: null, strict: false } }])
    expect(sentBody(0)).toMatchObject({ tools: [{ type: 'function', name: 'agents__spawn' }], prompt_cache_key: 'k', store: false })
    expect(JSON.stringify(sentBody(0)['input'])).toContain('"encrypted_content":"gAAAA"')
    const second = await client.responses.create({ model: 'odd/echo', input: 'More', previous_response_id: data.id })
    expect(second.output_text).toBe('Again.')
  })
})

const refusesSeals = { fault: 'status' as const, status: 400, body: JSON.stringify({ error: { message: 'The encrypted content for item rs_1 could not be verified.', type: 'invalid_request_error', param: 'input', code: 'invalid_encrypted_content' } }) }

describe('a provider that cannot open a thought', () => {
  it('LT-K06 is asked once more without it, and the client is told', async () => {
    sim.script(refusesSeals)
    const input = [{ role: 'user' as const, content: 'Think' }, { type: 'reasoning' as const, id: 'rs_1', summary: [], encrypted_content: 'gAAAA' }, { role: 'assistant' as const, content: 'Done.' }, { role: 'user' as const, content: 'More' }]
    const { data, response } = await client.responses.create({ model: 'native/echo', input, store: false }).withResponse()
    expect(data.output_text).toBe('You said: More')
    expect(response.headers.get('x-trunkline-losses')).toBe('dropped:/input/-/encrypted_content')
    expect(sim.requests.map(({ body }) => body.includes('gAAAA'))).toEqual([true, false])
  })

  it('LT-K06 is asked no third time', async () => {
    sim.script(refusesSeals, refusesSeals)
    await expect(client.responses.create({ model: 'native/echo', input: 'x' })).rejects.toMatchObject({ status: 400, code: 'invalid_encrypted_content' })
    expect(sim.requests).toHaveLength(2)
  })
})

describe('clients of other dialects over a provider of Responses', () => {
  beforeEach(async () => {
    await gateway[Symbol.asyncDispose]()
    gateway = await startModelGateway({ providers: [defineProvider('responses', sim.url, { dialects: ['openai-responses'] })], settings: { maxAttempts: 1 } })
    client = new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', maxRetries: 0 })
  })

  it('LT-L02 serves Chat, and asks the provider to store nothing and to be strict only where the client is', async () => {
    sim.script({ tool: 'get_weather', toolArguments: '{"city":"Bern"}' })
    const answer = await client.chat.completions.create({ model: 'responses/echo', messages: [{ role: 'user', content: 'Go' }], tools: [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }] })
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'tool_calls', message: { tool_calls: [{ function: { name: 'get_weather', arguments: '{"city":"Bern"}' } }] } })
    expect(sentBody(0)).toMatchObject({ store: false, include: ['reasoning.encrypted_content'], tools: [{ type: 'function', strict: false }] })
  })

  it('streams Chat, with usage', async () => {
    const stream = await client.chat.completions.create({ model: 'responses/echo', messages: [{ role: 'user', content: 'Grüße' }], stream: true, stream_options: { include_usage: true } })
    let text = ''
    let usage: number | undefined
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? ''
      usage = chunk.usage?.prompt_tokens ?? usage
    }
    expect([text, usage]).toEqual(['You said: Grüße', 11])
  })

  it('LT-K06 leaves the thoughts of Chat clients out when the provider cannot open them', async () => {
    sim.script({ reasoning: 'Deep.', seal: 'the-seal', text: 'Yes.' }, { ...refusesSeals }, { text: 'Again.' })
    const first = await client.chat.completions.create({ model: 'responses/echo', messages: [{ role: 'user', content: 'Think' }] })
    const second = await client.chat.completions.create({ model: 'responses/echo', messages: [{ role: 'user', content: 'Think' }, first.choices[0]?.message ?? { role: 'assistant', content: '' }, { role: 'user', content: 'More' }] })
    expect(second.choices[0]?.message.content).toBe('Again.')
    expect(sim.requests.map(({ body }) => body.includes('the-seal'))).toEqual([false, true, false])
  })

  it('takes response.failed before the first content for a failed attempt', async () => {
    sim.script({ fault: 'error-event', after: 2 })
    await expect(client.chat.completions.create({ model: 'responses/echo', messages: [{ role: 'user', content: 'Go' }], stream: true })).rejects.toMatchObject({ status: expect.any(Number) as number })
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'failed' }])
  })
})
