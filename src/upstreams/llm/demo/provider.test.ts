import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { createSseParser } from '../../../dialects/index.ts'
import type { GatewayError } from '../../../domain/errors.ts'
import type { ProviderId } from '../../../domain/ids.ts'
import type { ProviderDefinition } from '../../../domain/provider.ts'
import type { JsonObject } from '../../../lib/json.ts'
import type { LlmUpstream } from '../upstream.ts'
import { createDemoProvider } from './provider.ts'
import { sampleArguments } from './sample-arguments.ts'

const DEFINITION: ProviderDefinition = {
  id: 'demo' as ProviderId,
  kind: 'demo',
  baseUrl: '',
  apiKey: undefined,
  headers: {},
  models: undefined,
  parameters: {},
  quirks: [],
  facts: {},
  enabled: true,
  timeouts: { connectMs: 0, firstTokenMs: 0, idleMs: 0 },
}

interface Answer {
  readonly status: number
  readonly text: string
  readonly pieces: number
  readonly error: GatewayError | undefined
}

function ask(upstream: LlmUpstream, model: string, body: JsonObject, options: { signal?: AbortSignal; slow?: boolean } = {}): Promise<Answer> {
  return new Promise((resolve) => {
    let status = 0
    let text = ''
    let pieces = 0
    const { signal = new AbortController().signal, slow = false } = options
    const request = { dialect: 'openai-chat', stream: false, operation: 'generate', model, headers: {}, body: [Buffer.from(JSON.stringify(body))], signal } as const
    const sent = upstream.send(request, {
      head: (answered) => void (status = answered),
      chunk(bytes) {
        pieces++
        text += Buffer.from(bytes).toString()
        if (slow) setTimeout(() => sent.resume(), 5)
        return !slow
      },
      end: () => resolve({ status, text, pieces, error: undefined }),
      fail: (error) => resolve({ status, text, pieces, error }),
    })
  })
}

const user = (content: string): JsonObject => ({ role: 'user', content })
const tool = (name: string, parameters: JsonObject): JsonObject => ({ type: 'function', function: { name, parameters } })
const whole = (answer: Answer): { choices: [{ message: { content: string | null; tool_calls?: { function: { name: string; arguments: string } }[] }; finish_reason: string }]; usage: JsonObject } =>
  JSON.parse(answer.text) as ReturnType<typeof whole>
const streamed = (answer: Answer): string[] => createSseParser().push(Buffer.from(answer.text)).map(({ data }) => data)

