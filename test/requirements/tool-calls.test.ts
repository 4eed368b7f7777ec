import { describe, expect, it } from 'vitest'
import { foldAnswer } from '../../src/dialects/index.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { ANSWER_CONTEXT, codecOf, readFixture, readRequest } from '../dialects/fixtures.ts'
import { at, chatStream, fixtureStream, listAt, partsOf, textAt, translateRequest, translateStream } from './translate.ts'

const call = (index: number, id: string, name: string, text: string): JsonObject => ({ tool_calls: [{ index, id, type: 'function', function: { name, arguments: text } }] })

/** `[id, name, arguments]` of every call of a chat fixture. */
const callsOf = (scenario: string): readonly unknown[] =>
  foldAnswer(partsOf('openai-chat', readFixture('openai-chat', `${scenario}.sse.txt`))).blocks.flatMap((block) => (block.type === 'tool-call' ? [[block.callId, block.name, block.argumentsText]] : []))

describe('tool calls of a chat server', () => {
  it.each([
    ['LT-A03', 'calls-all-index-0', [['a', 'f', '{"x":1}'], ['b', 'f', '{"x":2}']]],
    ['LT-A04', 'fresh-id-on-every-fragment', [['x1', 'f', '{"x":1}']]],
    ['LT-A03 LT-A05', 'calls-without-index', [['a', 'f', '{"x":1}'], ['b', 'g', '{}']]],
    ['LT-A06', 'two-entries-in-one-chunk', [['a', 'f', '{}']]],
    ['LT-A06', 'name-in-fragments', [['a', 'get_weather', '{}']]],
    ['LT-A07', 'name-repeated-at-the-end', [['a', 'f', '{"x":1}']]],
    ['LT-A08 LT-A09', 'parallel-interleaved-calls', [['a', 'f', '{"x":1}'], ['b', 'g', '{"y":2}']]],
  ] as const)('%s %s: each fragment finds its call', (_ids, scenario, calls) => {
    expect(callsOf(scenario)).toEqual(calls)
  })

  it('LT-A01 LT-A16 a new call closes the block before it, opens the next index, and keeps the arguments that came with it', () => {
    const events = translateStream('openai-chat', 'anthropic-messages', chatStream([{ role: 'assistant', content: 'so' }, call(0, 'a', 'f', '{"x"'), call(0, '', '', ':1}'), call(1, 'b', 'g', '{}')], 'tool_calls'))
    const blocks = events.filter((event) => textAt(event, 'type').startsWith('content_block')).map((event) => [event['type'], event['index'], at(event, 'delta', 'partial_json') ?? at(event, 'delta', 'text') ?? at(event, 'content_block', 'type')])
    expect(blocks).toEqual([
      ['content_block_start', 0, 'text'], ['content_block_delta', 0, 'so'], ['content_block_stop', 0, undefined],
      ['content_block_start', 1, 'tool_use'], ['content_block_delta', 1, '{"x"'], ['content_block_delta', 1, ':1}'], ['content_block_stop', 1, undefined],
      ['content_block_start', 2, 'tool_use'], ['content_block_delta', 2, '{}'], ['content_block_stop', 2, undefined],
    ])
  })

  it('LT-A02 LT-P03 parallel calls have numbers of their own, on every fragment', () => {
    const events = fixtureStream('anthropic-messages', 'thinking-and-calls', 'openai-chat')
    const fragments = events.flatMap((event) => listAt(event, 'choices', 0, 'delta', 'tool_calls'))
    expect(fragments.map(({ index }) => index)).toEqual(fragments.map((fragment) => (fragment['id'] === 'toolu_2' || fragments.indexOf(fragment) > fragments.findIndex(({ id }) => id === 'toolu_2') ? 1 : 0)))
    expect(new Set(fragments.map(({ index }) => index))).toEqual(new Set([0, 1]))
  })

  it('LT-A10 LT-A18 no arguments are an empty object, and a message of calls alone has no content', () => {
    const parts = partsOf('openai-chat', readFixture('openai-chat', 'call-without-arguments.sse.txt'))
    const whole = (to: 'anthropic-messages' | 'openai-chat'): JsonObject => codecOf(to).translation.encodeAnswer(foldAnswer(parts), ANSWER_CONTEXT).value
    expect(listAt(whole('anthropic-messages'), 'content')).toMatchObject([{ type: 'tool_use', input: {} }])
    expect(at(whole('openai-chat'), 'choices', 0, 'message')).toMatchObject({ content: null, tool_calls: [{ function: { arguments: '{}' } }] })
  })

  it('LT-B01 LT-B02 ids that the gateway makes fit every provider', () => {
    const long = `chatcmpl-${'x'.repeat(80)}`
    const answers = [
      partsOf('openai-chat', `data: ${JSON.stringify({ id: long, choices: [{ index: 0, delta: { tool_calls: [{ function: { name: 'f', arguments: '{}' } }] }, finish_reason: 'tool_calls' }] })}\n\ndata: [DONE]\n\n`),
      partsOf('google-generate-content', `data: ${JSON.stringify({ responseId: long, candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] }, finishReason: 'STOP' }] })}\n\n`),
      partsOf('ollama-chat', `${JSON.stringify({ message: { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f'.repeat(80), arguments: {} } }] }, done: true, done_reason: 'stop' })}\n`),
    ]
    const ids = answers.flatMap((parts) => parts.flatMap((part) => (part.type === 'tool-call-start' ? [part.callId] : [])))
    expect(ids).toEqual(answers.map(() => expect.stringMatching(/^[\w-]{1,40}$/) as string))
  })

  it('LT-A15 a call that the transport cut never ends', () => {
    const parts = partsOf('openai-chat', chatStream([{ role: 'assistant' }, call(0, 'a', 'f', '{"x":')], null))
    expect(parts.map(({ type }) => type)).toEqual(['message-start', 'tool-call-start', 'tool-call-delta'])
    const events = translateStream('openai-chat', 'anthropic-messages', chatStream([{ role: 'assistant' }, call(0, 'a', 'f', '{"x":')], null))
    expect(events.some(({ type }) => type === 'content_block_stop' || type === 'message_stop')).toBe(false)
  })

  it('LT-A19 arguments go on as they come, and what follows the finish is read', () => {
    const decoder = codecOf('openai-chat').translation.createStreamDecoder()
    const encoder = codecOf('anthropic-messages').translation.createStreamEncoder(ANSWER_CONTEXT)
    const say = (text: string): string => decoder.push({ event: undefined, data: text.replace(/^data: /, '').trim() }).map((part) => encoder.push(part)).join('')
    const [first = '', second = ''] = chatStream([{ role: 'assistant' }, call(0, 'a', 'f', '{"half')], null).split('\n\n').filter(Boolean)
    expect(say(first)).not.toContain('tool_use')
    expect(say(second)).toContain('"partial_json":"{\\"half"')
    const late = partsOf('openai-chat', `${chatStream([{ role: 'assistant', content: 'a' }])}data: {"id":"c","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n`)
    expect(foldAnswer(late).usage).toMatchObject({ input: { total: 3 }, output: { total: 2 } })
  })
})

