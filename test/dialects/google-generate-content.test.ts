import { describe, expect, it } from 'vitest'
import { editBody, findCodec, type DialectCodec, type EventVerdict, type RequestContext } from '../../src/dialects/index.ts'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../../src/domain/errors.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { scanBody } from '../support/scan-body.ts'
import { ANSWER_CONTEXT, decodeStream, encodeStream, openSeals, ORIGIN, parseEvents } from './fixtures.ts'

const codec = findCodec('google-generate-content') as DialectCodec
const { request, response, error, translation } = codec
const ADDRESS = { model: 'google/g', stream: true } as const
const edit = (text: string, edits: ReturnType<typeof request.setModel>): string => Buffer.concat(editBody([Buffer.from(text)], edits)).toString()
const frame = (value: unknown): string => `data: ${JSON.stringify(value)}\r\n\r\n`

describe('googleGenerateContent.request', () => {
  it('reads the model and the wish for a stream from the address, and candidates from the body', () => {
    expect(request.peek(scanBody('{"contents":[]}'), ADDRESS)).toEqual({ model: 'google/g', stream: true, wantsUsage: true, choices: 1 })
    expect(request.peek(scanBody('{"generationConfig":{"candidateCount": 3}}'), ADDRESS).choices).toBe(3)
    expect(request.peek(scanBody('{"generation_config":{"candidate_count":2}}'), ADDRESS).choices).toBe(2)
    expect(request.peek(scanBody('{"generationConfig":7}'), ADDRESS).choices).toBe(1)
    expect(() => request.peek(scanBody('{}'))).toThrow(/address/)
    expect(() => request.peek(scanBody('{"generationConfig":{},"generationConfig":{"candidateCount":9}}'), ADDRESS)).toThrow(/found 2/)
  })

  it('leaves a body alone that names no model, and renames where one does', () => {
    expect(request.setModel(scanBody('{"contents":[{"model":"x"}]}'), 'm')).toEqual([])
    for (const [text, expected] of [
      ['{"model":"models/a/b", "contents":[ ]}', '{"model":"models/m", "contents":[ ]}'],
      ['{"generateContentRequest":{"model":"models/a/b","contents":[1.0]}}', '{"generateContentRequest":{"model":"models/m","contents":[1.0]}}'],
    ] as const) expect(edit(text, request.setModel(scanBody(text), 'm'))).toBe(expected)
  })

  it('carries no header of the client’s own account', () => {
    expect(request.carryHeaders({ 'x-goog-api-key': 'k', 'x-goog-user-project': 'p', authorization: 'a', 'x-server-timeout': '30' })).toEqual({ 'x-server-timeout': '30' })
  })
})

/** What a Gemini client gets of a thought that another model sealed. */
function sealed(payload: string): string {
  const text = encodeStream(codec, [{ type: 'message-start', messageId: 'i', model: 'm' }, { type: 'reasoning-start', index: 0 }, { type: 'reasoning-seal', index: 0, seal: payload }, { type: 'block-end', index: 0 }, { type: 'message-end', finish: { unified: 'stop', raw: undefined } }])
  return /"thoughtSignature":"([^"]+)"/.exec(text)?.[1] ?? ''
}

describe('googleGenerateContent.request.dropEnvelopes', () => {
  const drop = (text: string): string => edit(text, request.dropEnvelopes(scanBody(text)))
  const own = sealed('s')

  it('writes envelopes as base64, which typed clients demand', () => {
    expect(Buffer.from(own, 'base64').toString('base64')).toBe(own)
  })

  it('LT-E08 takes thoughts of other models out, and says of their calls that they have no signature', () => {
    const call = '{"functionCall":{"name":"f","args":{"x":1.0}},"thoughtSignature":'
    expect(drop(`{"contents":[{"role":"model","parts":[{"text":"t","thought":true,"thoughtSignature":"${own}"},${call}"${own}"},{"text":"a","thought_signature":"${own}"}]},{"role":"user","parts":[]}]}`)).toBe(
      `{"contents":[{"role":"model","parts":[${call}"skip_thought_signature_validator"},{"text":"a"}]},{"role":"user","parts":[]}]}`,
    )
    expect(drop(`{"contents":[{"parts":[{"text":"","thoughtSignature":"${own}"}]},{"parts":[{"text":"b"}]}]}`)).toBe('{"contents":[{"parts":[{"text":"b"}]}]}')
  })

  it('touches nothing else, though it speaks of envelopes', () => {
    for (const text of ['{"contents":[{"parts":[{"text":"t","thought":true,"thoughtSignature":"Z29vZ2xl"}]}]}', `{"contents":[{"parts":[{"text":"what is ${own}?"}]}]}`, `{"systemInstruction":"${own}"}`]) expect(drop(text)).toBe(text)
  })

  it('finds an envelope over the border of two pieces', () => {
    const text = `{"contents":[{"parts":[{"text":"","thought":true,"thoughtSignature":"${own}"},{"text":"b"}]}]}`
    const at = text.indexOf(own) + 5
    const { scan } = scanBody(text)
    const pieces = [Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at))]
    expect(request.dropEnvelopes({ pieces, scan })).toHaveLength(1)
  })
})

