import Anthropic from '@anthropic-ai/sdk'
import { GoogleGenAI } from '@google/genai'
import OpenAI from 'openai'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRuns } from '../../src/core/runs/index.ts'
import { createMemoryRuns } from '../../src/storage/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let provider: Server
let answers: { readonly type: string; readonly body: string }[]
let asked: string[]
let tools: McpGateway
let gateway: ModelGateway
let origin: string

beforeEach(async () => {
  answers = []
  asked = []
  provider = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      asked.push(Buffer.concat(pieces).toString())
      const { type, body } = answers.shift() ?? { type: 'text/plain', body: 'nothing left to say' }
      response.writeHead(200, { 'content-type': type }).end(body)
    })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  origin = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  tools = await startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } } })
  gateway = await startModelGateway({
    providers: [defineProvider('messages', `${origin}/v1`, { kind: 'anthropic' }), defineProvider('responses', `${origin}/v1`, { dialects: ['openai-responses'] }), defineProvider('gemini', `${origin}/v1beta`, { kind: 'google' })],
    settings: { maxAttempts: 1 },
    wrap: (exchanges) => createRuns({ exchanges, catalog: tools.catalog, calls: tools.calls, store: createMemoryRuns(), events: createEvents(silentLogger, createMetrics()), logger: silentLogger }).exchanges,
  })
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await tools[Symbol.asyncDispose]()
  provider.closeAllConnections()
  provider.close()
})

type Value = Readonly<Record<string, unknown>>

const sse = (events: readonly Value[]): string => events.map((event) => `event: ${String(event['type'])}\ndata: ${JSON.stringify(event)}\n\n`).join('')

