import { describe, expect, it } from 'vitest'
import { askInForeground, editBody, encodeFailedResponse, findCodec, foldAnswer, openaiResponses, putHistory, readInputItems, readStorageWish, type EventVerdict, type ScannedBody, type StreamPart } from '../../src/dialects/index.ts'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../../src/domain/errors.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import type { JsonText } from '../../src/lib/json-text.ts'
import { scanBody } from '../support/scan-body.ts'
import { checkResponsesGrammar } from './grids/openai-responses.ts'
import { ANSWER_CONTEXT, decodeStream, encodeStream, openSeals, ORIGIN, parseEvents } from './fixtures.ts'

const { request, response, error, translation } = openaiResponses

const textOf = ({ pieces }: ScannedBody): string => Buffer.concat(pieces).toString()
const event = (type: string, fields: object = {}): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
const encode = (body: JsonObject, quirks = {}): JsonObject => translation.encodeRequest(translation.decodeRequest(body), { target: ORIGIN, seals: openSeals, quirks }).value.body

describe('openaiResponses.request', () => {
  it('is found by its name', () => {
    expect(findCodec('openai-responses')).toBe(openaiResponses)
  })

  it('peeks what routing needs; usage always comes', () => {
    expect(request.peek(scanBody('{"model":"a/b","stream":true,"input":"x"}'))).toEqual({ model: 'a/b', stream: true, wantsUsage: true, choices: 1 })
  })

  it.each(['prompt', 'previous_response_id', 'conversation'])('says that `model` is wanted beside %s', (key) => {
    expect(() => request.peek(scanBody(`{"${key}":"x","input":"y"}`))).toThrow(`Expected \`model\` beside \`${key}\``)
  })

  it.each(['{"model":"a","model":"b"}', '{"input":"x"}', '{"model":"","input":"x"}', '{"model":"a","stream":1}'])('refuses %s', (text) => {
    expect(() => request.peek(scanBody(text))).toThrow(GatewayError)
  })

  it('names the model and edits nothing else', () => {
    const text = '{ "big":1e400, "model" :"a", "12":0}'
    const body = scanBody(text)
    expect(Buffer.concat(editBody(body.pieces, [...request.setModel(body, 'b'), ...request.askForUsage(body)])).toString()).toBe(text.replace('"a"', '"b"'))
  })

  it('carries ids of conversations and nothing of the client’s account', () => {
    const carried = { 'session-id': 's', 'thread-id': 't', 'x-client-request-id': 'c', 'openai-beta': 'b', originator: 'codex_exec', 'x-codex-turn-metadata': '{}' }
    const own = { authorization: 'Bearer x', 'openai-organization': 'o', 'openai-project': 'p', 'chatgpt-account-id': 'a', cookie: 'c', 'idempotency-key': 'i' }
    expect(request.carryHeaders({ ...carried, ...own })).toEqual(carried)
  })

  it('takes out reasoning that the gateway sealed, wherever the body was cut', () => {
    const ours = '{"type":"reasoning","summary":[],"encrypted_content":"tl1.a.b"}'
    const theirs = '{"type":"reasoning","summary":[{"type":"summary_text","text":"tl1. is a word"}],"encrypted_content":"gAAAA"}'
    const text = `{ "input":[ {"role":"user","content":"é"},${ours}, ${theirs} ], "n":1.0}`
    const expected = `{ "input":[{"role":"user","content":"é"},${theirs}], "n":1.0}`
    const bytes = Buffer.from(text)
    const { scan } = scanBody(text)
    for (let at = 0; at <= bytes.length; at++) {
      const body = { scan, pieces: [bytes.subarray(0, at), bytes.subarray(at)] }
      expect(Buffer.concat(editBody(body.pieces, request.dropEnvelopes(body))).toString()).toBe(expected)
    }
    const untouched = scanBody(`{"input":[${theirs}]}`)
    expect(request.dropEnvelopes(untouched)).toEqual([])
  })
})