describe('googleGenerateContent.response.createStreamWatch', () => {
  const inspect = (text: string, thorough = true): EventVerdict => response.createStreamWatch().inspect(Buffer.from(text), thorough)
  const said = { candidates: [{ content: { parts: [{ text: 'x' }], role: 'model' }, index: 0 }] }
  const done = { candidates: [{ content: { parts: [{ text: 'x' }] }, finishReason: 'STOP', index: 0 }] }

  it.each([
    [{ kind: 'content' }, frame(said)],
    [{ kind: 'preamble' }, frame({ usageMetadata: {} })],
    [{ kind: 'preamble' }, frame({ candidates: [{ content: { role: 'model' } }] })],
    [{ kind: 'finish', choices: 1 }, frame(done)],
    [{ kind: 'finish', choices: 2 }, frame({ candidates: [{ finishReason: 'STOP' }, { finishReason: 'SAFETY', index: 1 }] })],
    [{ kind: 'finish', choices: Number.POSITIVE_INFINITY }, frame({ promptFeedback: { blockReason: 'SAFETY' } })],
    [{ kind: 'fault', fault: { status: 503, message: 'm' } }, frame({ error: { code: 503, message: 'm', status: 'UNAVAILABLE' } })],
    [{ kind: 'malformed' }, 'data: {"candidates"\r\n\r\n'],
    [{ kind: 'malformed' }, 'data: 7\r\n\r\n'],
    [{ kind: 'empty' }, ': ping\r\n\r\n'],
    [{ kind: 'empty' }, 'data: [DONE]\n\n'],
  ])('%j', (verdict, text) => {
    expect(inspect(text)).toMatchObject(verdict)
  })

  it('finds the end and failures without being thorough, keeps the newest usage, and is not fooled by text', () => {
    const watch = response.createStreamWatch()
    const push = (value: unknown): string => watch.inspect(Buffer.from(frame(value)), false).kind
    const usage = (candidates: number): JsonObject => ({ promptTokenCount: 9, cachedContentTokenCount: 4, candidatesTokenCount: candidates, thoughtsTokenCount: 2, toolUsePromptTokenCount: 1 })
    expect(push({ ...said, usageMetadata: usage(1) })).toBe('preamble')
    expect(push({ candidates: [{ content: { parts: [{ text: '"finishReason":"STOP","error":{}, "usageMetadata":{}' }] } }] })).toBe('preamble')
    expect(watch.usage).toMatchObject({ input: { total: 10, cacheRead: 4 }, output: { total: 3, reasoning: 2 } })
    expect(push({ ...done, usageMetadata: usage(7) })).toBe('finish')
    expect(watch.usage).toMatchObject({ output: { total: 9, reasoning: 2 }, raw: usage(7) })
    expect(push({ error: { code: 500 } })).toBe('fault')
  })
})

describe('googleGenerateContent.response.readWhole', () => {
  it.each([
    ['{"candidates":[],"usageMetadata":{"promptTokenCount":3,"candidatesTokenCount":4}}', { kind: 'answer', usage: { input: { total: 3 }, output: { total: 4 } } }],
    ['{"promptFeedback":{"blockReason":"SAFETY"}}', { kind: 'answer', usage: undefined }],
    ['{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}', { kind: 'fault', fault: { status: 429, type: 'RESOURCE_EXHAUSTED' } }],
    ['{"choices":[]}', { kind: 'malformed' }],
    ['{"candidates":[],"usageMetadata":{"promptTokenCount":}}', { kind: 'malformed' }],
  ])('%s', (text, expected) => {
    expect(response.readWhole(scanBody(text))).toMatchObject(expected)
  })
})

