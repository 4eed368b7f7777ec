import { describe, expect, it } from 'vitest'
import { anthropicMessages, editBody, findCodec, type EventVerdict } from '../../src/dialects/index.ts'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../../src/domain/errors.ts'
import { scanBody } from '../support/scan-body.ts'

const { request, response, error } = anthropicMessages

describe('anthropicMessages.request', () => {
  it('is found by its name', () => {
    expect(findCodec('anthropic-messages')).toBe(anthropicMessages)
  })

  it('peeks what routing needs; usage always comes', () => {
    expect(request.peek(scanBody('{"model":"a/b","stream":true,"n":3}'))).toEqual({ model: 'a/b', stream: true, wantsUsage: true, choices: 1 })
    expect(request.peek(scanBody('{"model":"m","max_tokens":0}'))).toMatchObject({ stream: false })
  })

  it.each(['{"model":"a","model":"b"}', '{"messages":[]}', '{"model":"","messages":[]}', '{"model":"a","stream":1}'])('refuses %s', (text) => {
    expect(() => request.peek(scanBody(text))).toThrow(GatewayError)
  })

  it('names the model and edits nothing else', () => {
    const text = '{ "big":1e400, "model" :"a", "12":0}'
    const body = scanBody(text)
    expect(Buffer.concat(editBody(body.pieces, [...request.setModel(body, 'b'), ...request.askForUsage(body)])).toString()).toBe(text.replace('"a"', '"b"'))
  })

  it('LT-J01 carries versions, every beta and conversation ids, and nothing of the client’s account', () => {
    const carried = { 'anthropic-version': '2026-10-21', 'anthropic-beta': 'x-2031-01-01, claude-code-20250219', 'x-claude-code-session-id': 's', 'x-app': 'cli' }
    const own = { authorization: 'Bearer x', 'x-api-key': 'k', cookie: 'c', 'anthropic-workspace-id': 'w', 'anthropic-user-profile-id': 'u', 'x-stainless-os': 'l' }
    expect(request.carryHeaders({ ...carried, ...own })).toEqual(carried)
  })
})

describe('anthropicMessages.request.dropEnvelopes', () => {
  const ours = '{"type":"thinking","thinking":"hm","signature":"tl1.a.b"}'
  const theirs = '{"type":"thinking","thinking":"tl1. is a word","signature":"EqQB"}'
  const drop = (text: string, at = text.length): string => {
    const { scan } = scanBody(text)
    const bytes = Buffer.from(text)
    const body = { scan, pieces: [bytes.subarray(0, at), bytes.subarray(at)] }
    return Buffer.concat(editBody(body.pieces, request.dropEnvelopes(body))).toString()
  }

  it('takes out thoughts that the gateway sealed, wherever the body was cut', () => {
    const text = `{ "model":"m", "messages":[ {"role":"user","content":"é"},{"role":"assistant", "content":[${ours}, {"type":"text","text":"1.0", "n":1.0}]} ] , "x":1e400}`
    const expected = `{ "model":"m", "messages":[{"role":"user","content":"é"},{"role":"assistant","content":[{"type":"text","text":"1.0", "n":1.0}]}] , "x":1e400}`
    for (let at = 0; at <= Buffer.byteLength(text); at++) expect(drop(text, at)).toBe(expected)
  })

  it('takes out a turn that was nothing else, and sealed data', () => {
    expect(drop(`{"messages":[{"role":"assistant","content":[${ours}]},{"role":"assistant","content":[{"type":"redacted_thinking","data":"tl1.x"},{"type":"text","text":"a"}]}]}`)).toBe('{"messages":[{"role":"assistant","content":[{"type":"text","text":"a"}]}]}')
  })

  it.each([`{"messages":[{"role":"assistant","content":[${theirs}]}]}`, '{"messages": [ {"role":"user","content":"tl1.a.b"} ]}', '{"system":"tl1."}'])('touches nothing of %s', (text) => {
    expect(drop(text)).toBe(text)
  })
})