describe('createDemoProvider', () => {
  it('says that it is a demo, and what was said', async () => {
    await using demo = createDemoProvider(DEFINITION)
    const answer = await ask(demo, 'echo', { messages: [user('Grüße')] })
    expect(whole(answer).choices[0]).toMatchObject({ message: { content: expect.stringMatching(/demo model.*You said: Grüße/s) as string }, finish_reason: 'stop' })
    expect(whole(answer).usage['prompt_tokens']).toBe(2)
  })

  it('streams the same in several pieces, usage only when it is asked for, and waits for a slow reader', async () => {
    await using demo = createDemoProvider(DEFINITION)
    const content = whole(await ask(demo, 'echo', { messages: [user('a b')] })).choices[0].message.content
    for (const include of [true, false]) {
      const answer = await ask(demo, 'echo', { messages: [user('a b')], stream: true, ...(include ? { stream_options: { include_usage: true } } : {}) }, { slow: true })
      const events = streamed(answer)
      expect(events.at(-1)).toBe('[DONE]')
      const chunks = events.slice(0, -1).map((data) => JSON.parse(data) as { choices: { delta: { content?: string } }[]; usage?: unknown })
      expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe(content)
      expect(chunks.filter((chunk) => chunk.choices.length === 0).length).toBe(include ? 1 : 0)
      expect(answer.pieces).toBeGreaterThan(5)
    }
  })

  it('calls the first tool, whole and streamed alike, and sums up its result', async () => {
    await using demo = createDemoProvider(DEFINITION)
    const schema = { type: 'object', properties: { message: { type: 'string' }, spare: { type: 'string' } }, required: ['message'] }
    const tools = [tool('echo', schema), tool('other', {})]
    const body = { messages: [user('hello tool')], tools }
    const call = whole(await ask(demo, 'tools', body)).choices[0]
    expect(call.finish_reason).toBe('tool_calls')
    expect(call.message.tool_calls?.[0]?.function).toEqual({ name: 'echo', arguments: '{"message":"hello tool"}' })
    const chunks = streamed(await ask(demo, 'tools', { ...body, stream: true })).slice(0, -1).map((data) => JSON.parse(data) as { choices: { delta: { tool_calls?: { function: { arguments: string } }[] } }[] })
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.tool_calls?.[0]?.function.arguments ?? '').join('')).toBe('{"message":"hello tool"}')
    const messages = [user('hello tool'), { role: 'assistant', content: null }, { role: 'tool', content: 'it rains' }]
    expect(whole(await ask(demo, 'tools', { messages, tools })).choices[0].message.content).toMatch(/The tool answered:\n1\. it rains/)
  })

  it('obeys `tool_choice`', async () => {
    await using demo = createDemoProvider(DEFINITION)
    const tools = [tool('a', {}), tool('b', {})]
    const none = await ask(demo, 'tools', { messages: [user('x')], tools, tool_choice: 'none' })
    expect(whole(none).choices[0].message.tool_calls).toBeUndefined()
    const named = await ask(demo, 'tools', { messages: [user('x')], tools, tool_choice: { type: 'function', function: { name: 'b' } } })
    expect(whole(named).choices[0].message.tool_calls?.[0]?.function.name).toBe('b')
  })

  it('refuses other models and broken bodies as a provider does', async () => {
    await using demo = createDemoProvider(DEFINITION)
    expect(await ask(demo, 'gpt', { messages: [] })).toMatchObject({ status: 404, text: expect.stringContaining('model_not_found') as string })
    expect((await ask(demo, 'echo', { prompt: 'x' })).status).toBe(400)
  })

  it('stops when it is told to and when it is closed', async () => {
    const demo = createDemoProvider(DEFINITION)
    const controller = new AbortController()
    const body = { messages: [user('a b c d e f g')], stream: true }
    const aborted = ask(demo, 'echo', body, { signal: controller.signal })
    setTimeout(() => controller.abort(), 30)
    expect((await aborted).error?.code).toBe('cancelled')
    const running = ask(demo, 'echo', body)
    await demo[Symbol.asyncDispose]()
    expect((await running).error?.code).toBe('upstream_interrupted')
  })
})

describe('sampleArguments', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  it.each<JsonObject>([
    { type: 'object', properties: { a: { type: 'integer', minimum: 3 }, b: { type: 'number', exclusiveMinimum: 0, maximum: 1 } }, required: ['a', 'b'] },
    { type: 'object', properties: { a: { type: 'integer', multipleOf: 5, minimum: 7 } }, required: ['a'], additionalProperties: false },
    { properties: { a: { enum: ['x', 'y'] }, b: { const: 7 }, c: { type: ['null', 'boolean'] } }, required: ['a', 'b', 'c'] },
    { type: 'object', properties: { a: { type: 'array', items: { type: 'string', minLength: 40 }, minItems: 2 } }, required: ['a'] },
    { type: 'object', properties: { a: { $ref: '#/$defs/node' } }, required: ['a'], $defs: { node: { type: 'object', properties: { v: { type: 'string', maxLength: 2 } }, required: ['v'] } } },
    { type: 'object', properties: { a: { anyOf: [{ type: 'integer' }, { type: 'null' }] }, b: { oneOf: [{ type: 'string' }] } }, required: ['a', 'b'] },
    { allOf: [{ type: 'object', required: ['a'] }, { properties: { a: { type: 'boolean' } } }] },
    { type: 'object', properties: { a: { prefixItems: [{ type: 'integer' }, { type: 'string' }], type: 'array' } }, required: ['a'] },
    { type: 'object', properties: { a: { default: 'd', type: 'string' }, b: {} }, required: ['a', 'b'] },
    {},
  ])('makes arguments that %j allows', (schema) => {
    const args = sampleArguments(schema, 'some words')
    expect(ajv.validate(schema, args), JSON.stringify([args, ajv.errors])).toBe(true)
  })

  it('ends for a schema that contains itself', () => {
    const schema = { type: 'object', properties: { next: { $ref: '#' } }, required: ['next'] }
    expect(JSON.stringify(sampleArguments(schema, 'x')).length).toBeLessThan(500)
  })
})