describe('what a request says about storage', () => {
  it('is read from its top level', () => {
    expect(readStorageWish(scanBody('{"input":"x"}'))).toEqual({ previousId: undefined, isBackground: false, stores: true })
    expect(readStorageWish(scanBody('{"previous_response_id":"resp_1","background":true,"store":false}'))).toEqual({ previousId: 'resp_1', isBackground: true, stores: false })
    expect(readStorageWish(scanBody('{"previous_response_id":null,"store":null}'))).toEqual({ previousId: undefined, isBackground: false, stores: true })
    expect(() => readStorageWish(scanBody('{"previous_response_id":7}'))).toThrow('previous_response_id')
    expect(() => readStorageWish(scanBody('{"store":"no"}'))).toThrow('store')
  })

  it('has its history put in as text, and nothing else changed', () => {
    const history = ['{"a":1.0}' as JsonText]
    expect(textOf(putHistory(scanBody('{ "x":1e400,"input":[ {"b":2} ],"previous_response_id":"r"}'), history))).toBe('{ "x":1e400,"input":[{"a":1.0},{"b":2}],"previous_response_id":null}')
    const asText = putHistory(scanBody('{"input":"say \\"hi\\"","previous_response_id":"r"}'), history)
    expect(JSON.parse(textOf(asText))).toMatchObject({ input: [{ a: 1 }, { role: 'user', content: [{ text: 'say "hi"' }] }], previous_response_id: null })
    expect(readInputItems(scanBody('{"model":"m"}'))).toEqual([])
  })

  it('is asked for in the foreground, whatever was said', () => {
    expect(textOf(askInForeground(scanBody('{"model":"m","stream":true,"background":true}'), false))).toBe('{"model":"m","stream":false,"background":false}')
    expect(textOf(askInForeground(scanBody('{}'), false))).toBe('{"background":false,"stream":false}')
  })
})

describe('openaiResponses.response.createStreamWatch', () => {
  const inspect = (text: string, thorough = true): EventVerdict => response.createStreamWatch().inspect(Buffer.from(text), thorough)

  it.each([
    ['preamble', event('response.created', { response: {} })],
    ['preamble', event('response.in_progress', { response: {} })],
    ['preamble', event('response.output_item.added', { item: {} })],
    ['preamble', event('response.content_part.added', { part: {} })],
    ['content', event('response.output_text.delta', { delta: 'x' })],
    ['content', event('response.unknown_thing.delta', {})],
    ['terminal', event('response.completed', { response: {} })],
    ['terminal', event('response.incomplete', { response: {} })],
    ['terminal', 'data: {"type":"response.completed","response":{}}\n\n'],
    ['fault', event('response.failed', { response: { error: { code: 'server_is_overloaded', message: 'm' } } })],
    ['fault', event('error', { code: 'rate_limit_exceeded', message: 'm' })],
    ['fault', 'data: {"error":{"message":"m"}}\n\n'],
    ['malformed', 'event: response.completed\ndata: {"type"\n\n'],
    ['empty', ': ping\n\n'],
    ['empty', 'data: [DONE]\n\n'],
    ['empty', 'data: : keepalive\n\n'],
  ] as const)('%s: %s', (kind, text) => {
    expect(inspect(text).kind).toBe(kind)
  })

  it('gives a failed response the status of its code', () => {
    const statusOf = (code: string): number | undefined => {
      const verdict = inspect(event('response.failed', { response: { error: { code, message: 'm' } } }))
      return verdict.kind === 'fault' ? verdict.fault.status : undefined
    }
    expect(['server_is_overloaded', 'rate_limit_exceeded', 'context_length_exceeded', 'insufficient_quota', 'server_error'].map(statusOf)).toEqual([529, 429, 400, 402, 500])
  })

  it('finds the end and its usage without being thorough, named or not, and is not fooled by text', () => {
    const watch = response.createStreamWatch()
    const push = (text: string): string => watch.inspect(Buffer.from(text), false).kind
    const talk = 'event: response.completed "type":"response.failed" "error":{'
    expect(push(event('response.output_text.delta', { delta: talk }))).toBe('preamble')
    expect(push(`data: ${JSON.stringify({ type: 'response.output_text.delta', delta: talk })}\n\n`)).toBe('content')
    const usage = { input_tokens: 10, input_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 }, output_tokens: 7, output_tokens_details: { reasoning_tokens: 4 } }
    expect(push(`data: ${JSON.stringify({ type: 'response.completed', response: { usage } })}\n\n`)).toBe('terminal')
    expect(watch.usage).toEqual({ input: { total: 10, cacheRead: 3, cacheWrite: 2 }, output: { total: 7, reasoning: 4 }, raw: usage })
  })
})