describe('anthropicMessages.response.createStreamWatch', () => {
  const event = (type: string, fields: object = {}): string => `event: ${type}\ndata: ${JSON.stringify({ type, ...fields })}\n\n`
  const inspect = (text: string, thorough = true): EventVerdict => response.createStreamWatch().inspect(Buffer.from(text), thorough)

  it.each([
    ['preamble', event('message_start', { message: { usage: {} } })],
    ['preamble', event('ping')],
    ['preamble', event('unknown_event')],
    ['content', event('content_block_start', { index: 0, content_block: { type: 'thinking' } })],
    ['content', event('content_block_delta', { index: 0, delta: {} })],
    ['preamble', event('content_block_stop', { index: 0 })],
    ['preamble', event('message_delta', { delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 1 } })],
    ['terminal', event('message_stop')],
    ['terminal', 'data: {"type":"message_stop"}\n\n'],
    ['fault', event('error', { error: { type: 'overloaded_error', message: 'm' } })],
    ['fault', 'event: error\ndata: {"error":{"type":"api_error","message":"m"}}\n\n'],
    ['malformed', 'event: message_start\ndata: {"type"\n\n'],
    ['malformed', 'event: message_start\ndata: 7\n\n'],
    ['empty', ': ping - 2026\n\n'],
    ['empty', 'event: ping\n\n'],
    ['empty', 'data: [DONE]\n\n'],
    ['empty', 'data: : keepalive\n\n'],
  ] as const)('%s: %s', (kind, text) => {
    expect(inspect(text).kind).toBe(kind)
  })

  it('gives a failure inside a good answer the status of its type', () => {
    const statusOf = (type: string): number | undefined => {
      const verdict = inspect(event('error', { error: { type, message: 'm' } }))
      return verdict.kind === 'fault' ? verdict.fault.status : undefined
    }
    expect(['overloaded_error', 'rate_limit_error', 'billing_error', 'timeout_error', 'made_up'].map(statusOf)).toEqual([529, 429, 402, 504, 500])
  })

  it('finds usage, failures and the end without being thorough, and is not fooled by text', () => {
    const watch = response.createStreamWatch()
    const push = (text: string): string => watch.inspect(Buffer.from(text), false).kind
    push(event('message_start', { message: { usage: { input_tokens: 5, cache_read_input_tokens: 3, cache_creation_input_tokens: 2, output_tokens: 1 } } }))
    const talk = '"usage":{"output_tokens":99},"type":"message_stop"'
    expect(push(event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: talk } }))).toBe('preamble')
    expect(watch.usage).toMatchObject({ input: { total: 10, cacheRead: 3, cacheWrite: 2 }, output: { total: 1 } })
    push(event('message_delta', { delta: {}, usage: { output_tokens: 7, output_tokens_details: { thinking_tokens: 4 }, server_tool_use: { web_search_requests: 2 } } }))
    expect(watch.usage).toMatchObject({ input: { total: 10 }, output: { total: 7, reasoning: 4 }, raw: { input_tokens: 5, server_tool_use: { web_search_requests: 2 } } })
    expect([push(event('error', { error: {} })), push(event('message_stop'))]).toEqual(['fault', 'terminal'])
  })

  it('takes counts that come late, and takes nothing back for a zero or null', () => {
    const watch = response.createStreamWatch()
    const push = (text: string): EventVerdict => watch.inspect(Buffer.from(text), true)
    push(event('message_start', { message: { usage: { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 4 } } }))
    push(event('message_delta', { delta: {}, usage: { input_tokens: 12, output_tokens: 3, cache_read_input_tokens: 0, cache_creation_input_tokens: null } }))
    expect(watch.usage).toMatchObject({ input: { total: 16, cacheRead: 4 }, output: { total: 3 } })
  })
})

describe('anthropicMessages.response.readWhole', () => {
  it.each([
    ['{"content":[],"usage":{"input_tokens":3,"cache_read_input_tokens":1,"output_tokens":4}}', { kind: 'answer', usage: { input: { total: 4 } } }],
    ['{"content":[]}', { kind: 'answer', usage: undefined }],
    ['{"type":"error","error":{"type":"overloaded_error","message":"m"}}', { kind: 'fault', fault: { status: 529, message: 'm' } }],
    ['{"choices":[]}', { kind: 'malformed' }],
    ['{"content":[],"usage":{"input_tokens":}}', { kind: 'malformed' }],
  ])('%s', (text, expected) => {
    expect(response.readWhole(scanBody(text))).toMatchObject(expected)
  })
})

describe('anthropicMessages.error', () => {
  it('encodes every code of the catalogue in Anthropic’s shape', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) {
      const text = error.encode(new GatewayError(code, 'what "happened"', { details: { secret: 's3' } }), 'req_1')
      expect(JSON.parse(text)).toEqual({ type: 'error', error: { type: expect.stringMatching(/^[a-z_]+(_error|_large)$/) as string, message: 'what "happened"' }, request_id: 'req_1' })
    }
  })

  it.each<[ErrorCode, string]>([
    ['unauthenticated', 'authentication_error'],
    ['unknown_model', 'not_found_error'],
    ['upstream_rejected', 'api_error'],
    ['limit_exceeded', 'rate_limit_error'],
    ['payload_too_large', 'request_too_large'],
    ['upstream_unavailable', 'overloaded_error'],
    ['upstream_timeout', 'timeout_error'],
    ['internal', 'api_error'],
  ])('%s is %s', (code, type) => {
    expect(JSON.parse(error.encode(new GatewayError(code, 'm'), 'r'))).toMatchObject({ error: { type } })
  })

  it('ends a stream with one named event', () => {
    expect(error.encodeInStream(new GatewayError('upstream_interrupted', 'a\nb'), 'req_1')).toMatch(/^event: error\ndata: \{"type":"error".*\}\n\n$/)
  })

  it.each([
    ['{"type":"error","error":{"type":"t","message":"m","details":{"error_code":"c"}},"request_id":"r"}', { message: 'm', type: 't', code: 'c' }],
    ['{"error":"m"}', { message: 'm' }],
    ['{"message":"m"}', { message: 'm' }],
    ['<html>', undefined],
    ['[]', undefined],
  ])('decodes %s', (body, expected) => {
    const fault = error.decode(418, body)
    if (expected === undefined) expect(fault).toBeUndefined()
    else expect(fault).toMatchObject({ ...expected, status: 418 })
  })
})
