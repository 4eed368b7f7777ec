import { describe, expect, it } from 'vitest'
import { foldAnswer, type DialectCodec } from '../../src/dialects/index.ts'
import type { Dialect } from '../../src/domain/dialect.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { ANSWER_CONTEXT, codecOf, decodeStream, openSeals, ORIGIN, parseEvents, tellStream } from './fixtures.ts'

const [chat, responses, messages, gemini] = (['openai-chat', 'openai-responses', 'anthropic-messages', 'google-generate-content'] as const).map(codecOf) as [DialectCodec, DialectCodec, DialectCodec, DialectCodec]

const completion = (message: object, finish = 'stop'): JsonObject => ({ id: 'c', model: 'm', choices: [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason: finish }] })

function translate(from: DialectCodec, to: DialectCodec, body: JsonObject): { readonly body: JsonObject; readonly losses: readonly string[] } {
  const decoded = from.translation.decodeAnswer(body)
  const { value, losses } = to.translation.encodeAnswer(foldAnswer(decoded.value), ANSWER_CONTEXT)
  return { body: value, losses: [...decoded.losses, ...losses].map(({ kind, path }) => `${kind} ${path}`) }
}

describe('a refusal', () => {
  it('LT-L08 of Chat is one in Responses, and comes back as one', () => {
    const there = translate(chat, responses, completion({ refusal: 'I will not.' }))
    expect(there.body).toMatchObject({ status: 'completed', output: [{ type: 'message', content: [{ type: 'refusal', refusal: 'I will not.' }] }] })
    const back = translate(responses, chat, there.body)
    expect(back.body).toMatchObject({ choices: [{ message: { content: null, refusal: 'I will not.' }, finish_reason: 'stop' }] })
    expect([there.losses, back.losses]).toEqual([[], []])
  })

  it('is told to clients of Anthropic and Gemini as text of a withheld answer', () => {
    expect(translate(chat, messages, completion({ refusal: 'I will not.' })).body).toMatchObject({ content: [{ type: 'text', text: 'I will not.' }], stop_reason: 'refusal' })
    expect(translate(chat, gemini, completion({ refusal: 'I will not.' })).body).toMatchObject({ candidates: [{ content: { parts: [{ text: 'I will not.' }] }, finishReason: 'SAFETY' }] })
  })

  it('with reasons of the provider is explained where there is a place for it, and named where there is none', () => {
    const blocked = { candidates: [{ content: { parts: [{ text: 'First' }] }, finishReason: 'RECITATION', finishMessage: 'Too close to a source.' }] }
    expect(translate(gemini, messages, blocked)).toMatchObject({ body: { stop_details: { type: 'refusal', category: null, explanation: 'RECITATION: Too close to a source.' } }, losses: [] })
    expect(translate(gemini, chat, blocked).losses).toEqual(['approximated /candidates/0/finishReason', 'dropped /candidates/0/finishMessage'])
  })
})

describe('a web page that is cited', () => {
  const annotation = { type: 'url_citation', url_citation: { url: 'https://example.com/w', title: 'W', start_index: 3, end_index: 8 } }

  it('is cited in Chat as in Responses, there and back', () => {
    const there = translate(chat, responses, completion({ content: 'It rains.', annotations: [annotation] }))
    const back = translate(responses, chat, there.body)
    expect(there.body).toMatchObject({ output: [{ content: [{ annotations: [{ type: 'url_citation', url: 'https://example.com/w', title: 'W', start_index: 3, end_index: 8 }] }] }] })
    expect(back.body).toMatchObject({ choices: [{ message: { annotations: [annotation] } }] })
    expect([there.losses, back.losses]).toEqual([[], []])
  })

  it('counts the texts before it in Chat, where ranges are of the whole content', () => {
    const body = { id: 'r', status: 'completed', model: 'm', output: ['One. ', 'It rains.'].map((text) => ({ type: 'message', content: [{ type: 'output_text', text, annotations: [{ type: 'url_citation', url: 'u', title: 't', start_index: 0, end_index: 2 }] }] })) }
    const told = translate(responses, chat, body).body
    expect(told).toMatchObject({ choices: [{ message: { content: 'One. It rains.', annotations: [{ url_citation: { start_index: 0, end_index: 2 } }, { url_citation: { start_index: 5, end_index: 7 } }] } }] })
    expect(foldAnswer(chat.translation.decodeAnswer(told).value).blocks).toMatchObject([{ citations: [{ range: { start: 0, end: 2 } }, { range: { start: 5, end: 7 } }] }])
  })

  it('keeps its place in Gemini, which counts bytes', () => {
    const told = translate(chat, gemini, completion({ content: 'Å! It rains.', annotations: [{ ...annotation, url_citation: { ...annotation.url_citation, end_index: 11 } }] }))
    expect(told.body).toMatchObject({ candidates: [{ groundingMetadata: { groundingSupports: [{ segment: { startIndex: 4, endIndex: 12, text: 'It rains' }, groundingChunkIndices: [0] }] } }] })
    const again = foldAnswer(gemini.translation.decodeAnswer(told.body).value).blocks[0]
    expect(again).toMatchObject({ citations: [{ url: 'https://example.com/w', range: { start: 3, end: 11 } }] })
  })
})

