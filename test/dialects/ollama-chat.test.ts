import { describe, expect, it } from 'vitest'
import { findCodec, foldAnswer, type DialectCodec, type RequestContext } from '../../src/dialects/index.ts'
import { ERROR_CODES, GatewayError, type ErrorCode } from '../../src/domain/errors.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { scanBody } from '../support/scan-body.ts'
import { ANSWER_CONTEXT, decodeStream, encodeStream, openSeals, ORIGIN, parseEvents, readFixture, readRequest, scenarios } from './fixtures.ts'
import { checkOllamaGrammar, ollamaChatGrid } from './grids/ollama-chat.ts'

const codec = findCodec('ollama-chat') as DialectCodec
const chat = findCodec('openai-chat') as DialectCodec
const { request, response, error, translation } = codec
const context = (model: string = ORIGIN.model, quirks: RequestContext['quirks'] = {}): RequestContext => ({ target: { ...ORIGIN, model }, seals: openSeals, quirks })

describe('ollamaChat requests', () => {
  it.each(scenarios('ollama-chat', '.request.json'))('%s: decoding and encoding in the same dialect changes nothing', (name) => {
    expect(ollamaChatGrid.faithful).toContain(name)
    const body = readRequest('ollama-chat', name)
    const { value, losses } = translation.encodeRequest(translation.decodeRequest(body), context())
    expect(losses).toEqual([])
    expect(value.body).toEqual(body)
  })

  it('streams unless it is told not to', () => {
    expect(request.peek(scanBody('{"model":"m"}'))).toMatchObject({ model: 'm', stream: true })
    expect(request.peek(scanBody('{"model":"m","stream":false}')).stream).toBe(false)
    for (const body of ['{}', '{"model":7}', '{"model":"m","stream":"no"}']) expect(() => request.peek(scanBody(body))).toThrow(/Expected/)
  })

  const encode = (body: JsonObject, model = 'llama3.2', quirks: RequestContext['quirks'] = {}) => translation.encodeRequest(chat.translation.decodeRequest({ messages: [{ role: 'user', content: 'x' }], ...body }), context(model, quirks))

  it.each([
    ['llama3.2', 'none', false],
    ['qwen3:8b', 'low', true],
    ['gpt-oss:20b', 'low', 'low'],
    ['gpt-oss:20b', 'max', 'high'],
  ])('%s is asked to think with effort %s', (model, effort, think) => {
    expect(encode({ reasoning_effort: effort }, model).value.body['think']).toBe(think)
  })

  it('is not asked to think where it cannot', () => {
    const { value, losses } = encode({ reasoning_effort: 'high' }, 'llama3.2', { reasoningRequest: 'none' })
    expect(value.body['think']).toBeUndefined()
    expect(losses).toMatchObject([{ kind: 'dropped', path: '/reasoning_effort' }])
  })

  it('LT-A23 is told nothing of a choice of tools that it does not know, and the client is', () => {
    const tools = ['f', 'g'].map((name) => ({ type: 'function', function: { name } }))
    const named = encode({ tools, tool_choice: { type: 'function', function: { name: 'g' } } })
    expect(named.value.body['tools']).toMatchObject([{ function: { name: 'g' } }])
    expect(named.losses).toMatchObject([{ kind: 'approximated', path: '/tool_choice' }, { kind: 'dropped', path: '/tools/0' }])
    expect(encode({ tools, tool_choice: 'none' }).value.body['tools']).toBeUndefined()
    expect(encode({ tools, tool_choice: 'required' }).losses).toMatchObject([{ kind: 'dropped', path: '/tool_choice' }])
  })

  it('LT-D05 takes pictures with their content only', () => {
    const ask = (url: string): JsonObject => ({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] })
    expect(encode(ask('data:image/png;base64,aGk=')).value.body['messages']).toEqual([{ role: 'user', content: '', images: ['aGk='] }])
    expect(() => encode(ask('https://example.com/a.png'))).toThrow(/`\/messages\/0\/content\/0`/)
  })

  it.each([{ n: 2 }, { logprobs: true }, { modalities: ['text', 'audio'], audio: {} }])('refuses %j', (body) => {
    expect(() => encode(body)).toThrow(/cannot be sent/)
  })
})

describe('ollamaChat answers', () => {
  it.each(scenarios('ollama-chat', '.sse.txt'))('%s: comes out as it went in', (name) => {
    const parts = decodeStream(codec, parseEvents(readFixture('ollama-chat', `${name}.sse.txt`), 'ollama-chat'))
    const written = encodeStream(codec, parts)
    const events = parseEvents(written, 'ollama-chat')
    checkOllamaGrammar(events)
    const essence = (all: typeof parts): unknown => [foldAnswer(all).blocks, foldAnswer(all).finish.unified, foldAnswer(all).usage?.output.total]
    expect(essence(decodeStream(codec, events))).toEqual(essence(parts))
    expect(essence(translation.decodeAnswer(translation.encodeAnswer(foldAnswer(parts), ANSWER_CONTEXT).value).value)).toEqual(essence(parts))
  })

  it('keep numbers of arguments exact, and refuse lines that are no JSON', () => {
    const [call] = decodeStream(codec, parseEvents('{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"n":12345678901234567890}}}]},"done":true,"done_reason":"stop"}\n', 'ollama-chat')).filter(({ type }) => type === 'tool-call-delta')
    expect(call).toMatchObject({ argumentsText: '{"n":12345678901234567890}' })
    for (const line of ['{"message":', '7']) expect(() => decodeStream(codec, [{ event: undefined, data: line }])).toThrow(expect.objectContaining({ code: 'upstream_protocol' }) as Error)
  })

  it('name what no part can carry', () => {
    const { losses } = translation.decodeAnswer(readLast('unread-members'))
    expect(losses).toMatchObject([{ path: '/logprobs', of: 'answer' }])
  })
})

const readLast = (name: string): JsonObject => JSON.parse(readFixture('ollama-chat', `${name}.sse.txt`).trim().split('\n').at(-1) ?? '') as JsonObject

describe('ollamaChat.response', () => {
  it.each([
    ['content', '{"message":{"content":"x"},"done":false}\n'],
    ['terminal', '{"message":{"content":""},"done":true,"eval_count":3}\n'],
    ['fault', '{"error":"out of memory"}\n'],
    ['malformed', '{"message"\n'],
    ['empty', '\n'],
  ] as const)('%s: %s', (kind, line) => {
    expect(response.createStreamWatch().inspect(Buffer.from(line), true).kind).toBe(kind)
  })

  it.each([
    ['{"message":{"content":"x"},"prompt_eval_count":3,"eval_count":4}', { kind: 'answer', usage: { input: { total: 3 }, output: { total: 4 } } }],
    ['{"message":{}}', { kind: 'answer', usage: undefined }],
    ['{"error":"no model"}', { kind: 'fault', fault: { message: 'no model', status: 500 } }],
    ['{"choices":[]}', { kind: 'malformed' }],
  ])('%s', (text, expected) => {
    expect(response.readWhole(scanBody(text))).toMatchObject(expected)
  })

  it('says every failure in its one way', () => {
    for (const code of Object.keys(ERROR_CODES) as ErrorCode[]) expect(JSON.parse(error.encode(new GatewayError(code, 'm'), 'r'))).toEqual({ error: 'm' })
    expect(error.encodeInStream(new GatewayError('internal', 'a\nb'), 'r')).toBe('{"error":"a\\nb"}\n')
    expect(error.decode(404, '{"error":"model not found"}')).toMatchObject({ message: 'model not found', status: 404 })
    expect(error.decode(502, '<html>')).toBeUndefined()
  })
})