function responsesTurn(items: readonly Value[], stream: boolean): { readonly type: string; readonly body: string } {
  const response = { id: 'resp_far', object: 'response', created_at: 1, model: 'some', status: 'completed', output: items, usage: { input_tokens: 1, output_tokens: 1, total_tokens: 2 } }
  if (!stream) return { type: 'application/json', body: JSON.stringify(response) }
  const events = items.flatMap((item, output_index) => [
    { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress' } },
    ...(item['type'] === 'code_interpreter_call' ? [{ type: 'response.code_interpreter_call_code.delta', output_index, item_id: item['id'], delta: item['code'] }] : []),
    { type: 'response.output_item.done', output_index, item },
  ])
  return { type: 'text/event-stream', body: sse([{ type: 'response.created', response: { ...response, status: 'in_progress', output: [] } }, ...events, { type: 'response.completed', response }]) }
}

const PROVIDERS_ITEMS = [
  { id: 'ci_1', type: 'code_interpreter_call', status: 'completed', container_id: 'cntr_1', code: 'print(1)', outputs: [{ type: 'logs', logs: '1' }] },
  { id: 'ig_1', type: 'image_generation_call', status: 'completed', result: 'aW1hZ2U=', background: 'opaque' },
  { id: 'cu_1', type: 'computer_call', status: 'completed', call_id: 'call_c', action: { type: 'click', x: 1, y: 2, button: 'left' }, pending_safety_checks: [] },
]
const SAID = { id: 'msg_1', type: 'message', status: 'completed', role: 'assistant', content: [{ type: 'output_text', text: 'It is 5.', annotations: [] }] }

const PROVIDERS_BLOCKS = [
  { type: 'server_tool_use', id: 'srvtoolu_1', name: 'bash_code_execution', input: { command: 'echo 1' } },
  { type: 'bash_code_execution_tool_result', tool_use_id: 'srvtoolu_1', content: { type: 'bash_code_execution_result', stdout: '1\n', stderr: '', return_code: 0, content: [] } },
]

function messagesTurn(blocks: readonly Value[], stop_reason: string, stream: boolean): { readonly type: string; readonly body: string } {
  const message = { id: 'msg_far', type: 'message', role: 'assistant', model: 'some', content: blocks, stop_reason, stop_sequence: null, usage: { input_tokens: 1, output_tokens: 1 } }
  if (!stream) return { type: 'application/json', body: JSON.stringify(message) }
  const events = blocks.flatMap((block, index): readonly Value[] => {
    const [empty, delta] =
      block['type'] === 'text' ? [{ ...block, text: '' }, { type: 'text_delta', text: block['text'] }] : block['input'] === undefined ? [block, undefined] : [{ ...block, input: {} }, { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }]
    return [{ type: 'content_block_start', index, content_block: empty }, ...(delta ? [{ type: 'content_block_delta', index, delta }] : []), { type: 'content_block_stop', index }]
  })
  return {
    type: 'text/event-stream',
    body: sse([{ type: 'message_start', message: { ...message, content: [], stop_reason: null } }, ...events, { type: 'message_delta', delta: { stop_reason, stop_sequence: null }, usage: { output_tokens: 1 } }, { type: 'message_stop' }]),
  }
}

const PROVIDERS_PARTS = [{ executableCode: { language: 'PYTHON', code: 'print(1)' } }, { codeExecutionResult: { outcome: 'OUTCOME_OK', output: '1' } }]

function geminiTurn(parts: readonly Value[], stream: boolean): { readonly type: string; readonly body: string } {
  const answer = { candidates: [{ index: 0, content: { role: 'model', parts }, finishReason: 'STOP' }], usageMetadata: { promptTokenCount: 1, candidatesTokenCount: 1, totalTokenCount: 2 }, modelVersion: 'some', responseId: 'r1' }
  return stream ? { type: 'text/event-stream', body: `data: ${JSON.stringify(answer)}\n\n` } : { type: 'application/json', body: JSON.stringify(answer) }
}

describe('calls that the provider makes at its own MCP servers, in a streamed run', () => {
  it('are told with all events that such items have', async () => {
    const call = { id: 'mcp_1', type: 'mcp_call', status: 'completed', server_label: 'far', name: 'look', arguments: '{"at":1}', output: 'seen', error: null, approval_request_id: null }
    const items = [{ id: 'mcpl_1', type: 'mcp_list_tools', server_label: 'far', tools: [{ name: 'look', input_schema: {} }] }, call, { ...call, id: 'mcp_2', status: 'failed', output: null, error: { type: 'x' } }]
    answers = [responsesTurn([...items, { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'demo__add', arguments: '{"a":2,"b":3}' }], true), responsesTurn([SAID], true)]
    const openai = new OpenAI({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 })
    const stream = openai.responses.stream({ model: 'responses/some+tools:demo', input: 'What is 2 + 3?' })
    const types: string[] = []
    for await (const event of stream) if ('output_index' in event && event.output_index < items.length) types.push(event.type.slice('response.'.length))
    const whole = (kind: string, ...between: string[]): string[] => ['output_item.added', `${kind}.in_progress`, ...between, 'output_item.done']
    const called = ['mcp_call_arguments.delta', 'mcp_call_arguments.done']
    expect(types).toEqual([...whole('mcp_list_tools', 'mcp_list_tools.completed'), ...whole('mcp_call', ...called, 'mcp_call.completed'), ...whole('mcp_call', ...called, 'mcp_call.failed')])
    expect((await stream.finalResponse()).output.slice(0, 3)).toEqual(items)
  })
})

describe.each([true, false])('tools of the provider’s own in a run (stream: %s)', (stream) => {
  it('are told as the provider told them: Responses', async () => {
    answers = [responsesTurn([...PROVIDERS_ITEMS, { id: 'fc_1', type: 'function_call', status: 'completed', call_id: 'call_1', name: 'demo__add', arguments: '{"a":2,"b":3}' }], stream), responsesTurn([SAID], stream)]
    const openai = new OpenAI({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 })
    const body = { model: 'responses/some+tools:demo', input: 'What is 2 + 3?', tools: [{ type: 'code_interpreter' as const, container: { type: 'auto' as const } }] }
    const response = stream ? await openai.responses.stream(body).finalResponse() : await openai.responses.create(body)
    expect(response.output.slice(0, 3)).toEqual(PROVIDERS_ITEMS)
    expect(response.output.slice(3).map(({ type }) => type)).toEqual(['mcp_call', 'message'])
    expect(response.output_text).toBe('It is 5.')
    // The provider is reminded of them in its own words.
    expect(asked[0]).toContain('"code_interpreter"')
    expect(JSON.parse(asked[1] ?? '')).toMatchObject({ input: [{}, ...PROVIDERS_ITEMS, { type: 'function_call' }, { type: 'function_call_output' }] })
  })

  it('are told as the provider told them: Messages', async () => {
    answers = [
      messagesTurn([...PROVIDERS_BLOCKS, { type: 'tool_use', id: 'toolu_1', name: 'demo__add', input: { a: 2, b: 3 } }], 'tool_use', stream),
      messagesTurn([{ type: 'text', text: 'It is 5.' }], 'end_turn', stream),
    ]
    const anthropic = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k', maxRetries: 0 })
    const body = { model: 'messages/some+tools:demo', max_tokens: 100, messages: [{ role: 'user' as const, content: 'What is 2 + 3?' }], tools: [{ type: 'code_execution_20250825' as const, name: 'code_execution' as const }] }
    const message = stream ? await anthropic.beta.messages.stream(body).finalMessage() : await anthropic.beta.messages.create(body)
    expect(message.content.slice(0, 2)).toEqual(PROVIDERS_BLOCKS)
    expect(message.content.slice(2).map(({ type }) => type)).toEqual(['mcp_tool_use', 'mcp_tool_result', 'text'])
    expect(asked[0]).toContain('code_execution_20250825')
    expect(JSON.parse(asked[1] ?? '')).toMatchObject({ messages: [{}, { role: 'assistant', content: [...PROVIDERS_BLOCKS, { type: 'tool_use' }] }, { role: 'user' }] })
  })

  it('are told as the provider told them: Gemini', async () => {
    answers = [geminiTurn([...PROVIDERS_PARTS, { functionCall: { name: 'demo__add', args: { a: 2, b: 3 } } }], stream), geminiTurn([{ text: 'It is 5.' }], stream)]
    const gemini = new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: gateway.url.replace(/\/v1$/, '') } })
    const body = { model: 'gemini/some+tools:demo', contents: 'What is 2 + 3?', config: { tools: [{ codeExecution: {} }] } }
    const parts: unknown[] = []
    if (stream) for await (const chunk of await gemini.models.generateContentStream(body)) parts.push(...(chunk.candidates?.[0]?.content?.parts ?? []))
    else parts.push(...((await gemini.models.generateContent(body)).candidates?.[0]?.content?.parts ?? []))
    expect(parts.filter((part) => JSON.stringify(part) !== '{"text":""}')).toEqual([...PROVIDERS_PARTS, { text: 'It is 5.' }])
    expect(JSON.parse(asked[1] ?? '')).toMatchObject({ contents: [{}, { role: 'model', parts: [...PROVIDERS_PARTS, { functionCall: {} }] }, {}] })
  })
})
