import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { createRuns, type RunSettings } from '../../src/core/runs/index.ts'
import { createMemoryRuns } from '../../src/storage/index.ts'
import { createEvents, createMetrics, silentLogger } from '../../src/telemetry/index.ts'
import { startMcpGateway, type McpGateway } from '../support/mcp-gateway.ts'
import { defineProvider, startModelGateway, type ModelGateway } from '../support/model-gateway.ts'

let sim: ProviderSimulator
let tools: McpGateway
let gateway: ModelGateway
let openai: OpenAI
let anthropic: Anthropic
let settings: Partial<RunSettings>

async function start(): Promise<void> {
  gateway = await startModelGateway({
    providers: [defineProvider('chat', sim.url), defineProvider('messages', sim.url, { kind: 'anthropic' }), defineProvider('responses', sim.url, { dialects: ['openai-responses'] })],
    settings: { maxAttempts: 1 },
    wrap: (exchanges) => createRuns({ exchanges, catalog: tools.catalog, calls: tools.calls, store: createMemoryRuns(), events: createEvents(silentLogger, createMetrics()), logger: silentLogger, settings: () => settings, standing: () => ({ models: { 'chat/equipped': 'demo' }, principals: {} }) }).exchanges,
  })
  openai = new OpenAI({ baseURL: gateway.url, apiKey: 'k', maxRetries: 0 })
  anthropic = new Anthropic({ baseURL: gateway.url.replace(/\/v1$/, ''), apiKey: 'k', maxRetries: 0 })
}

beforeEach(async () => {
  settings = {}
  sim = await createProviderSimulator()
  tools = await startMcpGateway({ servers: { demo: { kind: 'builtin', name: 'demo' } } })
  await start()
})
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
  await tools[Symbol.asyncDispose]()
  await sim.close()
})

const sent = (index: number): string => sim.requests.at(index)?.body.toString() ?? ''
const calling = (firstCall: number) => ({ tools: [{ name: 'demo__add', arguments: '{"a":2,"b":3}' }, { name: 'demo__echo', arguments: '{"wrong":true}' }], firstCall })
const OWN = { type: 'mcp', server_label: 'demo', require_approval: 'never' } as unknown as OpenAI.Responses.Tool
const MODELS = ['chat/some', 'messages/some', 'responses/some'] as const

async function respond(params: Partial<OpenAI.Responses.ResponseCreateParamsNonStreaming>, stream: boolean): Promise<OpenAI.Responses.Response> {
  const body = { model: 'chat/some', input: 'What is 2 + 3?', ...params }
  return stream ? openai.responses.stream({ ...body, stream: true }).finalResponse() : openai.responses.create(body)
}

async function message(params: object, stream: boolean): Promise<Anthropic.Beta.BetaMessage> {
  const body = { model: 'chat/some', max_tokens: 100, messages: [{ role: 'user' as const, content: 'What is 2 + 3?' }], ...params } as Anthropic.Beta.MessageCreateParamsNonStreaming
  return stream ? anthropic.beta.messages.stream(body).finalMessage() : anthropic.beta.messages.create(body)
}