describe('openaiResponses.response.readWhole', () => {
  it.each([
    ['{"output":[],"status":"completed","error":null,"usage":{"input_tokens":3,"output_tokens":4}}', { kind: 'answer', usage: { input: { total: 3 } } }],
    ['{"output":[],"status":"queued"}', { kind: 'answer', usage: undefined }],
    ['{"output":[],"status":"failed","error":{"code":"server_is_overloaded","message":"m"}}', { kind: 'fault', fault: { status: 529, message: 'm' } }],
    ['{"output":[],"status":"failed"}', { kind: 'fault', fault: { status: 500 } }],
    ['{"choices":[]}', { kind: 'malformed' }],
    ['{"output":[],"usage":{"input_tokens":}}', { kind: 'malformed' }],
  ])('%s', (text, expected) => {
    expect(response.readWhole(scanBody(text))).toMatchObject(expected)
  })
})

describe('openaiResponses.error', () => {
  it('encodes every code of the catalogue in OpenAI’s shape', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const text = error.encode(new GatewayError(code, 'what "happened"', { details: { secret: 's3' } }), 'req_1')
      expect(JSON.parse(text)).toEqual({ error: { message: 'what "happened"', type: expect.any(String) as string, param: null as unknown, code: code === 'invalid_request' ? null : (expect.any(String) as string), request_id: 'req_1', ...(code === 'unknown_model' ? { param: 'model' } : {}) } })
      expect(text).not.toContain('s3')
    }
  })

  it.each<[ErrorCode, string]>([
    ['overloaded', 'server_is_overloaded'],
    ['upstream_unavailable', 'server_is_overloaded'],
    ['gateway_draining', 'server_is_overloaded'],
    ['limit_exceeded', 'rate_limit_exceeded'],
    ['invalid_request', 'invalid_prompt'],
    ['upstream_interrupted', 'server_error'],
    ['internal', 'server_error'],
  ])('LT-F11 ends a stream with a failed response: %s is %s', (code, expected) => {
    const text = encodeFailedResponse(new GatewayError(code, 'm'), 'req_1')
    expect(text).toMatch(/^event: response\.failed\n/)
    const [failed] = parseEvents(text, 'openai-responses')
    expect(JSON.parse(failed?.data ?? '{}')).toMatchObject({ type: 'response.failed', sequence_number: 0, response: { id: 'resp_1', status: 'failed', error: { code: expected, message: 'm' } } })
  })

  it('LT-P08 names a full context, whoever said it and however', () => {
    for (const said of [new GatewayError('invalid_request', 'prompt is too long: 9 tokens > 8 maximum'), new GatewayError('invalid_request', 'no', { details: { faultCode: 'context_length_exceeded' } })]) {
      expect(JSON.parse(error.encode(said, 'r'))).toMatchObject({ error: { code: 'context_length_exceeded', param: 'input' } })
      expect(encodeFailedResponse(said, 'r')).toContain('"code":"context_length_exceeded"')
    }
  })

  it('goes on from what the client has been told', () => {
    const text = encodeFailedResponse(new GatewayError('internal', 'm'), 'r', { response: { id: 'resp_x', model: 'm', output: [] }, sequenceNumber: 41 })
    expect(text).toContain('"sequence_number":42,"response":{"id":"resp_x","model":"m"')
  })

  it.each([
    ['{"error":{"message":"m","type":"t","code":"c"}}', { message: 'm', type: 't', code: 'c' }],
    ['{"error":"m"}', { message: 'm' }],
    ['{"detail":"m"}', { message: 'm' }],
    ['<html>', undefined],
    ['[]', undefined],
  ])('decodes %s', (body, expected) => {
    const fault = error.decode(418, body)
    if (expected === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatchObject({ ...expected, status: 418 })
  })
})