describe('a search of the provider', () => {
  const item = { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'rain', sources: [{ type: 'url', url: 'https://example.com/w' }] } }

  it('LT-J05 of Responses is two blocks for clients of Anthropic, and one item again from there', () => {
    const there = translate(responses, messages, { id: 'r', status: 'completed', model: 'm', output: [item] })
    expect(there.body['content']).toMatchObject([
      { type: 'server_tool_use', id: 'srvtoolu_ws_1', name: 'web_search', input: { query: 'rain' } },
      { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_ws_1', content: [{ type: 'web_search_result', url: 'https://example.com/w' }] },
    ])
    const back = translate(messages, responses, there.body).body
    expect(back['output']).toMatchObject([{ type: 'web_search_call', status: 'completed', action: { type: 'search', query: 'rain', sources: [{ type: 'url', url: 'https://example.com/w' }] } }])
  })

  it('is named where it cannot be told, as is a page that was opened', () => {
    const body = { id: 'r', status: 'completed', model: 'm', output: [item, { ...item, action: { type: 'open_page', url: 'u' } }] }
    expect(translate(responses, chat, body).losses).toEqual(['dropped /output/0', 'dropped /output/1'])
  })
})

describe('the end of an answer', () => {
  it('LT-L07 names the stop sequence that a client’s dialect has no place for, and a turn that is not finished', () => {
    const told = (end: object, to: DialectCodec): readonly string[] => translate(messages, to, { id: 'm', model: 'm', content: [], ...end }).losses
    for (const to of [chat, responses, gemini]) {
      expect(told({ stop_reason: 'stop_sequence', stop_sequence: 'END' }, to)).toEqual(['dropped /stop_sequence'])
      expect(told({ stop_reason: 'pause_turn' }, to)).toEqual(['approximated /stop_reason'])
      expect(told({ stop_reason: 'model_context_window_exceeded' }, to)).toEqual(['approximated /stop_reason'])
    }
  })

  it.each(['MALFORMED_FUNCTION_CALL', 'UNEXPECTED_TOOL_CALL', 'TOO_MANY_TOOL_CALLS'])('LT-A13 is a failure, not an end, where Gemini says %s', (finishReason) => {
    const parts = gemini.translation.decodeAnswer({ candidates: [{ content: { parts: [{ text: 'I call it.' }] }, finishReason, finishMessage: 'no such tool' }] }).value
    expect(parts.at(-1)).toMatchObject({ type: 'error', fault: { status: 502, type: finishReason, message: expect.stringContaining('no such tool') as string } })
    expect(parts.some(({ type }) => type === 'message-end')).toBe(false)
  })

  it('is told of a Gemini answer without parts', () => {
    const body = { candidates: [{ content: { role: 'model' }, finishReason: 'MAX_TOKENS' }] }
    expect(translate(gemini, messages, body).body).toMatchObject({ content: [], stop_reason: 'max_tokens' })
    expect(translate(gemini, chat, body).body).toMatchObject({ choices: [{ message: { content: '' }, finish_reason: 'length' }] })
    expect(translate(gemini, responses, body).body).toMatchObject({ output: [], status: 'incomplete' })
  })
})