describe('googleGenerateContent.error', () => {
  it('encodes every code of the catalogue in Google’s shape', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const body: unknown = JSON.parse(error.encode(new GatewayError(code, 'what "happened"', { details: { secret: 's3' } }), 'req_1'))
      expect(body).toEqual({ error: { code: ERROR_CODES[code].status, message: 'what "happened"', status: expect.stringMatching(/^[A-Z_]+$/) as string, details: [{ '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req_1' }] } })
    }
  })

  it.each<[ErrorCode, string]>([
    ['unauthenticated', 'UNAUTHENTICATED'],
    ['forbidden', 'PERMISSION_DENIED'],
    ['invalid_request', 'INVALID_ARGUMENT'],
    ['unknown_model', 'NOT_FOUND'],
    ['limit_exceeded', 'RESOURCE_EXHAUSTED'],
    ['upstream_unavailable', 'UNAVAILABLE'],
    ['upstream_timeout', 'DEADLINE_EXCEEDED'],
    ['internal', 'INTERNAL'],
  ])('%s is %s', (code, status) => {
    expect(JSON.parse(error.encode(new GatewayError(code, 'm'), 'r'))).toMatchObject({ error: { status } })
  })

  it('tells how long to wait, and ends a stream with one event', () => {
    expect(JSON.parse(error.encode(new GatewayError('limit_exceeded', 'm', { retryAfterMs: 1500 }), 'r'))).toMatchObject({ error: { details: [{}, { retryDelay: '1.5s' }] } })
    expect(error.encodeInStream(new GatewayError('upstream_interrupted', 'a\nb'), 'req_1')).toMatch(/^data: \{"error":\{.*\}\}\r\n\r\n$/)
  })

  it.each([
    ['{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"3s"}]}}', { message: 'm', type: 'RESOURCE_EXHAUSTED', retryAfterMs: 3000, status: 418 }],
    ['[{"error":{"code":400,"message":"m"}}]', { message: 'm', status: 418 }],
    ['{"error":{"message":"m","details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID"}]}}', { status: 401, code: 'API_KEY_INVALID' }],
    ['{"error":"m"}', { message: 'm' }],
    ['{"error":{"message":"The input token count (9000) exceeds the maximum number of tokens allowed (8192)."}}', { code: undefined, message: 'The input token count (9000) exceeds the maximum number of tokens allowed (8192).' }],
    ['<html>', undefined],
    ['7', undefined],
  ])('decodes %s', (body, expected) => {
    const fault = error.decode(418, body)
    if (expected === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatchObject(expected)
  })
})

const FROM_CHAT = findCodec('openai-chat') as DialectCodec
const context = (model: string, quirks: RequestContext['quirks'] = {}): RequestContext => ({ target: { ...ORIGIN, model }, seals: openSeals, quirks })
const encodeChat = (body: JsonObject, model: string, quirks: RequestContext['quirks'] = {}) => {
  const { value, losses } = translation.encodeRequest(FROM_CHAT.translation.decodeRequest({ messages: [{ role: 'user', content: 'x' }], ...body }), context(model, quirks))
  return { ...value, losses }
}
const configOf = (body: JsonObject, model: string, quirks: RequestContext['quirks'] = {}): unknown => (encodeChat(body, model, quirks).body['generationConfig'] as JsonObject | undefined)?.['thinkingConfig']

