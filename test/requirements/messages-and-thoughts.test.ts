import { describe, expect, it } from 'vitest'
import { foldAnswer } from '../../src/dialects/index.ts'
import type { DialectQuirks } from '../../src/domain/dialect-quirks.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { ANSWER_CONTEXT, codecOf, decodeStream, parseEvents, readFixture, readRequest, scenarios } from '../dialects/fixtures.ts'
import { GRIDS } from '../dialects/grids/index.ts'
import { at, chatStream, fixtureStream, listAt, partsOf, textAt, translateRequest, translateStream } from './translate.ts'

const foreign = GRIDS.map(({ dialect }) => dialect)
/** A provider that failed has no end; its client’s surface tells the failure. */
const hasEnd = (dialect: (typeof foreign)[number], name: string): boolean => decodeStream(codecOf(dialect), parseEvents(readFixture(dialect, `${name}.sse.txt`), dialect)).some(({ type }) => type === 'message-end')
const answersFor = (client: 'anthropic-messages' | 'openai-chat'): readonly (readonly [string, readonly JsonObject[]])[] =>
  foreign.filter((dialect) => dialect !== client).flatMap((dialect) => scenarios(dialect, '.sse.txt').filter((name) => hasEnd(dialect, name)).map((name) => [`${dialect}/${name}`, fixtureStream(dialect, name, client)] as const))

describe('streams of Chat Completions', () => {
  it('LT-C06 have the role in their first chunk, and nowhere else', () => {
    for (const [name, events] of answersFor('openai-chat')) {
      expect(events.map((event) => at(event, 'choices', 0, 'delta', 'role')).filter((role) => role !== undefined), name).toEqual(['assistant'])
      expect(at(events[0], 'choices', 0, 'delta', 'role'), name).toBe('assistant')
    }
  })

  it('LT-H04 tell usage in a chunk with an empty list of choices', () => {
    const [usage] = fixtureStream('anthropic-messages', 'text', 'openai-chat').filter((event) => at(event, 'usage', 'prompt_tokens') !== undefined)
    expect(usage).toMatchObject({ choices: [], usage: { prompt_tokens: 10, completion_tokens: 7 } })
  })
})

const KINDS: Readonly<Record<string, readonly string[]>> = { text: ['text_delta', 'citations_delta'], thinking: ['thinking_delta', 'signature_delta'], redacted_thinking: [], tool_use: ['input_json_delta'], server_tool_use: ['input_json_delta'], web_search_tool_result: [] }

describe('streams of Messages', () => {
  it('LT-C07 LT-C08 begin once, open a block only for what follows in it, and never change its kind', () => {
    for (const [name, events] of answersFor('anthropic-messages')) {
      expect(events.filter(({ type }) => type === 'message_start').length, name).toBe(1)
      for (const start of events.filter(({ type }) => type === 'content_block_start')) {
        const kind = textAt(start, 'content_block', 'type')
        const deltas = events.filter((event) => event['type'] === 'content_block_delta' && event['index'] === start['index']).map((event) => textAt(event, 'delta', 'type'))
        expect(deltas.every((delta) => KINDS[kind]?.includes(delta)), `${name}: ${kind} has ${deltas.join()}`).toBe(true)
        if (kind === 'text' || kind === 'thinking') expect(deltas.length, `${name}: an empty ${kind}`).toBeGreaterThan(0)
      }
    }
  })

  it('LT-H06 have a message_delta with counts where the provider told none', () => {
    const events = fixtureStream('openai-chat', 'no-usage-no-done', 'anthropic-messages')
    expect(events.at(-2)).toMatchObject({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 0 } })
  })

  it('LT-H08 estimate the input at their start and correct it at their end', () => {
    const events = fixtureStream('openai-chat', 'text', 'anthropic-messages')
    expect(at(events[0], 'message', 'usage', 'input_tokens')).toBe(ANSWER_CONTEXT.estimateInputTokens())
    expect(events.find(({ type }) => type === 'message_delta')).toMatchObject({ usage: { input_tokens: 12, cache_read_input_tokens: 8 } })
  })

  it('LT-A13 LT-A12 LT-A11 tell why the model stopped in their own words', () => {
    const stopOf = (scenario: string): unknown => at(fixtureStream('openai-chat', scenario, 'anthropic-messages').find(({ type }) => type === 'message_delta'), 'delta', 'stop_reason')
    expect(['text', 'late-stop-after-calls', 'length-in-the-middle-of-arguments', 'content-filter', 'matched-stop'].map(stopOf)).toEqual(['end_turn', 'tool_use', 'max_tokens', 'refusal', 'stop_sequence'])
  })
})