describe('what a provider counts', () => {
  const usage = { input_tokens: 5, cache_creation_input_tokens: 6, cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 4 }, output_tokens: 3, server_tool_use: { web_search_requests: 1, web_fetch_requests: 0 } }

  it('LT-H11 LT-H12 is kept in sums, and what has no count of its own is named', () => {
    const body = { id: 'm', model: 'm', content: [], stop_reason: 'end_turn', usage }
    expect(foldAnswer(messages.translation.decodeAnswer(body).value).usage).toMatchObject({ input: { total: 11, cacheWrite: 6, cacheWriteHour: 4 } })
    expect(translate(messages, chat, body).losses).toEqual(['dropped /usage/cache_creation/ephemeral_1h_input_tokens', 'dropped /usage/server_tool_use/web_search_requests'])
    expect(translate(messages, gemini, body).losses).toContain('dropped /usage/cache_creation_input_tokens')
  })
})

describe('the signature of a call', () => {
  const call = { id: 'call_0', type: 'function', function: { name: 'read', arguments: '{}' } }
  const signed = (signature: string): object => ({ ...call, extra_content: { google: { thought_signature: signature } } })

  it('LT-E19 of Gemini stands on the call for clients of Chat', () => {
    const told = translate(gemini, chat, { responseId: 'r', candidates: [{ content: { parts: [{ functionCall: { id: 'call_0', name: 'read', args: {} }, thoughtSignature: 'CiQB' }] }, finishReason: 'STOP' }] })
    expect(told.body).toMatchObject({ choices: [{ message: { tool_calls: [signed('sealed:p/m:call:CiQB')] } }] })
  })

  it('LT-E19 of Gemini’s OpenAI-compatible address comes to clients of every dialect, and goes back on its call', () => {
    const answer = completion({ tool_calls: [signed('CiQB')] }, 'tool_calls')
    expect(translate(chat, messages, answer).body).toMatchObject({ content: [{ type: 'thinking', signature: 'sealed:p/m:call:CiQB' }, { type: 'tool_use', id: 'call_0' }] })
    const history = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'hi' }, { role: 'assistant', content: translate(chat, messages, answer).body['content'] ?? null }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'call_0', content: 'ok' }] }] }
    const { value, losses } = chat.translation.encodeRequest(messages.translation.decodeRequest(history), { target: ORIGIN, seals: openSeals, quirks: {} })
    expect(value.body).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant', tool_calls: [signed('CiQB')] }, { role: 'tool' }] })
    expect(losses).toEqual([])
  })
})

describe('a stream', () => {
  it.each<[Dialect, string]>([
    ['openai-chat', 'annotations'],
    ['openai-responses', 'annotation.added'],
    ['google-generate-content', 'groundingSupports'],
  ])('tells clients of %s what a text rests on, though Anthropic says it before the text', (dialect, word) => {
    const events = [
      { type: 'message_start', message: { id: 'm', model: 'm', usage: { input_tokens: 1, output_tokens: 0 } } },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'citations_delta', citation: { type: 'web_search_result_location', url: 'https://example.com/w', title: 'W', cited_text: '', encrypted_index: '' } } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'It rains.' } },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 3 } },
      { type: 'message_stop' },
    ]
    const { text, losses } = tellStream(messages, codecOf(dialect), parseEvents(events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''), 'anthropic-messages'))
    expect(losses).toEqual([])
    expect(text).toContain(word)
    expect(foldAnswer(decodeStream(codecOf(dialect), parseEvents(text, dialect))).blocks[0]).toMatchObject({ type: 'text', text: 'It rains.', citations: [{ url: 'https://example.com/w', range: { start: 0, end: 9 } }] })
  })
})

describe('a fault', () => {
  it.each([
    ['openai-chat', '{"error":{"message":"Incorrect API key provided: sk-proj-ab****wxyz.","type":"invalid_request_error","code":"invalid_api_key"}}'],
    ['openai-responses', '{"error":{"message":"Incorrect API key provided: sk-proj-ab****wxyz."}}'],
    ['anthropic-messages', '{"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key sk-ant-api03-ab-wxyz"}}'],
    ['google-generate-content', '{"error":{"code":400,"message":"API key AIzaSyA1234567890wxyz expired","status":"INVALID_ARGUMENT"}}'],
    ['ollama-chat', '{"error":"bad key: Bearer abcdefwxyz"}'],
  ] as const)('of %s does not repeat the key that it is about', (dialect, body) => {
    const fault = codecOf(dialect).error.decode(400, body)
    expect(fault?.message).toContain('[redacted]')
    expect(fault?.message).not.toContain('wxyz')
  })
})