describe('how a model is asked to think', () => {
  it.each([
    ['gemini-2.5-flash', 'none', { thinkingBudget: 0 }],
    ['gemini-2.5-pro', 'none', { thinkingBudget: 128 }],
    ['gemini-2.5-flash', 'low', { thinkingBudget: 1024, includeThoughts: true }],
    ['gemini-2.5-flash', 'xhigh', { thinkingBudget: 8192, includeThoughts: true }],
    ['gemini-2.5-flash', 'max', { thinkingBudget: 16_384, includeThoughts: true }],
    ['gemini-3-flash', 'none', { thinkingLevel: 'MINIMAL' }],
    ['gemini-3-flash', 'minimal', { thinkingLevel: 'MINIMAL', includeThoughts: true }],
    ['gemini-3-flash', 'xhigh', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3-pro-preview', 'medium', { thinkingLevel: 'HIGH', includeThoughts: true }],
    ['gemini-3.1-pro', 'medium', { thinkingLevel: 'MEDIUM', includeThoughts: true }],
    ['gemini-3.1-pro', 'none', { thinkingLevel: 'LOW' }],
    ['gemini-flash-latest', 'low', { thinkingLevel: 'LOW', includeThoughts: true }],
    ['gemini-2.0-flash', 'high', undefined],
    ['gemma-3-27b', 'high', undefined],
  ])('%s, effort %s', (model, effort, expected) => {
    expect(configOf({ reasoning_effort: effort }, model)).toEqual(expected)
  })

  it('obeys the efforts that a provider is known to understand, and names what it could not do', () => {
    expect(configOf({ reasoning_effort: 'minimal' }, 'gemini-3-flash', { efforts: ['low', 'high'] })).toEqual({ thinkingLevel: 'LOW', includeThoughts: true })
    expect(encodeChat({ reasoning_effort: 'high' }, 'gemma-3').losses).toEqual([{ path: '/reasoning_effort', kind: 'dropped', reason: 'the model does not think' }])
  })
})

describe('what Google’s dialect demands of requests', () => {
  const tool = (name: string): JsonObject => ({ type: 'function', function: { name, parameters: { type: 'object', $schema: 'x', properties: { n: { type: ['integer', 'null'], exclusiveMinimum: 0, const: 1 } } } } })

  it('LT-L04 sends schemas of tools as JSON Schema, untouched', () => {
    const { parameters } = tool('f')['function'] as JsonObject
    expect(encodeChat({ tools: [tool('f')] }, 'gemini-3-flash').body['tools']).toEqual([{ functionDeclarations: [{ name: 'f', parametersJsonSchema: parameters }] }])
  })

  it('LT-B06 fits names that it would refuse, and gives the client its own back', () => {
    const long = `mcp__${'x'.repeat(80)}`
    const { body, tools } = encodeChat({ tools: [tool('9lives'), tool(long)], tool_choice: { type: 'function', function: { name: '9lives' } } }, 'gemini-3-flash')
    const declared = (body['tools'] as readonly { readonly functionDeclarations: readonly { readonly name: string }[] }[]).flatMap(({ functionDeclarations }) => functionDeclarations.map(({ name }) => name))
    expect(declared.every((name) => /^[A-Za-z_][\w.-]{0,63}$/.test(name))).toBe(true)
    expect(declared.map((name) => tools.get(name)?.name)).toEqual(['9lives', long])
    expect(body['toolConfig']).toEqual({ functionCallingConfig: { mode: 'ANY', allowedFunctionNames: [declared[0]] } })
  })

  it('says a format in the instructions where it cannot stand beside tools', () => {
    const format = { response_format: { type: 'json_schema', json_schema: { name: 'n', schema: { type: 'object' } } }, tools: [tool('f')] }
    expect(encodeChat(format, 'gemini-3-flash').body['generationConfig']).toEqual({ responseMimeType: 'application/json', responseJsonSchema: { type: 'object' } })
    const { body, losses } = encodeChat(format, 'gemini-2.5-flash')
    expect(body['generationConfig']).toBeUndefined()
    expect(JSON.stringify(body['systemInstruction'])).toContain('matches this schema')
    expect(losses).toMatchObject([{ kind: 'approximated', path: '/response_format' }])
  })

  it('puts pictures of a result beside it for models that take none in it', () => {
    const anthropic = findCodec('anthropic-messages') as DialectCodec
    const messages = [{ role: 'user', content: 'x' }, { role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'f', input: {} }] }, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: [{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } }] }] }]
    const parts = (model: string): unknown => ((translation.encodeRequest(anthropic.translation.decodeRequest({ messages, max_tokens: 9 }), context(model)).value.body['contents'] as JsonObject[])[2])?.['parts']
    const picture = { inlineData: { mimeType: 'image/png', data: 'aGk=' } }
    expect(parts('gemini-2.5-flash')).toMatchObject([{ functionResponse: { name: 'f' } }, { text: '[files of the result of f]' }, picture])
    expect(parts('gemini-3-flash')).toMatchObject([{ functionResponse: { parts: [picture] } }])
  })

  it('LT-C05 says a result whose call is not there in plain words', () => {
    const { body, losses } = encodeChat({ messages: [{ role: 'user', content: 'x' }, { role: 'tool', tool_call_id: 'gone', content: 'late' }] }, 'gemini-3-flash')
    expect(body['contents']).toEqual([{ role: 'user', parts: [{ text: '[result of gone]\nlate' }, { text: 'x' }] }])
    expect(losses).toMatchObject([{ kind: 'approximated', path: '/messages/1' }])
  })

  it('never asks without anything said, and never sends an empty turn', () => {
    expect(() => encodeChat({ messages: [{ role: 'system', content: 'x' }] }, 'gemini-3-flash')).toThrow(/`\/messages`/)
    expect(encodeChat({ messages: [{ role: 'user', content: 'a' }, { role: 'assistant', content: '' }, { role: 'user', content: 'b' }] }, 'gemini-3-flash').body['contents']).toEqual([{ role: 'user', parts: [{ text: 'a' }, { text: 'b' }] }])
  })

  it('limits the answer to what the model can give', () => {
    const canonical = FROM_CHAT.translation.decodeRequest({ messages: [{ role: 'user', content: 'x' }], max_tokens: 100_000 })
    const { value, losses } = translation.encodeRequest(canonical, { ...context('gemini-2.5-flash'), maxOutputTokens: 65_536 })
    expect(value.body['generationConfig']).toEqual({ maxOutputTokens: 65_536 })
    expect(losses).toMatchObject([{ path: '/max_tokens' }])
  })
})