describe('thinking in an answer', () => {
  it('LT-E01 a thought that is only a seal is kept', () => {
    const events = fixtureStream('anthropic-messages', 'seal-only-thinking', 'openai-chat')
    expect(events.flatMap((event) => listAt(event, 'choices', 0, 'delta', 'reasoning_details'))).toMatchObject([{ type: 'reasoning.text', text: '', signature: 'sealed:p/m:EqQB' }])
    const again = translateRequest('anthropic-messages', 'anthropic-messages', readRequest('anthropic-messages', 'seal-only-thinking')).body
    expect(listAt(again, 'messages', 1, 'content').slice(0, 2)).toEqual([{ type: 'thinking', thinking: '', signature: 'EqQB' }, { type: 'redacted_thinking', data: 'abc' }])
  })

  it.each([
    [{ reasoning_content: 'hm' }], [{ reasoning: 'hm' }], [{ reasoning_text: 'hm' }], [{ thinking: 'hm' }], [{ thought_process: 'hm' }], [{ internal_thoughts: 'hm' }], [{ chain_of_thought: 'hm' }], [{ rationale: 'hm' }],
    [{ reasoning: { summary: 'hm' } }], [{ reasoning: { content: 'hm' } }], [{ reasoning_details: [{ type: 'reasoning.text', text: 'hm' }] }], [{ reasoning_details: [{ type: 'reasoning.summary', summary: 'hm' }] }],
    [{ thinking_blocks: [{ type: 'thinking', thinking: 'hm', signature: 's' }] }], [{ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm' }] }] }],
    [{ reasoning_content: 'hm', reasoning: 'hm' }], [{ reasoning_content: 'hm', thinking_blocks: [{ type: 'thinking', thinking: 'hm' }] }],
  ] as readonly [JsonObject][])('LT-E16 LT-E17 LT-E06 is found in %j, and is no text', (delta) => {
    const { blocks } = foldAnswer(partsOf('openai-chat', chatStream([{ role: 'assistant', ...delta }, { content: 'ok' }])))
    expect(blocks).toMatchObject([{ type: 'reasoning', text: 'hm' }, { type: 'text', text: 'ok' }])
  })

  it('LT-E10 details go back to their model as they were, in their order', () => {
    const details = [{ type: 'reasoning.summary', summary: 'first', format: 'x', index: 0 }, { type: 'reasoning.encrypted', data: 'AbC=', id: 'r1', index: 1 }, { type: 'reasoning.text', text: 'then', signature: 's', index: 2 }]
    const events = translateStream('openai-chat', 'anthropic-messages', chatStream([{ role: 'assistant', reasoning_details: details }, { content: 'ok' }]))
    const signature = at(events.find((event) => at(event, 'delta', 'type') === 'signature_delta'), 'delta', 'signature') ?? ''
    const history = [{ role: 'user', content: 'x' }, { role: 'assistant', content: [{ type: 'thinking', thinking: 'firstthen', signature }, { type: 'text', text: 'ok' }] }, { role: 'user', content: 'y' }]
    const { body } = translateRequest('anthropic-messages', 'openai-chat', { model: 'm', max_tokens: 9, messages: history })
    expect(at(body, 'messages', 1)).toEqual({ role: 'assistant', content: 'ok', reasoning_details: details })
  })
})

const thought = (text: string, seal: string): JsonObject => ({ type: 'thinking', thinking: text, signature: `sealed:p/m:${seal}` })
const use = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'f', input: {} })
const results = (...ids: readonly string[]): JsonObject => ({ role: 'user', content: ids.map((id) => ({ type: 'tool_result', tool_use_id: id, content: 'ok' })) })
const ask = (...messages: readonly JsonObject[]): JsonObject => ({ model: 'm', max_tokens: 99, messages: [{ role: 'user', content: 'x' }, ...messages], tools: [{ name: 'f', input_schema: { type: 'object' } }] })

