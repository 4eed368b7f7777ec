import { describe, expect, it } from 'vitest'
import { editBody, findCodec, openaiChat, planTranslation, type EventVerdict, type ScannedBody } from '../../src/dialects/index.ts'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../../src/domain/errors.ts'
import { scanBody } from '../support/scan-body.ts'


const apply = (text: string, edit: (body: ScannedBody) => Parameters<typeof editBody>[1]): string => {
  const body = scanBody(text)
  return Buffer.concat(editBody(body.pieces, edit(body))).toString()
}

describe('openaiChat.request', () => {
  it('peeks what routing needs', () => {
    const facts = openaiChat.request.peek(scanBody('{"model":"a/b","stream":true,"stream_options":{"include_usage":true},"n":3}'))
    expect(facts).toEqual({ model: 'a/b', stream: true, wantsUsage: true, choices: 3 })
    expect(openaiChat.request.peek(scanBody('{"model":"m","stream":null,"stream_options":null}'))).toMatchObject({ stream: false, wantsUsage: false })
  })

  it.each([
    ['{"model":"a"}', '{"model":"b/ü\\"x"}'],
    ['{ "x":1e400, "model" :"a", "12":0}', '{ "x":1e400, "model" :"b/ü\\"x", "12":0}'],
  ])('names the model in %s', (text, expected) => {
    expect(apply(text, (body) => openaiChat.request.setModel(body, 'b/ü"x'))).toBe(expected)
  })

  it.each([
    ['{"model":"a"}', '{"model":"a","stream_options":{"include_usage":true}}'],
    ['{"model":"a","stream_options":null}', '{"model":"a","stream_options":{"include_usage":true}}'],
    ['{"stream_options":{},"model":"a"}', '{"stream_options":{"include_usage":true},"model":"a"}'],
    ['{"stream_options":{ "é":1 },"model":"a"}', '{"stream_options":{ "é":1,"include_usage":true },"model":"a"}'],
    ['{"stream_options":{"é":1,"include_usage": false , "z":2}}', '{"stream_options":{"é":1,"include_usage": true , "z":2}}'],
    ['{"stream_options":{"include_usage":true}}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":"all"}', '{"stream_options":"all"}'],
  ])('asks for usage in %s', (text, expected) => {
    expect(apply(text, openaiChat.request.askForUsage)).toBe(expected)
  })

  it('carries no header that belongs to the client’s account', () => {
    const headers = { authorization: 'Bearer x', 'openai-organization': 'o', 'openai-project': 'p', 'idempotency-key': 'i', cookie: 'c', 'openai-beta': 'b', 'x-title': 't' }
    expect(openaiChat.request.carryHeaders(headers)).toEqual({ 'openai-beta': 'b', 'x-title': 't' })
  })
})