describe('answers of Google', () => {
  it('keep numbers of arguments exact', () => {
    const parts = decodeStream(codec, parseEvents('data: {"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{"n":12345678901234567890}}}]},"finishReason":"STOP"}]}\r\n\r\n', 'google-generate-content'))
    expect(parts).toContainEqual({ type: 'tool-call-delta', index: 0, argumentsText: '{"n":12345678901234567890}' })
  })

  it('give ids to calls without one: always the same, and no two alike in two answers', () => {
    const ids = (responseId: string, city: string): readonly string[] =>
      translation.decodeAnswer({ candidates: [{ content: { parts: [{ functionCall: { name: 'f', args: { city } } }, { functionCall: { name: 'f', args: { city } } }] }, finishReason: 'STOP' }], responseId }).value.flatMap((part) => (part.type === 'tool-call-start' ? [part.callId] : []))
    const all = [...ids('r1', 'a'), ...ids('r2', 'a'), ...ids('', 'a'), ...ids('', 'b')]
    expect(new Set(all).size).toBe(8)
    expect(ids('r1', 'a')).toEqual(ids('r1', 'a'))
    // LT-B01
    expect(all.every((id) => id.length <= 40)).toBe(true)
  })

  it('name what no client can be given', () => {
    const { losses } = translation.decodeAnswer({ candidates: [{ content: { parts: [{ text: 'a', partMetadata: {} }] }, finishReason: 'STOP', groundingMetadata: { x: 1 }, safetyRatings: [{}] }, { index: 1, content: { parts: [{ text: 'b' }] } }], later: 1 })
    expect(losses.map(({ path, of }) => [path, of])).toEqual([
      ['/later', 'answer'],
      ['/candidates/0/safetyRatings', 'answer'],
      ['/candidates/0/content/parts/0/partMetadata', 'answer'],
      ['/candidates/0/groundingMetadata/x', 'answer'],
      ['/candidates/1', 'answer'],
    ])
  })

  it('LT-H09 add thoughts to the output and tool prompts to the input, there and back', () => {
    const { value } = translation.decodeAnswer({ candidates: [], usageMetadata: { promptTokenCount: 10, toolUsePromptTokenCount: 5, candidatesTokenCount: 7, thoughtsTokenCount: 3 } })
    const usage = value.flatMap((part) => (part.type === 'usage' ? [part.usage] : []))[0]
    expect(usage).toMatchObject({ input: { total: 15 }, output: { total: 10, reasoning: 3 } })
    const whole = translation.encodeAnswer({ messageId: 'i', model: 'm', createdAt: undefined, blocks: [], finish: { unified: 'stop', raw: undefined }, usage }, ANSWER_CONTEXT)
    expect(whole.value['usageMetadata']).toEqual({ promptTokenCount: 15, candidatesTokenCount: 7, thoughtsTokenCount: 3, totalTokenCount: 25 })
  })
})