describe('openaiResponses.translation', () => {
  const calls: readonly StreamPart[] = [
    { type: 'message-start', messageId: 'chatcmpl-1', model: 'm' },
    { type: 'tool-call-start', index: 0, callId: 'call_1', name: 'exec', namespace: 'shell', isCustom: true },
    { type: 'tool-call-delta', index: 0, argumentsText: 'echo ' },
    { type: 'tool-call-delta', index: 0, argumentsText: 'hi' },
    { type: 'block-end', index: 0 },
    { type: 'message-end', finish: { unified: 'tool-calls', raw: undefined } },
  ]

  it('LT-K01 LT-K02 writes and reads custom calls and their groups', () => {
    const events = parseEvents(encodeStream(openaiResponses, calls), 'openai-responses')
    checkResponsesGrammar(events)
    expect(events.map(({ event: name }) => name).filter((name) => name?.includes('custom'))).toEqual(['response.custom_tool_call_input.delta', 'response.custom_tool_call_input.delta', 'response.custom_tool_call_input.done'])
    expect(foldAnswer(decodeStream(openaiResponses, events)).blocks).toEqual([{ type: 'tool-call', callId: 'call_1', name: 'exec', namespace: 'shell', isCustom: true, path: '/output/0', argumentsText: 'echo hi' }])
    const whole = translation.encodeAnswer(foldAnswer(calls), ANSWER_CONTEXT).value
    expect(whole['output']).toMatchObject([{ type: 'custom_tool_call', id: 'ctc_chatcmpl-1_0', input: 'echo hi', namespace: 'shell' }])
  })

  it('LT-B03 keeps ids of calls within 64 characters', () => {
    const callId = 'c'.repeat(100)
    const body = encode({ model: 'm', input: [{ type: 'function_call', call_id: callId, name: 'f', arguments: '{}' }, { type: 'function_call_output', call_id: callId, output: '' }] })
    const [call, result] = body['input'] as readonly JsonObject[]
    expect(call?.['call_id']).toHaveLength(64)
    expect(result?.['call_id']).toBe(call?.['call_id'])
  })

  it('LT-K04 sends no ids of items', () => {
    const body = encode({ model: 'm', input: [{ type: 'message', id: 'msg_1', status: 'completed', role: 'user', content: 'x' }, { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'e' }, { type: 'function_call', id: 'fc_1', call_id: 'c', name: 'f', arguments: '{}' }] })
    expect(JSON.stringify(body)).not.toMatch(/msg_1|rs_1|fc_1/)
  })

  it('LT-K05 lets no thought stand alone', () => {
    const { value, losses } = translation.encodeRequest(translation.decodeRequest({ model: 'm', input: [{ role: 'user', content: 'x' }, { type: 'reasoning', summary: [], encrypted_content: 'e' }, { role: 'user', content: 'y' }] }), { target: ORIGIN, seals: openSeals, quirks: {} })
    expect(JSON.stringify(value.body)).not.toContain('encrypted_content":"e"')
    expect(losses).toEqual([{ path: '/input/1', kind: 'dropped', reason: 'a thought that nothing follows is refused by the provider' }])
  })

  it('LT-K06 sends a seal of another model nowhere', () => {
    const body = encode({ model: 'm', input: [{ role: 'user', content: 'x' }, { type: 'reasoning', summary: [], encrypted_content: 'tl1.other.mac' }, { role: 'assistant', content: 'y' }] })
    expect(JSON.stringify(body)).not.toContain('tl1.')
  })

  it('offers a tool that may not be used, and says which may, so that the prompt begins as it did', () => {
    const tool = (name: string): JsonObject => ({ type: 'function', name, parameters: { type: 'object' } })
    const body = encode({ model: 'm', input: 'x', tools: [tool('a'), tool('b')], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'b' }] } })
    expect(body).toMatchObject({ tools: [{ name: 'a' }, { name: 'b' }], tool_choice: { type: 'allowed_tools', mode: 'auto', tools: [{ type: 'function', name: 'b' }] } })
  })

  it('LT-A22 refuses tools that it does not know, by name', () => {
    const { nativeTools } = translation.decodeRequest({ model: 'm', input: 'x', tools: [{ type: 'tool_search' }] })
    expect(nativeTools).toMatchObject([{ type: 'tool_search', path: '/tools/0' }])
  })

  it('LT-A21 gives tools of groups names that every parser takes, and takes them back', () => {
    const tools = [{ type: 'namespace', name: 'agents', description: 'a', tools: [{ type: 'function', name: 'x'.repeat(80), parameters: {} }] }]
    const { value } = translation.encodeRequest(translation.decodeRequest({ model: 'm', input: 'x', tools }), { target: ORIGIN, seals: openSeals, quirks: {} })
    const [name = '', ...others] = [...value.tools.keys()]
    expect(name).toMatch(/^agents__[\w-]{1,56}$/)
    expect([others, value.tools.get(name)]).toEqual([[], { name: 'x'.repeat(80), namespace: 'agents' }])
  })

  it('LT-K03 offers no choice without tools, and leaves a late instruction in its place', () => {
    const body = encode({ model: 'm', input: [{ role: 'user', content: 'a' }, { role: 'developer', content: 'b' }], tools: [], tool_choice: 'auto' })
    expect(Object.keys(body)).not.toContain('tool_choice')
    expect(body['input']).toMatchObject([{ role: 'user' }, { role: 'developer' }])
  })

  it('LT-L06 hands stop sequences back to be cut by the gateway, and says so', () => {
    const chat = findCodec('openai-chat')?.translation.decodeRequest({ model: 'm', messages: [{ role: 'user', content: 'x' }], stop: ['END'] })
    if (!chat) throw new Error('no chat')
    const { value, losses } = translation.encodeRequest(chat, { target: ORIGIN, seals: openSeals, quirks: {} })
    expect(JSON.stringify(value.body)).not.toContain('END')
    expect(value.unsentStops).toEqual(['END'])
    expect(losses).toMatchObject([{ path: '/stop', kind: 'approximated' }])
  })

  it('LT-K08 reads servers that say no more than they must', () => {
    const { value } = translation.decodeAnswer({ output: [{ type: 'message', content: [{ type: 'output_text', text: 'hi' }] }] })
    expect(foldAnswer(value)).toMatchObject({ messageId: '', blocks: [{ type: 'text', text: 'hi' }], finish: { unified: 'stop' }, usage: undefined })
  })

  it('asks a model for what it knows', () => {
    const known = { efforts: ['low', 'medium', 'high'], refusesSamplingWithReasoning: true }
    expect(encode({ model: 'm', input: 'x', reasoning: { effort: 'max' }, temperature: 0.2, top_p: 0.3 }, known)).toMatchObject({ reasoning: { effort: 'high' } })
    expect(Object.keys(encode({ model: 'm', input: 'x', temperature: 0.2, top_p: 0.3 }, known))).not.toContain('temperature')
    expect(encode({ model: 'm', input: 'x', reasoning: { effort: 'minimal' } }, known)).toMatchObject({ reasoning: { effort: 'low' } })
    expect(encode({ model: 'm', input: 'x', max_output_tokens: 1 })).toMatchObject({ max_output_tokens: 16 })
  })

  it('repeats the request in the answer, and says what the gateway says of it', () => {
    const { echo = {} } = translation.decodeRequest({ model: 'm', input: 'x', tools: [{ type: 'web_search' }], instructions: 'i', temperature: 0.5 })
    const { value } = translation.encodeAnswer(foldAnswer(calls), { ...ANSWER_CONTEXT, echo: { ...echo, id: 'resp_own', created_at: 7 } })
    expect(value).toMatchObject({ id: 'resp_own', created_at: 7, tools: [{ type: 'web_search' }], instructions: 'i', temperature: 0.5, top_p: 1, previous_response_id: null })
  })

  it('LT-A11 tells a call that a limit cut as incomplete', () => {
    const cut: readonly StreamPart[] = [...calls.slice(0, 1), { type: 'tool-call-start', index: 0, callId: 'c', name: 'f' }, { type: 'tool-call-delta', index: 0, argumentsText: '{"pa' }, { type: 'block-end', index: 0 }, { type: 'message-end', finish: { unified: 'length', raw: 'length' } }]
    const last = parseEvents(encodeStream(openaiResponses, cut), 'openai-responses').at(-1)
    expect(JSON.parse(last?.data ?? '{}')).toMatchObject({ type: 'response.incomplete', response: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [{ type: 'function_call', status: 'incomplete', arguments: '{"pa' }] } })
  })

  it('names what of an answer has no place', () => {
    const body = { id: 'resp_1', status: 'completed', zz_new: 1, output: [{ type: 'message', role: 'assistant', phase: 'final_answer', content: [{ type: 'output_text', text: 'x', annotations: [{ type: 'file_citation', file_id: 'f' }] }] }, { type: 'mcp_call', id: 'm' }] }
    const { value, losses } = translation.decodeAnswer(body)
    expect(losses.map(({ path }) => path)).toEqual(['/zz_new', '/output/0/phase', '/output/0/content/0/annotations/0'])
    expect(value).toContainEqual({ type: 'native', value: { type: 'mcp_call', id: 'm' }, path: '/output/1' })
  })
})