describe('thinking in a history', () => {
  it('LT-E04 thoughts between calls stay between them', () => {
    const { body } = translateRequest('anthropic-messages', 'openai-responses', ask({ role: 'assistant', content: [thought('one', 'A'), use('a'), thought('two', 'B'), use('b')] }, results('a', 'b')))
    expect(listAt(body, 'input').map(({ type, encrypted_content: seal, call_id: id }) => [type, seal ?? id])).toEqual([
      ['message', undefined], ['reasoning', 'A'], ['function_call', 'a'], ['reasoning', 'B'], ['function_call', 'b'], ['function_call_output', 'a'], ['function_call_output', 'b'],
    ])
  })

  it.each(['openai-chat', 'openai-responses', 'google-generate-content', 'ollama-chat'] as const)('LT-E21 LT-E11 what %s did not sign is not sent to it as its own', (to) => {
    const { body, losses } = translateRequest('anthropic-messages', to, ask({ role: 'assistant', content: [{ type: 'thinking', thinking: 'secret', signature: 'EqQB' }, { type: 'text', text: 'yes' }] }, { role: 'user', content: 'y' }))
    expect(JSON.stringify(body)).not.toContain('secret')
    expect(losses.map(({ path }) => path)).toContain('/messages/1/content/0')
  })

  it('LT-E21 an unsigned thought is not made a signed one', () => {
    const { body, losses } = translateRequest('openai-chat', 'anthropic-messages', readRequest('openai-chat', 'reasoning-unsigned'))
    expect(JSON.stringify(body)).not.toContain('thinking')
    expect(losses.map(({ path }) => path)).toEqual(['/messages/1/reasoning_content'])
  })

  const withField: DialectQuirks = { reasoningField: 'reasoning_content' }

  it.each<[string, string, DialectQuirks, JsonObject]>([
    ['LT-E12', 'a server that wants its thought back gets it', withField, { role: 'assistant', content: 'ok', reasoning_content: 'hm' }],
    ['LT-E13', 'a server that refuses it does not', { reasoningField: 'reasoning_details' }, { role: 'assistant', content: 'ok' }],
  ])('%s %s', (_id, _what, quirks, message) => {
    const history = [{ role: 'assistant', content: [thought('hm', 'reasoning_content'), { type: 'text', text: 'ok' }] }, { role: 'user', content: 'y' }]
    expect(at(translateRequest('anthropic-messages', 'openai-chat', ask(...history), quirks).body, 'messages', 1)).toMatchObject(message)
  })

  it('LT-E13 a server that wants a thought on every message gets one where there was none', () => {
    const history = [{ role: 'assistant', content: 'ok' }, { role: 'user', content: 'y' }]
    const { body } = translateRequest('anthropic-messages', 'openai-chat', ask(...history), { ...withField, needsReasoningOnAssistant: true })
    expect(at(body, 'messages', 1, 'reasoning_content')).toEqual(expect.stringMatching(/./))
  })

  it('LT-E07 a forced tool is only offered while the model thinks, and thinking leaves room for an answer', () => {
    const { body, losses } = translateRequest('openai-chat', 'anthropic-messages', { ...readRequest('openai-chat', 'effort-with-forced-tool'), max_completion_tokens: 2_000 })
    expect(body['tool_choice']).toBeUndefined()
    expect(losses.map(({ path }) => path)).toContain('/tool_choice')
    expect(Number(at(body, 'thinking', 'budget_tokens') ?? 0)).toBeLessThan(Number(body['max_tokens']))
  })
})

