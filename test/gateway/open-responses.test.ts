import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'
import { createParser } from '../support/sse-events.ts'

/** Members that the Open Responses specification requires of every response, with their types: null only where it says so. */
const text = z.string()
const count = z.number().int()
const functionTool = z.object({ type: z.literal('function'), name: text, description: text.nullable(), parameters: z.record(text, z.unknown()).nullable(), strict: z.boolean().nullable() })
const output = z.discriminatedUnion('type', [
  z.object({ type: z.literal('message'), id: text, status: z.enum(['in_progress', 'completed', 'incomplete']), role: z.literal('assistant'), content: z.array(z.object({ type: z.literal('output_text'), text, annotations: z.array(z.unknown()), logprobs: z.array(z.unknown()) })) }),
  z.object({ type: z.literal('function_call'), id: text, call_id: text, name: text, arguments: text, status: z.enum(['in_progress', 'completed', 'incomplete']) }),
  z.object({ type: z.literal('reasoning'), id: text, summary: z.array(z.object({ type: z.literal('summary_text'), text })) }),
])
const usage = z.object({ input_tokens: count, output_tokens: count, total_tokens: count, input_tokens_details: z.object({ cached_tokens: count }), output_tokens_details: z.object({ reasoning_tokens: count }) })
const response = z.object({
  id: text,
  object: z.literal('response'),
  created_at: count,
  completed_at: count.nullable(),
  status: text,
  incomplete_details: z.object({ reason: text }).nullable(),
  model: text,
  previous_response_id: text.nullable(),
  instructions: text.nullable(),
  output: z.array(output),
  error: z.object({ code: text, message: text }).nullable(),
  tools: z.array(functionTool),
  tool_choice: z.union([z.enum(['none', 'auto', 'required']), z.object({ type: z.literal('function'), name: text })]),
  truncation: z.enum(['auto', 'disabled']),
  parallel_tool_calls: z.boolean(),
  text: z.object({ format: z.union([z.object({ type: z.literal('text') }), z.object({ type: z.literal('json_schema'), name: text, description: text.nullable(), strict: z.boolean() })]) }),
  top_p: z.number(),
  presence_penalty: z.number(),
  frequency_penalty: z.number(),
  top_logprobs: count,
  temperature: z.number(),
  reasoning: z.object({ effort: text.nullable(), summary: text.nullable() }).nullable(),
  usage: usage.nullable(),
  max_output_tokens: count.nullable(),
  max_tool_calls: count.nullable(),
  store: z.boolean(),
  background: z.boolean(),
  service_tier: text,
  metadata: z.record(text, text),
  safety_identifier: text.nullable(),
  prompt_cache_key: text.nullable(),
})

const WEATHER = { type: 'function', name: 'get_weather', parameters: { type: 'object', properties: { location: { type: 'string' } }, required: ['location'] } }
const CASES = {
  'a text': { input: [{ type: 'message', role: 'user', content: 'Say hello.' }] },
  'a system message': { input: [{ type: 'message', role: 'system', content: 'Be a pirate.' }, { type: 'message', role: 'user', content: 'Say hello.' }] },
  'a call': { input: 'Weather?', tools: [WEATHER] },
  'a conversation': { input: [{ type: 'message', role: 'user', content: 'I am Alice.' }, { type: 'message', role: 'assistant', content: 'Hello!' }, { type: 'message', role: 'user', content: 'Who am I?' }] },
  'wishes in part': { input: 'Think.', reasoning: { effort: 'low' }, text: { verbosity: 'low' }, temperature: 0.5, tools: [WEATHER], tool_choice: { type: 'function', name: 'get_weather' } },
  'a schema': { input: 'Answer.', text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false } } } },
} as const

let sim: ProviderSimulator
let gateway: ModelGateway
beforeEach(async () => {
  sim = await createProviderSimulator()
  gateway = await startModelGateway({
    providers: [
      defineProvider('chat', sim.url),
      defineProvider('claude', sim.url, { kind: 'anthropic-compatible' }),
      defineProvider('google', `${sim.origin}/v1beta`, { kind: 'google' }),
      defineProvider('ollama', sim.origin, { kind: 'ollama' }),
    ],
    settings: { maxAttempts: 1 },
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const ask = async (body: object): Promise<string> => {
  const answer = await fetch(`${gateway.url}/responses`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const read = await answer.text()
  expect(answer.status, read).toBe(200)
  return read
}

describe.each(['chat', 'claude', 'google', 'ollama'])('Open Responses over %s', (provider) => {
  describe.each(Object.entries(CASES))('%s', (name, body) => {
    beforeEach(() => {
      if ('tools' in body) sim.script({ tools: [{ name: 'get_weather', arguments: '{"location":"Bern"}' }] })
      else sim.script({ text: name === 'a schema' ? '{"a":"b"}' : 'Hello there.' })
    })

    it('is answered with every member', async () => {
      const answer = response.parse(JSON.parse(await ask({ model: `${provider}/echo`, ...body })))
      expect(answer.status).toBe('completed')
      expect(answer.output.map(({ type }) => type)).toEqual(['tools' in body ? 'function_call' : 'message'])
    })

    it('is streamed with every member in every state', async () => {
      const states: [string, z.infer<typeof response>][] = []
      createParser((data) => {
        const event = JSON.parse(data) as { type: string; response?: unknown }
        if (event.response !== undefined) states.push([event.type, response.parse(event.response)])
      }).push(new TextEncoder().encode(await ask({ model: `${provider}/echo`, stream: true, ...body })))
      expect(states.map(([type]) => type)).toEqual(['response.created', 'response.in_progress', 'response.completed'])
    })
  })
})
