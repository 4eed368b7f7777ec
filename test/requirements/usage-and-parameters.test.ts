import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { foldAnswer } from '../../src/dialects/index.ts'
import type { Usage } from '../../src/domain/usage.ts'
import type { JsonObject } from '../../src/lib/json.ts'
import { ANSWER_CONTEXT, codecOf, readFixture, readRequest } from '../dialects/fixtures.ts'
import { at, chatStream, fixtureStream, partsOf, translateRequest } from './translate.ts'

const usageOf = (usage: JsonObject): Usage | undefined => foldAnswer(partsOf('openai-chat', chatStream([{ role: 'assistant', content: 'a' }], 'stop', usage))).usage

describe('usage', () => {
  it('LT-H01 what was cached is taken out of the input for Messages', () => {
    const delta = fixtureStream('openai-chat', 'text', 'anthropic-messages').find(({ type }) => type === 'message_delta')
    expect(at(delta, 'usage')).toEqual({ input_tokens: 12, cache_creation_input_tokens: 0, cache_read_input_tokens: 8, output_tokens: 5, output_tokens_details: { thinking_tokens: 2 } })
  })

  it('LT-H02 LT-H03 LT-H09 and put back, once, for Chat Completions and Responses', () => {
    const [chat] = fixtureStream('anthropic-messages', 'text', 'openai-chat').filter((event) => at(event, 'usage', 'prompt_tokens') !== undefined)
    expect(at(chat, 'usage')).toMatchObject({ prompt_tokens: 10, prompt_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 }, total_tokens: 17 })
    const responses = fixtureStream('anthropic-messages', 'text', 'openai-responses').at(-1)
    expect(at(responses, 'response', 'usage')).toMatchObject({ input_tokens: 10, input_tokens_details: { cached_tokens: 3, cache_write_tokens: 2 }, total_tokens: 17 })
  })

  it('LT-H09 never goes below zero', () => {
    const usage = { input: { total: 3, cacheRead: 9, cacheWrite: 0 }, output: { total: 1, reasoning: 4 }, raw: undefined }
    const answer = { ...foldAnswer([]), usage }
    expect(at(codecOf('anthropic-messages').translation.encodeAnswer(answer, ANSWER_CONTEXT).value, 'usage')).toMatchObject({ input_tokens: 0, cache_read_input_tokens: 9 })
    expect(at(codecOf('google-generate-content').translation.encodeAnswer(answer, ANSWER_CONTEXT).value, 'usageMetadata')).toMatchObject({ candidatesTokenCount: 0 })
  })

  it('LT-H10 is read from any chunk, the last one wins', () => {
    const chunk = (tokens: number, choices: readonly JsonObject[]): string => `data: ${JSON.stringify({ id: 'c', choices, usage: { prompt_tokens: tokens, completion_tokens: 1, prompt_tokens_details: { cached_tokens: tokens - 1 } } })}\n\n`
    const text = `${chunk(2, [{ index: 0, delta: { role: 'assistant', content: 'a' }, finish_reason: null }])}${chunk(9, [{ index: 0, delta: {}, finish_reason: 'stop' }])}`
    expect(foldAnswer(partsOf('openai-chat', text)).usage?.input).toEqual({ total: 9, cacheRead: 8, cacheWrite: 0 })
  })

  it.each([
    ['OpenAI, xAI', { prompt_tokens: 20, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 8 } }],
    ['DeepSeek', { prompt_tokens: 20, completion_tokens: 5, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 12 }],
  ])('LT-H13 what %s cached is known as cached, in streams too', (_server, usage) => {
    expect(usageOf(usage)?.input).toEqual({ total: 20, cacheRead: 8, cacheWrite: 0 })
  })

  it('LT-H11 LT-H12 keeps the provider’s own report whole: how long a write is kept, and what its tools cost', () => {
    const body = JSON.parse(readFixture('anthropic-messages', 'thinking-search-and-call.response.json')) as JsonObject
    const { usage } = foldAnswer(codecOf('anthropic-messages').translation.decodeAnswer(body).value)
    expect(usage?.raw).toEqual(body['usage'])
    expect(usage?.input).toEqual({ total: 113, cacheRead: 100, cacheWrite: 4 })
  })

  it('LT-H12 Gemini’s thoughts and tool prompts are counted once', () => {
    const body = JSON.parse(readFixture('google-generate-content', 'thought-grounding-and-call.response.json')) as JsonObject
    const { usage } = foldAnswer(codecOf('google-generate-content').translation.decodeAnswer(body).value)
    expect(usage).toMatchObject({ input: { total: 11, cacheRead: 4 }, output: { total: 8, reasoning: 3 } })
  })
})

describe('the table of models', () => {
  it('LT-H14 is vendored, with its source, licence and units', () => {
    const table = JSON.parse(readFileSync(new URL('../../src/upstreams/llm/shared/models.json', import.meta.url), 'utf8')) as Record<string, unknown>
    expect(table['source']).toMatch(/^\S+ \d+\.\d+\.\d+$/)
    expect(table['license']).toMatch(/^MIT, by /)
    expect(table['units']).toMatch(/million tokens/)
  })
})

describe('what only Anthropic has', () => {
  const targets = ['openai-chat', 'openai-responses', 'google-generate-content', 'ollama-chat'] as const

  it.each(targets)('LT-J03 `context_management` is not sent to %s, and named', (to) => {
    const { body, losses } = translateRequest('anthropic-messages', to, readRequest('anthropic-messages', 'unknown-fields'))
    expect(JSON.stringify(body)).not.toContain('context_management')
    expect(losses.map(({ path }) => path)).toContain('/context_management')
  })

  it.each(targets)('LT-J04 of deferred tools %s is offered those that a result has brought up', (to) => {
    const { body, losses } = translateRequest('anthropic-messages', to, readRequest('anthropic-messages', 'deferred-tools'))
    const text = JSON.stringify(body['tools'])
    expect([text.includes('"found"'), text.includes('"hidden"'), text.includes('defer_loading')]).toEqual([true, false, false])
    expect(losses.map(({ path }) => path)).toContain('/tools/2')
  })

  it('LT-L03 a strict tool has its schema as the client wrote it: strictness means the same on both sides', () => {
    const parameters = { type: 'object', properties: { inner: { type: 'object', properties: {}, additionalProperties: false } }, additionalProperties: false }
    const { body } = translateRequest('openai-chat', 'anthropic-messages', { model: 'm', messages: [{ role: 'user', content: 'x' }], tools: [{ type: 'function', function: { name: 'f', strict: true, parameters } }] })
    expect(body['tools']).toEqual([{ name: 'f', input_schema: parameters, strict: true }])
  })
})