describe('a choice of tools', () => {
  const tools = [{ type: 'function', function: { name: 'f', parameters: { type: 'object' } } }]
  const ask = (choice: string | JsonObject, to: 'anthropic-messages' | 'google-generate-content' | 'openai-responses'): JsonObject =>
    translateRequest('openai-chat', to, { model: 'm', messages: [{ role: 'user', content: 'x' }], tools, tool_choice: choice }).body

  it.each([
    ['auto', { type: 'auto' }, { mode: 'AUTO' }, 'auto'],
    ['required', { type: 'any' }, { mode: 'ANY' }, 'required'],
    ['none', { type: 'none' }, { mode: 'NONE' }, 'none'],
    [{ type: 'function', function: { name: 'f' } }, { type: 'tool', name: 'f' }, { mode: 'ANY', allowedFunctionNames: ['f'] }, { type: 'function', name: 'f' }],
  ] as const)('LT-A20 %j is said in the words of each dialect', (choice, messages, gemini, responses) => {
    expect(ask(choice, 'anthropic-messages')['tool_choice']).toEqual(messages)
    expect(at(ask(choice, 'google-generate-content'), 'toolConfig', 'functionCallingConfig')).toEqual(gemini)
    expect(ask(choice, 'openai-responses')['tool_choice']).toEqual(responses)
  })
})

describe('results of tools', () => {
  const turn = (body: JsonObject): readonly unknown[] => listAt(body, 'messages').map(({ role, content }) => [role, Array.isArray(content) ? content.map((part) => at(part as JsonObject, 'type')) : 'text'])

  it('LT-C02 consecutive tool messages are one message of the user', () => {
    const { body } = translateRequest('openai-chat', 'anthropic-messages', readRequest('openai-chat', 'consecutive-tool-results'))
    expect(turn(body)).toEqual([['user', ['text']], ['assistant', ['tool_use', 'tool_use']], ['user', ['tool_result', 'tool_result', 'text']]])
  })

  it('LT-C03 LT-C04 results come before what the user says beside them, which is kept', () => {
    const { body } = translateRequest('anthropic-messages', 'openai-chat', readRequest('anthropic-messages', 'text-before-tool-result'))
    expect(listAt(body, 'messages').slice(-2)).toEqual([{ role: 'tool', tool_call_id: 'a', content: 'fine' }, { role: 'user', content: 'also this' }])
  })

  it.each(['openai-chat', 'openai-responses', 'google-generate-content', 'ollama-chat'] as const)('LT-D01 LT-D05 a picture in a result reaches %s as a picture', (to) => {
    const { body, losses } = translateRequest('anthropic-messages', to, readRequest('anthropic-messages', 'image-in-tool-result'))
    const text = JSON.stringify(body)
    expect(text).toContain('aGk=')
    expect(text).not.toContain('[image:')
    expect(losses.filter(({ path }) => path.startsWith('/messages/2'))).toEqual([])
  })

  it('LT-D02 LT-D03 the content of a tool message is a text that says where the picture is', () => {
    const { body } = translateRequest('anthropic-messages', 'openai-chat', readRequest('anthropic-messages', 'image-in-tool-result'))
    const [result, picture] = listAt(body, 'messages').slice(-2)
    expect(result).toEqual({ role: 'tool', tool_call_id: 'a', content: 'a picture' })
    expect(picture).toMatchObject({ role: 'user', content: [{ type: 'text', text: '[tool result image for a]' }, { type: 'image_url' }] })
  })

  it('LT-D04 parts of a message stay parts', () => {
    const content = [{ type: 'text', text: 'one' }, { type: 'image_url', image_url: { url: 'data:image/png;base64,aGk=' } }, { type: 'text', text: 'two' }]
    const { body } = translateRequest('openai-chat', 'anthropic-messages', { model: 'm', messages: [{ role: 'user', content }] })
    expect(listAt(body, 'messages', 0, 'content').map(({ type }) => type)).toEqual(['text', 'image', 'text'])
  })
})