describe('instructions', () => {
  const targets = ['openai-chat', 'openai-responses', 'google-generate-content', 'ollama-chat'] as const

  it.each(targets)('LT-I01 in the middle of a conversation stay in the middle for %s', (to) => {
    const text = JSON.stringify(translateRequest('anthropic-messages', to, readRequest('anthropic-messages', 'inline-system')).body)
    expect(text.indexOf('Be brief.')).toBeGreaterThan(text.indexOf('"hi"'))
    expect(text.indexOf('Be brief.')).toBeLessThan(text.indexOf('"ok"'))
  })

  it('LT-I02 are never the first message for Anthropic', () => {
    const { body } = translateRequest('openai-chat', 'anthropic-messages', readRequest('openai-chat', 'late-developer'), { takesLateSystem: true })
    expect(body['system']).toMatchObject([{ text: 'one' }, { text: 'two' }])
    expect(listAt(body, 'messages').map(({ role }) => role)[0]).toBe('user')
  })

  it.each(targets)('LT-I03 LT-I05 the attribution line of a client is not sent to %s, where it would undo the cache', (to) => {
    const { body, losses } = translateRequest('anthropic-messages', to, readRequest('anthropic-messages', 'billing-block'))
    expect(JSON.stringify(body)).not.toContain('x-anthropic-billing-header')
    expect(losses.map(({ path }) => path)).toContain('/system/0')
  })

  it.each(targets)('LT-I04 empty texts do not reach %s', (to) => {
    const { body } = translateRequest('anthropic-messages', to, readRequest('anthropic-messages', 'empty-text'))
    expect(JSON.stringify(body)).not.toMatch(/"text":""|cache_control/)
  })

  it('LT-I04 nor those that another dialect let through Anthropic', () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: '', cache_control: { type: 'ephemeral' } }, { type: 'text', text: 'x' }] }, { role: 'assistant', content: '' }, { role: 'user', content: 'y' }]
    expect(JSON.stringify(translateRequest('openai-chat', 'anthropic-messages', { model: 'm', messages }).body)).not.toContain('"text":""')
  })
})

describe('the events of Messages', () => {
  it('LT-P01 LT-P02 all have a name, end with message_stop, and none is [DONE]', () => {
    for (const dialect of foreign.filter((from) => from !== 'anthropic-messages')) {
      for (const name of scenarios(dialect, '.sse.txt').filter((scenario) => hasEnd(dialect, scenario))) {
        // The last lines of a snapshot are comments: what was lost.
        const text = readFixture(dialect, `${name}.to-anthropic-messages.sse.txt`).replaceAll(/^: .*\n/gm, '')
        const events = text.split('\n\n').filter((event) => event !== '')
        expect(events.every((event) => /^event: \w+\ndata: \{/.test(event)), `${dialect}/${name}`).toBe(true)
        expect(events.at(-1)).toContain('event: message_stop')
        expect(text).not.toContain('[DONE]')
      }
    }
  })
})

describe('requests of opencode', () => {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object', properties: { n: { type: 'integer', exclusiveMinimum: 0, minimum: -9_007_199_254_740_991, maximum: 9_007_199_254_740_991 } }, additionalProperties: false }
  const body: JsonObject = {
    model: 'm',
    messages: [
      { role: 'user', content: 'one' }, { role: 'user', content: 'two' },
      { role: 'assistant', content: '', tool_calls: [{ id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } }] }, { role: 'tool', tool_call_id: 'a', content: 'ok' },
    ],
    tools: [{ type: 'function', function: { name: 'f', parameters: schema } }],
  }

  it.each(['anthropic-messages', 'openai-responses', 'google-generate-content', 'ollama-chat'] as const)('LT-P12 reach %s with both questions, without empty texts, with their schemas as they are', (to) => {
    const text = JSON.stringify(translateRequest('openai-chat', to, body).body)
    expect(text).toContain(JSON.stringify(schema.properties))
    expect(text).toMatch(/one.*two/)
    if (to !== 'ollama-chat') expect(text).not.toMatch(/"(?:text|content)":""/)
  })
})

describe('the parts that every client gets of one answer', () => {
  it('LT-E02 a thought with its seal survives the way through Responses and back', () => {
    const body = codecOf('openai-responses').translation.encodeAnswer(foldAnswer(partsOf('anthropic-messages', readFixture('anthropic-messages', 'thinking-and-calls.sse.txt'))), ANSWER_CONTEXT).value
    const { body: again } = translateRequest('openai-responses', 'anthropic-messages', { model: 'm', input: [{ role: 'user', content: 'x' }, ...listAt(body, 'output'), { type: 'function_call_output', call_id: 'toolu_1', output: '1' }, { type: 'function_call_output', call_id: 'toolu_2', output: '2' }] })
    expect(listAt(again, 'messages', 1, 'content')[0]).toEqual({ type: 'thinking', thinking: 'hm', signature: 'EqQB' })
  })
})
