import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'

let sim: ProviderSimulator
let gateway: ModelGateway

beforeEach(async () => {
  sim = await createProviderSimulator({ apiKey: 'sk-provider' })
  gateway = await startModelGateway({ providers: [defineProvider('google', `${sim.origin}/v1beta`, { kind: 'google', parameters: { generationConfig: { seed: 7, temperature: 0.1 }, safetySettings: [] } })], settings: { maxAttempts: 1 } })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const sent = (index: number): Record<string, unknown> => JSON.parse(sim.requests[index]?.body.toString() ?? '') as Record<string, unknown>
const openai = (): OpenAI => new OpenAI({ baseURL: gateway.url, apiKey: 'sk-client', maxRetries: 0 })
const anthropic = (): Anthropic => new Anthropic({ baseURL: new URL(gateway.url).origin, apiKey: 'sk-client', maxRetries: 0 })
const SEAL = 'CiQBjz1rX0Jyc2ln'
const calls = [{ name: 'weather', arguments: '{"city":"Zürich"}' }, { name: 'clock', arguments: '{"zone":"CET"}' }]
const reading = { model: 'google/gemini-3-flash' } as const

describe.each([true, false])('the official OpenAI SDK over a Google provider (stream: %s)', (stream) => {
  type Message = OpenAI.ChatCompletionMessageParam
  const tools = calls.map(({ name }) => ({ type: 'function' as const, function: { name, parameters: { type: 'object' } } }))
  const ask = async (messages: readonly Message[], more: Partial<OpenAI.ChatCompletionCreateParamsNonStreaming> = {}): Promise<OpenAI.ChatCompletion> => {
    const body = { ...reading, messages: [...messages], ...more }
    return stream ? openai().chat.completions.stream({ ...body, stream: true, stream_options: { include_usage: true } }).finalChatCompletion() : openai().chat.completions.create({ ...body, stream: false })
  }

  it('gets text, thinking and usage, and the provider its parameters', async () => {
    sim.script({ reasoning: 'hm', text: 'Grüße 世界', outputTokens: 9, reasoningTokens: 4, cachedTokens: 3 })
    const answer = await ask([{ role: 'system', content: 'be kind' }, { role: 'user', content: 'Grüße' }], { max_tokens: 50, temperature: 0.7, stop: ['X'], reasoning_effort: 'low' })
    expect(answer).toMatchObject({ model: 'gemini-3-flash', choices: [{ finish_reason: 'stop', message: { content: 'Grüße 世界' } }], usage: { prompt_tokens: 11, completion_tokens: 9, prompt_tokens_details: { cached_tokens: 3 }, completion_tokens_details: { reasoning_tokens: 4 } } })
    expect(sent(0)).toEqual({
      systemInstruction: { parts: [{ text: 'be kind' }] },
      contents: [{ role: 'user', parts: [{ text: 'Grüße' }] }],
      generationConfig: { maxOutputTokens: 50, temperature: 0.7, seed: 7, stopSequences: ['X'], thinkingConfig: { thinkingLevel: 'LOW', includeThoughts: true } },
      safetySettings: [],
    })
    expect(sim.requests[0]?.path).toBe(stream ? '/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse' : '/v1beta/models/gemini-3-flash:generateContent')
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'answered', stream, surface: 'openai-chat', usage: { input: { total: 11, cacheRead: 3 }, output: { total: 9, reasoning: 4 } } }])
  })

  it('LT-E08 LT-E19 returns the signature of a call to the model that made it, through the client’s own fields', async () => {
    sim.script({ tools: calls, seal: SEAL, callIds: false }, { text: 'done' })
    const user: Message = { role: 'user', content: 'weather and time?' }
    const first = await ask([user], { tools })
    const message = first.choices[0]?.message
    expect(first.choices[0]?.finish_reason).toBe('tool_calls')
    expect(message?.tool_calls).toMatchObject([{ function: { name: 'weather', arguments: '{"city":"Zürich"}' } }, { function: { name: 'clock' } }])
    const ids = message?.tool_calls?.map(({ id }) => id) ?? []
    expect(new Set(ids).size).toBe(2)
    const results = ids.toReversed().map((id, index): Message => ({ role: 'tool', tool_call_id: id, content: index === 0 ? 'noon' : '12 °C' }))
    // What streams accumulate, clients send back whole.
    const said = { role: 'assistant' as const, content: message?.content ?? null, tool_calls: message?.tool_calls, reasoning_details: (message as { reasoning_details?: unknown } | undefined)?.reasoning_details }
    expect(JSON.stringify(said.reasoning_details)).not.toContain(SEAL)
    await ask([user, said as Message, ...results], { tools })
    expect(sent(1)['contents']).toMatchObject([
      { role: 'user' },
      { role: 'model', parts: [{ functionCall: { name: 'weather', args: { city: 'Zürich' } }, thoughtSignature: SEAL }, { functionCall: { name: 'clock' } }] },
      { role: 'user', parts: [{ functionResponse: { id: ids[0], name: 'weather', response: { output: '12 °C' } } }, { functionResponse: { id: ids[1], name: 'clock', response: { output: 'noon' } } }] },
    ])
    expect(JSON.stringify(sent(1)['contents'])).not.toMatch(/skip_thought|tl1/)
  })

  it('LT-E08 says that there is no signature where a client has lost it', async () => {
    const history: Message[] = [{ role: 'user', content: 'go' }, { role: 'assistant', content: null, tool_calls: [{ id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'a', content: 'rain' }]
    const { response } = await openai().chat.completions.create({ ...reading, messages: history, tools, stream: false }).withResponse()
    expect(sent(0)['contents']).toMatchObject([{}, { parts: [{ functionCall: { name: 'weather' }, thoughtSignature: 'skip_thought_signature_validator' }] }, {}])
    expect(response.headers.get('x-trunkline-losses')).toBe('approximated:/messages/1/tool_calls/0')
  })

  it('is told in its own words what Google refuses', async () => {
    sim.script({ fault: 'status', status: 400, body: '{"error":{"code":400,"message":"The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).","status":"INVALID_ARGUMENT"}}' })
    const error = await ask([{ role: 'user', content: 'x' }]).catch((thrown: unknown) => thrown as { status: number; code: string })
    expect(error).toMatchObject({ status: 400, code: 'context_length_exceeded' })
  })
})

describe.each([true, false])('the official Anthropic SDK over a Google provider (stream: %s)', (stream) => {
  const basic: Anthropic.MessageCreateParamsNonStreaming = { model: reading.model, max_tokens: 100, messages: [{ role: 'user', content: 'weather?' }], tools: calls.map(({ name }) => ({ name, input_schema: { type: 'object' } })) }
  const ask = async (params: Anthropic.MessageCreateParamsNonStreaming): Promise<Anthropic.Message> => (stream ? anthropic().messages.stream(params).finalMessage() : anthropic().messages.create(params))

  it('LT-E09 LT-E19 returns thought and signature over two turns, and not to another model', async () => {
    sim.script({ reasoning: 'I ask both.', tools: calls, seal: SEAL }, { text: 'rain' }, { text: 'rain' })
    const first = await ask(basic)
    expect(first).toMatchObject({ stop_reason: 'tool_use', content: [{ type: 'thinking', thinking: 'I ask both.', signature: expect.stringMatching(/^tl1\./) as string }, { type: 'tool_use', id: 'sim_call_0', name: 'weather' }, { type: 'tool_use', id: 'sim_call_1' }] })
    const results: Anthropic.ContentBlockParam[] = [{ type: 'tool_result', tool_use_id: 'sim_call_1', content: 'noon' }, { type: 'tool_result', tool_use_id: 'sim_call_0', content: 'no city', is_error: true }, { type: 'text', text: 'well?' }]
    const next = { ...basic, messages: [...basic.messages, { role: 'assistant' as const, content: first.content as Anthropic.ContentBlockParam[] }, { role: 'user' as const, content: results }] }
    expect(await ask(next)).toMatchObject({ stop_reason: 'end_turn', content: [{ type: 'text', text: 'rain' }] })
    expect(sent(1)['contents']).toMatchObject([
      { role: 'user', parts: [{ text: 'weather?' }] },
      { role: 'model', parts: [{ text: 'I ask both.', thought: true }, { functionCall: { id: 'sim_call_0', name: 'weather' }, thoughtSignature: SEAL }, { functionCall: { id: 'sim_call_1' } }] },
      { role: 'user', parts: [{ functionResponse: { id: 'sim_call_0', name: 'weather', response: { error: 'no city' } } }, { functionResponse: { name: 'clock', response: { output: 'noon' } } }, { text: 'well?' }] },
    ])
    await ask({ ...next, model: 'google/gemini-3-pro' })
    expect(sent(2)['contents']).toMatchObject([{}, { parts: [{ functionCall: { id: 'sim_call_0' }, thoughtSignature: 'skip_thought_signature_validator' }, {}] }, {}])
  })

  it('LT-L08 gets a refusal as a refusal, and a cut answer as cut', async () => {
    sim.script({ blockReason: 'SAFETY' }, { text: 'Once upon', finish: 'MAX_TOKENS' })
    expect(await ask(basic)).toMatchObject({ stop_reason: 'refusal', content: [] })
    expect(await ask(basic)).toMatchObject({ stop_reason: 'max_tokens', content: [{ text: 'Once upon' }] })
  })
})

describe('a stream of Google that breaks off', () => {
  it.each(['cut', 'eof', 'error-event'] as const)('LT-F10 ends with an error and no end of its own: %s', async (fault) => {
    sim.script({ text: 'a b c', fault, after: 2 })
    const stream = anthropic().messages.stream({ model: reading.model, max_tokens: 9, messages: [{ role: 'user', content: 'x' }] })
    await expect(stream.finalMessage()).rejects.toThrow()
    expect(gateway.ledger.rows).toMatchObject([{ outcome: 'interrupted' }])
  })

  it('stops when the client leaves', async () => {
    sim.script({ chunks: 500, intervalMs: 500 })
    const stream = await openai().chat.completions.create({ ...reading, messages: [{ role: 'user', content: 'x' }], stream: true })
    for await (const _chunk of stream) break
    await until(() => sim.requests[0]?.abortedAt !== undefined, 'the provider saw the abort')
  })
})

describe('a call that the model could not make', () => {
  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL'])('LT-A13 is a failure for the client, after text too: %s', async (finish) => {
    const body = { ...reading, max_tokens: 99, messages: [{ role: 'user' as const, content: 'hi' }] }
    sim.script({ text: 'I call it now.', finish }, { text: 'I call it now.', finish })
    await expect(anthropic().messages.create(body)).rejects.toThrow(finish)
    let said = ''
    const reader = anthropic().messages.stream(body).on('text', (text) => (said += text))
    await expect(reader.finalMessage()).rejects.toThrow(finish)
    expect(said).toBe('I call it now.')
    expect(gateway.ledger.rows.map(({ outcome, usageSource }) => [outcome, usageSource])).toEqual([['failed', 'provider'], ['interrupted', 'provider']])
  })
})