describe.each([true, false])('the words of Responses (stream: %s)', (stream) => {
  it.each(MODELS)('tell of the calls that the gateway makes: %s', async (model) => {
    sim.script(calling(0), { text: 'It is 5.' })
    const response = await respond({ model, tools: [OWN] }, stream)
    expect(response.output_text).toBe('It is 5.')
    expect(response.output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_call', 'mcp_call', 'message'])
    expect(response.output[0]).toMatchObject({ server_label: 'demo', tools: expect.arrayContaining([expect.objectContaining({ name: 'add', input_schema: expect.objectContaining({ required: ['a', 'b'] }) as object, annotations: expect.objectContaining({ readOnlyHint: true }) as object })]) as object })
    expect(response.output[1]).toMatchObject({ server_label: 'demo', name: 'add', arguments: '{"a":2,"b":3}', output: expect.stringContaining('5') as string, error: null, status: 'completed' })
    expect(response.output[2]).toMatchObject({ name: 'echo', status: 'failed', output: null, error: { content: [{ text: expect.stringContaining('Expected') as string }] } })
    expect(sent(0)).not.toContain('"mcp"')
  })

  it('offer only the tools that are allowed', async () => {
    sim.script({ text: 'No tools needed.' })
    await respond({ tools: [{ ...OWN, allowed_tools: ['add'] } as unknown as OpenAI.Responses.Tool] }, stream)
    expect(sent(0)).toContain('demo__add')
    expect(sent(0)).not.toContain('demo__echo')
  })

  it('list the tools of a server first, also when none is called, and only where they are asked for by a tool', async () => {
    sim.script({ text: 'No tools needed.' }, { text: 'None.' })
    const response = await respond({ tools: [{ ...OWN, allowed_tools: ['add'] } as unknown as OpenAI.Responses.Tool] }, stream)
    expect(response.output).toMatchObject([{ type: 'mcp_list_tools', id: expect.stringMatching(/^mcpl_/) as string, server_label: 'demo', tools: [{ name: 'add' }] }, { type: 'message' }])
    const suffixed = await respond({ model: 'chat/some+tools:demo' }, stream)
    expect(suffixed.output.map(({ type }) => type)).toEqual(['message'])
  })

  it('ask before a call, and make it when it is approved', async () => {
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' })
    const asking = { ...OWN, require_approval: 'always' } as unknown as OpenAI.Responses.Tool
    const first = await respond({ tools: [asking] }, stream)
    const [list, question] = first.output
    expect(list).toMatchObject({ type: 'mcp_list_tools', server_label: 'demo' })
    if (question?.type !== 'mcp_approval_request') throw new Error(`Expected a question, got ${JSON.stringify(first.output)}.`)
    expect(question).toMatchObject({ server_label: 'demo', name: 'add', arguments: '{"a":2,"b":3}' })
    const second = await respond({ tools: [asking], previous_response_id: first.id, input: [{ type: 'mcp_approval_response', approval_request_id: question.id, approve: true }] }, stream)
    expect(second.output_text).toBe('It is 5.')
    expect(second.output.map(({ type }) => type)).toEqual(['mcp_call', 'message'])
    const made = { type: 'mcp_call', server_label: 'demo', name: 'add', arguments: '{"a":2,"b":3}', output: expect.stringContaining('5') as string, error: null, status: 'completed', approval_request_id: question.id }
    expect(second.output[0]).toMatchObject(made)
    expect(sent(-1)).toMatch(/"role":"tool".*5/)
    expect(sent(-1)).not.toContain('approval')
    expect(sent(-1)).not.toContain('list_tools')
    // The call is in the conversation once, and told once, however the client goes on.
    const callIds = (): string[] => [...sent(-1).matchAll(/"tool_call_id":"([^"]*)"/g)].map(([, id]) => id ?? '')
    const told = callIds()
    expect(told).toHaveLength(1)
    sim.script({ text: 'You are welcome.' }, { text: 'You are welcome.' })
    const third = await respond({ tools: [asking], previous_response_id: second.id, input: 'Thanks.' }, stream)
    expect(third.output.map(({ type }) => type)).toEqual(['message'])
    expect(callIds()).toEqual(told)
    const whole = [{ role: 'user', content: 'What is 2 + 3?' }, ...first.output, { type: 'mcp_approval_response', approval_request_id: question.id, approve: true }, ...second.output, { role: 'user', content: 'Thanks.' }]
    const fourth = await respond({ tools: [asking], input: whole as OpenAI.Responses.ResponseInput }, stream)
    expect(fourth.output.map(({ type }) => type)).toEqual(['message'])
    expect(callIds()).toEqual(told)
    // Another gateway knows nothing of the turn, and takes the client's word for what was done.
    await gateway[Symbol.asyncDispose]()
    await start()
    sim.script({ text: 'You are welcome.' })
    await respond({ tools: [asking], input: whole as OpenAI.Responses.ResponseInput }, stream)
    expect(callIds()).toHaveLength(1)
    expect(sent(-1)).not.toContain('was not made')
  })

  it('tell of the calls beside one that needs approval, in the order in which the model made them', async () => {
    const three = { tools: [{ name: 'demo__echo', arguments: '{"text":"before"}' }, { name: 'demo__add', arguments: '{"a":2,"b":3}' }, { name: 'demo__echo', arguments: '{"text":"after"}' }] }
    const asking = { ...OWN, require_approval: { always: { tool_names: ['add'] } } } as unknown as OpenAI.Responses.Tool
    const roles = (): readonly (readonly [unknown, unknown])[] => (JSON.parse(sent(-1)) as { messages: { role: string; content: unknown; tool_calls?: unknown[] }[] }).messages.map(({ role, content, tool_calls: calls }) => [role, calls?.length ?? content])
    const results = [['tool', 'before'], ['tool', 'after'], ['tool', expect.stringContaining('5') as string]] as const
    sim.script(three, { text: 'It is 5.' })
    const first = await respond({ tools: [asking] }, stream)
    expect(first.status).toBe('completed')
    expect(first.output).toMatchObject([
      { type: 'mcp_list_tools' },
      { type: 'mcp_call', name: 'echo', arguments: '{"text":"before"}', output: 'before', status: 'completed', approval_request_id: null },
      { type: 'mcp_approval_request', name: 'add' },
      { type: 'mcp_call', name: 'echo', arguments: '{"text":"after"}', output: 'after', status: 'completed' },
    ])
    expect(new Set(first.output.map(({ id }) => id)).size).toBe(4)
    const word = { type: 'mcp_approval_response' as const, approval_request_id: first.output[2]?.id ?? '', approve: true }
    const second = await respond({ tools: [asking], previous_response_id: first.id, input: [word] }, stream)
    expect(second.output).toMatchObject([{ type: 'mcp_call', name: 'add', approval_request_id: word.approval_request_id }, { type: 'message' }])
    expect(roles()).toEqual([['user', 'What is 2 + 3?'], ['assistant', 3], ...results])
    sim.script({ text: 'You are welcome.' }, { text: 'You are welcome.' })
    await respond({ tools: [asking], previous_response_id: second.id, input: 'Thanks.' }, stream)
    const after = [...results, ['assistant', 'It is 5.'], ['user', 'Thanks.']]
    expect(roles()).toEqual([['user', 'What is 2 + 3?'], ['assistant', 3], ...after])
    // Another gateway has only what the client was told, and misses nothing.
    await gateway[Symbol.asyncDispose]()
    await start()
    const whole = [{ role: 'user', content: 'What is 2 + 3?' }, ...first.output, word, ...second.output, { role: 'user', content: 'Thanks.' }]
    await respond({ tools: [asking], input: whole as OpenAI.Responses.ResponseInput }, stream)
    expect(roles().flatMap(([role, content]) => (role === 'tool' ? [content] : []))).toEqual(['before', 'after', expect.stringContaining('5')])
  })

  it('say no to one call and have the result of the other', async () => {
    sim.script({ tools: [{ name: 'demo__add', arguments: '{"a":2,"b":3}' }, { name: 'demo__echo', arguments: '{"text":"beside"}' }] }, { text: 'Then not.' })
    const asking = { ...OWN, require_approval: { always: { tool_names: ['add'] } } } as unknown as OpenAI.Responses.Tool
    const first = await respond({ tools: [asking] }, stream)
    expect(first.output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_approval_request', 'mcp_call'])
    const second = await respond({ tools: [asking], previous_response_id: first.id, input: [{ type: 'mcp_approval_response', approval_request_id: first.output[1]?.id ?? '', approve: false }] }, stream)
    expect(second.output.map(({ type }) => type)).toEqual(['message'])
    expect(sent(-1)).toContain('The user did not approve this call.')
    expect(sent(-1).match(/"content":"beside"/g)).toHaveLength(1)
  })

  it('tell of an approved call step by step, and again to a client that asks again', async () => {
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' }, { text: 'It is 5.' })
    const asking = { ...OWN, require_approval: 'always' } as unknown as OpenAI.Responses.Tool
    const first = await respond({ tools: [asking] }, stream)
    const id = first.output[1]?.id ?? ''
    const approve = async (): Promise<string[]> => {
      const events: string[] = []
      const approving = { model: 'chat/some', tools: [asking], previous_response_id: first.id, input: [{ type: 'mcp_approval_response', approval_request_id: id, approve: true }] as OpenAI.Responses.ResponseInput }
      for await (const event of openai.responses.stream(approving)) events.push(event.type)
      return events
    }
    const steps = ['response.output_item.added', 'response.mcp_call.in_progress', 'response.mcp_call_arguments.delta', 'response.mcp_call_arguments.done', 'response.mcp_call.completed', 'response.output_item.done']
    for (const events of [await approve(), await approve()]) expect(events.slice(events.indexOf('response.output_item.added'), events.indexOf('response.output_item.done') + 1)).toEqual(steps)
  })

  it('tell of an approved call that failed, and go on to calls that need no word', async () => {
    sim.script({ tool: 'demo__echo', toolArguments: '{"wrong":true}' }, { tool: 'demo__add', toolArguments: '{"a":2,"b":3}', firstCall: 5 }, { text: 'It is 5.' })
    const asking = { ...OWN, require_approval: { never: { tool_names: ['add'] } } } as unknown as OpenAI.Responses.Tool
    const first = await respond({ tools: [asking] }, stream)
    const question = first.output.find(({ type }) => type === 'mcp_approval_request')
    const second = await respond({ tools: [asking], previous_response_id: first.id, input: [{ type: 'mcp_approval_response', approval_request_id: question?.id ?? '', approve: true }] }, stream)
    expect(second.output).toMatchObject([
      { type: 'mcp_call', name: 'echo', status: 'failed', output: null, approval_request_id: question?.id, error: { content: [{ text: expect.stringContaining('Expected') as string }] } },
      { type: 'mcp_call', name: 'add', status: 'completed', approval_request_id: null },
      { type: 'message' },
    ])
    sim.script({ text: 'You are welcome.' })
    await respond({ tools: [asking], previous_response_id: second.id, input: 'Thanks.' }, stream)
    expect([...sent(-1).matchAll(/"tool_call_id":"([^"]*)"/g)]).toHaveLength(2)
  })

  it('tell the model when a call is not approved', async () => {
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'Then not.' })
    settings = { approval: 'always' }
    const tool = { type: 'mcp', server_label: 'demo' } as unknown as OpenAI.Responses.Tool
    const first = await respond({ tools: [tool] }, stream)
    const input = [{ role: 'user', content: 'What is 2 + 3?' }, ...first.output, { type: 'mcp_approval_response', approval_request_id: first.output[1]?.id, approve: false, reason: 'too dear' }]
    const second = await respond({ tools: [tool], input: input as OpenAI.Responses.ResponseInput }, stream)
    expect(second.output_text).toBe('Then not.')
    // The client brought the list of the server's tools with it.
    expect(second.output.map(({ type }) => type)).toEqual(['message'])
    expect(sent(-1)).toContain('did not approve this call: too dear')
  })
})

describe('the time of a run', () => {
  it.each([true, false])('is told when it is over in the middle of a turn (stream: %s)', async (stream) => {
    // A stream has to begin within the time, even on a slow machine.
    const maxDurationMs = stream ? 3_000 : 300
    settings = { maxDurationMs }
    sim.script({ text: 'word '.repeat(400), ...(stream ? { intervalMs: 200 } : { ttftMs: 60_000 }) })
    const body = JSON.stringify({ model: 'chat/some+tools:demo', stream, messages: [{ role: 'user', content: 'Talk.' }] })
    const response = await fetch(`${gateway.url}/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    expect(response.status).toBe(stream ? 200 : 504)
    const text = await response.text()
    expect(text).toContain(`The run took longer than ${maxDurationMs} ms.`)
    expect(text).not.toContain('[DONE]')
  })
})

describe.each([true, false])('the words of Messages (stream: %s)', (stream) => {
  const servers = { mcp_servers: [{ type: 'url', url: 'trunkline:demo', name: 'calculator' }], betas: ['mcp-client-2025-11-20'] }

  it.each(MODELS)('tell of the calls that the gateway makes: %s', async (model) => {
    sim.script(calling(0), { text: 'It is 5.' })
    const told = await message({ model, ...servers, tools: [{ type: 'mcp_toolset', mcp_server_name: 'calculator' }] }, stream)
    expect(told.stop_reason).toBe('end_turn')
    const uses = told.content.filter((block) => block.type === 'mcp_tool_use')
    const results = told.content.filter((block) => block.type === 'mcp_tool_result')
    expect(uses).toMatchObject([{ name: 'add', server_name: 'calculator', input: { a: 2, b: 3 } }, { name: 'echo', input: { wrong: true } }])
    expect(Object.fromEntries(results.map(({ tool_use_id: id, is_error: isError }) => [id, isError]))).toEqual(Object.fromEntries(uses.map(({ id }, index) => [id, index === 1])))
    expect(told.content.at(-1)).toMatchObject({ type: 'text', text: 'It is 5.' })
    expect(sent(0)).not.toContain('mcp_')
  })

  it('offer only the tools that are switched on', async () => {
    sim.script({ text: 'No tools needed.' })
    await message({ ...servers, tools: [{ type: 'mcp_toolset', mcp_server_name: 'calculator', default_config: { enabled: false }, configs: { add: { enabled: true } } }] }, stream)
    expect(sent(0)).toContain('demo__add')
    expect(sent(0)).not.toContain('demo__echo')
  })

  it.each(['remembered', 'forgotten'])('come back as calls and results: %s', async (memory) => {
    sim.script(calling(0), { text: 'It is 5.' }, { text: 'As I said.' }, { text: 'As I said.' })
    const told = await message(servers, stream)
    if (memory === 'forgotten') {
      await gateway[Symbol.asyncDispose]()
      await start()
    }
    const messages = [{ role: 'user', content: 'What is 2 + 3?' }, { role: 'assistant', content: told.content }, { role: 'user', content: 'Sure?' }]
    for (const more of [servers, {}]) {
      const last = await message({ model: 'messages/some', ...more, messages }, stream)
      expect(last.content).toMatchObject([{ type: 'text', text: 'As I said.' }])
      const roles = (JSON.parse(sent(-1)) as { messages: { role: string; content: { type: string }[] | string }[] }).messages.map(({ role, content }) => [role, typeof content === 'string' ? 'text' : content.map(({ type }) => type).join()])
      expect(roles).toEqual([['user', 'text'], ['assistant', 'tool_use,tool_use'], ['user', 'tool_result,tool_result'], ['assistant', 'text'], ['user', 'text']])
    }
  })
})

describe('a client of Messages', () => {
  const servers = { mcp_servers: [{ type: 'url', url: 'trunkline:demo', name: 'calculator' }], stream: true }

  it.each([
    ['in pieces, when it says that it knows hosted calls', { betas: ['mcp-client-2025-11-20'] }, {}],
    ['whole, when it does not', {}, { a: 2, b: 3 }],
  ])('reads the arguments of a hosted call %s', async (_, asked, input) => {
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' })
    const stream = await anthropic.beta.messages.create({ model: 'chat/some', max_tokens: 100, messages: [{ role: 'user', content: 'What is 2 + 3?' }], ...servers, ...asked } as unknown as Anthropic.Beta.MessageCreateParamsStreaming)
    const events: Anthropic.Beta.BetaRawMessageStreamEvent[] = []
    for await (const event of stream) events.push(event)
    const at = events.findIndex((event) => event.type === 'content_block_start' && event.content_block.type === 'mcp_tool_use')
    expect(events[at]).toMatchObject({ content_block: { name: 'add', input } })
    const pieces = events.flatMap((event) => (event.type === 'content_block_delta' && event.delta.type === 'input_json_delta' ? [event.delta.partial_json] : []))
    expect(pieces.join('')).toBe('a' in input ? '' : '{"a":2,"b":3}')
  })

  it('is told that a run has no thread, in the words at which its SDK sends the whole conversation', async () => {
    const answer = await fetch(`${gateway.url}/messages`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model: 'messages/some+tools:demo', max_tokens: 100, thread: { type: 'create' }, messages: [{ role: 'user', content: 'Hi.' }] }) })
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({ error: { type: 'invalid_request_error', details: { error_code: 'thread_unsupported_request' } } })
    expect(sim.requests).toEqual([])
  })
})

describe('tools that nobody asks for', () => {
  it('are there for the models that have them', async () => {
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' })
    const answer = await openai.chat.completions.create({ model: 'chat/equipped', messages: [{ role: 'user', content: 'What is 2 + 3?' }] })
    expect(answer.choices[0]?.message).toMatchObject({ content: 'It is 5.' })
  })
})

describe('a selection that is wrong', () => {
  it('is refused with what there is', async () => {
    const asked = openai.chat.completions.create({ model: 'chat/some+tools:demos', messages: [{ role: 'user', content: 'Hi' }] })
    await expect(asked).rejects.toThrow(/There is no preset and no MCP server `demos`; did you mean `demo`\?/)
    expect(sim.requests).toHaveLength(0)
  })
})