describe('openaiChat.response.createStreamWatch', () => {
  const inspect = (data: string): EventVerdict => openaiChat.response.createStreamWatch().inspect(Buffer.from(`data: ${data}\n\n`), true)
  const delta = (fields: string): string => `{"choices":[{"index":0,"delta":${fields},"finish_reason":null}]}`

  it.each([
    ['content', delta('{"content":"a"}')],
    ['content', delta('{"content":" "}')],
    ['content', delta('{"reasoning_content":"a"}')],
    ['content', delta('{"reasoning":"a"}')],
    ['content', delta('{"refusal":"a"}')],
    ['content', delta('{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":""}}]}')],
    ['content', delta('{"function_call":{"name":"f"}}')],
    ['preamble', delta('{"role":"assistant","content":""}')],
    ['preamble', delta('{"role":"assistant","content":null,"tool_calls":[]}')],
    ['preamble', delta('{}')],
    ['preamble', '{"choices":[],"prompt_filter_results":[]}'],
    ['finish', '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}'],
    ['fault', '{"choices":[{"index":0,"delta":{},"finish_reason":"error"}]}'],
    ['fault', '{"error":{"message":"m","type":"server_error"}}'],
    ['fault', '{"error":"m"}'],
    ['usage-only', '{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1}}'],
    ['terminal', '[DONE]'],
    ['malformed', '{"choices":['],
    ['malformed', '7'],
    ['empty', ': keepalive'],
    ['empty', ''],
  ] as const)('%s: %s', (kind, data) => {
    expect(inspect(data).kind).toBe(kind)
  })

  it('gives a failure inside a good answer the status that fits', () => {
    const statusOf = (error: string): number | undefined => {
      const verdict = inspect(`{"error":${error}}`)
      return verdict.kind === 'fault' ? verdict.fault.status : undefined
    }
    expect(statusOf('{"type":"overloaded_error","message":"m"}')).toBe(529)
    expect(statusOf('{"code":"rate_limit_exceeded","message":"m"}')).toBe(429)
    expect(statusOf('{"code":502,"message":"m"}')).toBe(502)
    expect(statusOf('{"code":"503","message":"m"}')).toBe(503)
    expect(statusOf('{"code":"context_length_exceeded","message":"m"}')).toBe(400)
    expect(statusOf('"m"')).toBe(500)
  })

  it('takes the newest usage from any chunk, and is not fooled by text about usage', () => {
    const watch = openaiChat.response.createStreamWatch()
    const push = (data: string): EventVerdict => watch.inspect(Buffer.from(`data: ${data}\n\n`), false)
    push(delta(JSON.stringify({ content: 'the "usage": {"prompt_tokens": 9} of it, "error": "x", data: [DONE]' })))
    expect(watch.usage).toBeUndefined()
    push(`{"choices":[{"index":0,"delta":{"content":"a"}}],"usage":null}`)
    expect(watch.usage).toBeUndefined()
    push(`{"choices":[{"index":0,"delta":{"content":"a"}}],"usage" : {"prompt_tokens":1,"completion_tokens":1}}`)
    push(`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":1}}}`)
    expect(watch.usage).toMatchObject({ input: { total: 7, cacheRead: 5, cacheWrite: 0 }, output: { total: 2, reasoning: 1 }, raw: { prompt_tokens: 7 } })
  })

  it('finds a terminator, an end and a failure without being thorough', () => {
    const quick = (data: string): string => openaiChat.response.createStreamWatch().inspect(Buffer.from(`data: ${data}\n\n`), false).kind
    expect(['[DONE]', '{"choices":[{"index":0,"delta":{},"finish_reason": "length"}]}', '{"error": {"message":"m"}}'].map(quick)).toEqual(['terminal', 'finish', 'fault'])
  })

  it('counts what providers send wrongly as nothing', () => {
    const watch = openaiChat.response.createStreamWatch()
    watch.inspect(Buffer.from('data: {"choices":[],"usage":{"prompt_tokens":"12","completion_tokens":-3,"prompt_tokens_details":7}}\n\n'), true)
    expect(watch.usage).toMatchObject({ input: { total: 12, cacheRead: 0 }, output: { total: 0 } })
  })
})

describe('openaiChat.response.readWhole', () => {
  it.each([
    ['{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}', { kind: 'answer', usage: { input: { total: 3 } } }],
    ['{"choices":[]}', { kind: 'answer', usage: undefined }],
    ['{"error":{"message":"m","code":429}}', { kind: 'fault', fault: { status: 429, message: 'm' } }],
    ['{"error":null,"choices":[]}', { kind: 'answer' }],
    ['{"object":"chat.completion"}', { kind: 'malformed' }],
    ['{"choices":[],"usage":{"prompt_tokens":}}', { kind: 'malformed' }],
  ])('%s', (text, expected) => {
    expect(openaiChat.response.readWhole(scanBody(text))).toMatchObject(expected)
  })
})

describe('openaiChat.error', () => {
  it('encodes every code of the catalogue in OpenAI’s shape', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const { error } = JSON.parse(openaiChat.error.encode(new GatewayError(code, 'what "happened"', { details: { secret: 's3' } }), 'req_1')) as { error: object }
      expect(error).toMatchObject({ message: 'what "happened"', type: expect.any(String) as string, request_id: 'req_1' })
      expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code', 'request_id'])
    }
  })

  it('ends a stream with one event and nothing like a terminator', () => {
    const text = openaiChat.error.encodeInStream(new GatewayError('upstream_interrupted', 'a\nb'), 'req_1')
    expect(text).toMatch(/^data: \{"error":.*\}\n\n$/)
  })

  it.each([
    ['{"error":{"message":"m","type":"t","code":"c"}}', { message: 'm', type: 't', code: 'c' }],
    ['{"error":"m"}', { message: 'm' }],
    ['{"detail":"m"}', { message: 'm' }],
    ['{"message":"m","code":7}', { message: 'm', code: '7' }],
    ['<html>', undefined],
    ['', undefined],
    ['"text"', undefined],
  ])('decodes %s', (body, expected) => {
    const fault = openaiChat.error.decode(418, body)
    if (expected === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatchObject({ ...expected, status: 418 })
  })
})

describe('planTranslation', () => {
  it('passes through when the upstream speaks the client’s dialect, else translates into its most native one', () => {
    expect(planTranslation('openai-chat', ['openai-responses', 'openai-chat'])).toEqual({ kind: 'pass-through', dialect: 'openai-chat' })
    expect(planTranslation('openai-chat', ['anthropic-messages', 'openai-responses'])).toEqual({ kind: 'translate', from: 'openai-chat', to: 'anthropic-messages' })
  })

  it('is found by its name', () => {
    expect(findCodec('openai-chat')).toBe(openaiChat)
  })
})
