import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { clientMessages, serverMessages } from '../../src/surfaces/chat-ws/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { openChat, textOf, type ChatClient, type Told } from './support/chat-client.ts'
import { startChatGateway, type ChatGateway } from './support/chat-gateway.ts'

let sim: ProviderSimulator
let gateway: ChatGateway
const sent = new Set<string>()
const heard = new Set<string>()
const opened: ChatClient[] = []

beforeAll(async () => {
  sim = await createProviderSimulator()
  const echo = { kind: 'stdio', command: process.execPath, args: [testServerPath('echo')], env: {}, inheritEnv: [], cwd: undefined } as const
  gateway = await startChatGateway({
    providers: [defineProvider('sim', sim.url)],
    servers: { demo: { kind: 'builtin', name: 'demo' }, echo },
    chat: { model: 'sim/echo', resources: { selection: 'demo', maxItems: 5, cacheMs: 60_000 }, saved: { enabled: true, retentionMs: 0, maxSaved: 2 } },
  })
})
afterEach(async () => {
  for (const client of opened.splice(0)) {
    for (const { type } of client.told) heard.add(type)
    await client[Symbol.asyncDispose]()
  }
  sim.reset()
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

async function open(path = '/ws/chat'): Promise<ChatClient> {
  const client = await openChat(`${gateway.wsUrl}${path}`)
  opened.push(client)
  await client.next('session_ready')
  return client
}

function send(client: ChatClient, message: { readonly type: keyof typeof clientMessages } & Readonly<Record<string, unknown>>): void {
  sent.add(message.type)
  client.send(message)
}

const sessionOf = ({ session }: Told): Readonly<Record<string, unknown>> => session as Readonly<Record<string, unknown>>
const askedBody = (index: number): { readonly model: string; readonly messages: readonly { readonly role: string; readonly content: unknown; readonly tool_calls?: unknown }[]; readonly [key: string]: unknown } =>
  JSON.parse(sim.requests[index]?.body.toString('utf8') ?? '{}') as ReturnType<typeof askedBody>

describe('/ws/chat', () => {
  it('tells an answer as it comes and then whole, with thoughts, usage, model and why it ended', async () => {
    const chat = await open()
    sim.script({ reasoning: 'Let me see.', text: 'one two three', inputTokens: 7, outputTokens: 9 })
    send(chat, { type: 'user_message', request_id: 'q1', content: 'Count to three.' })
    expect(await chat.next('user_message')).toMatchObject({ request_id: 'q1', id: 1, content: 'Count to three.' })
    const answer = await chat.next('assistant_message')
    expect(answer).toMatchObject({ id: 2, state: 'complete', content: 'one two three', thinking: 'Let me see.', finish_reason: 'stop', usage: { input_tokens: 7, output_tokens: 9 } })
    expect(textOf(chat.told)).toBe('one two three')
    expect(chat.told.flatMap(({ type, thinking }) => (type === 'assistant_delta' && typeof thinking === 'string' ? [thinking] : [])).join('')).toBe('Let me see.')
    const places = chat.told.flatMap(({ seq }) => seq ?? [])
    expect(places).toEqual(places.toSorted((a, b) => a - b))
  })

  it('repeats what was said, and thoughts in the words of their provider (LT-E12)', async () => {
    const chat = await open()
    sim.script({ reasoning: 'Hmm.', text: 'Yes.' }, { text: 'Still yes.' })
    send(chat, { type: 'user_message', content: 'Is it so?' })
    await chat.next('assistant_message')
    send(chat, { type: 'user_message', content: 'Really?' })
    await chat.next('assistant_message')
    const said = askedBody(1).messages.filter(({ role }) => role !== 'system')
    expect(said).toMatchObject([{ role: 'user', content: 'Is it so?' }, { role: 'assistant', content: 'Yes.' }, { role: 'user', content: 'Really?' }])
    expect(JSON.stringify(said[1])).toContain('Hmm.')
  })

  it('changes the model, the prompt, parameters and streaming for the next answer', async () => {
    const chat = await open()
    send(chat, { type: 'set_config', request_id: 'c', model: 'sim/other', system_prompt: 'Be brief.', parameters: { temperature: 0.25, top_k: 3 }, max_tool_hops: 2, tools: '', streaming: false })
    expect(sessionOf(await chat.next('session_changed'))).toMatchObject({ model: 'sim/other', system_prompt: 'Be brief.', max_tool_hops: 2, streaming: false })
    send(chat, { type: 'user_message', content: 'Hello' })
    const answer = await chat.next('assistant_message')
    expect(answer).toMatchObject({ content: expect.stringContaining('Hello'), state: 'complete' })
    expect(chat.told.filter(({ type }) => type === 'assistant_delta')).toEqual([])
    const body = askedBody(0)
    expect(body).toMatchObject({ model: 'other', temperature: 0.25, top_k: 3 })
    expect(body['stream']).not.toBe(true)
    expect(body.messages[0]).toMatchObject({ role: 'system', content: expect.stringContaining('Be brief.') })
  })

  it('tells the model of resources that can be attached, and attaches them', async () => {
    const chat = await open()
    send(chat, { type: 'user_message', content: 'Read this.', attachments: [{ resource: 'demo://readme' }, { name: 'a.txt', url: 'data:text/plain,caf%C3%A9' }, { name: 'p.png', url: 'data:image/png;base64,iVBORw0KGgo=' }, { name: 'd.pdf', url: 'data:application/pdf;base64,JVBERi0=' }] })
    expect(await chat.next('user_message')).toMatchObject({ attachments: [{ name: 'demo://readme' }, { name: 'a.txt', type: 'text/plain', bytes: 5 }, { name: 'p.png', type: 'image/png' }, { name: 'd.pdf', type: 'application/pdf' }] })
    await chat.next('assistant_message')
    const [system, user] = askedBody(0).messages
    expect(system).toMatchObject({ role: 'system', content: expect.stringContaining('- demo://readme (text/markdown)') })
    const parts = user?.content as readonly { readonly type: string; readonly text?: string }[]
    expect(parts.map(({ type }) => type)).toEqual(['text', 'text', 'text', 'image_url', 'file'])
    expect(parts[1]?.text).toContain('demo://readme')
    expect(parts[2]?.text).toContain('café')
  })

  it('refuses attachments that no model takes, and keeps nothing of the message', async () => {
    const chat = await open()
    send(chat, { type: 'user_message', request_id: 'x', content: 'Look', attachments: [{ name: 'a.exe', url: 'data:application/x-msdownload;base64,TVo=' }] })
    expect(await chat.next('error')).toMatchObject({ code: 'INVALID_MESSAGE', request_id: 'x', message: expect.stringContaining('application/x-msdownload') })
    expect(sim.requests).toEqual([])
  })

  it('uses a prompt of an MCP server as what the user says', async () => {
    const chat = await open()
    send(chat, { type: 'user_message', content: '/prompt demo/explain {"topic": "tides"}' })
    await chat.next('assistant_message')
    expect(JSON.stringify(askedBody(0).messages)).toContain('tides')
    expect(JSON.stringify(askedBody(0).messages)).not.toContain('/prompt')
    send(chat, { type: 'user_message', content: '/prompt nobody/explain' })
    expect(await chat.next('error')).toMatchObject({ code: 'MCP_SERVER_UNAVAILABLE' })
    send(chat, { type: 'user_message', content: '/prompt demo' })
    expect(await chat.next('error')).toMatchObject({ code: 'INVALID_MESSAGE' })
  })

  it('tells of tool calls, and repeats them to the model next time', async () => {
    const chat = await open()
    send(chat, { type: 'set_config', tools: 'demo' })
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' }, { text: 'As I said.' })
    send(chat, { type: 'user_message', content: 'What is 2 + 3?' })
    expect(await chat.next('tool_execution')).toMatchObject({ status: 'start', server: 'demo', tool: 'add', arguments: '{"a":2,"b":3}' })
    expect(await chat.next('tool_execution')).toMatchObject({ status: 'result', is_error: false, result: expect.stringContaining('5') })
    const answer = await chat.next('assistant_message')
    expect(answer).toMatchObject({ content: 'It is 5.', steps: [{ server: 'demo', tool: 'add', is_error: false }] })
    send(chat, { type: 'user_message', content: 'Sure?' })
    await chat.next('assistant_message')
    expect(askedBody(2).messages.filter(({ role }) => role !== 'system').map(({ role }) => role)).toEqual(['user', 'assistant', 'tool', 'assistant', 'user'])
    send(chat, { type: 'set_config', tools: '' })
    send(chat, { type: 'user_message', content: 'And without tools?' })
    await chat.next('assistant_message')
    expect(askedBody(3).messages.filter(({ role }) => role !== 'system').map(({ role, tool_calls: calls }) => `${role}${calls === undefined ? '' : ' calls'}`)).toEqual(['user', 'assistant', 'user', 'assistant', 'user'])
  })

  it('tells of the progress of a call', async () => {
    const chat = await open()
    send(chat, { type: 'set_config', tools: 'demo' })
    sim.script({ tool: 'demo__slow_count', toolArguments: '{"to":3}' }, { text: 'Counted.' })
    send(chat, { type: 'user_message', content: 'Count slowly.' })
    expect(await chat.next('tool_execution', ({ status }) => status === 'progress')).toMatchObject({ tool: 'slow_count', progress: { progress: expect.any(Number) } })
    await chat.next('assistant_message')
  })

  it('gives fewer rounds of calls than the gateway allows, and never more', async () => {
    const chat = await open()
    send(chat, { type: 'set_config', tools: 'demo', max_tool_hops: 1 })
    sim.script({ tool: 'demo__add', toolArguments: '{"a":1,"b":1}', firstCall: 1 }, { tool: 'demo__add', toolArguments: '{"a":2,"b":2}', firstCall: 2 })
    send(chat, { type: 'user_message', content: 'Go on and on.' })
    const answer = await chat.next('assistant_message')
    expect(answer['steps']).toHaveLength(1)
    expect(sim.requests).toHaveLength(2)
    // The call that was not made any more is not repeated: providers refuse calls without results.
    send(chat, { type: 'user_message', content: 'Well?' })
    await chat.next('assistant_message')
    expect(JSON.stringify(askedBody(2).messages)).not.toContain('"b\\":2')
  })

  it('asks before a call that needs it, and makes it only with the word of a person', async () => {
    const server = { kind: 'stdio', command: process.execPath, args: [testServerPath('echo')], env: {}, inheritEnv: [], cwd: undefined } as const
    await using strict = await startChatGateway({ providers: [defineProvider('sim', sim.url)], servers: { echo: server }, chat: { model: 'sim/echo', tools: 'echo' }, runs: { approval: 'always' } })
    const chat = await openChat(`${strict.wsUrl}/ws/chat`)
    opened.push(chat)
    sim.script({ tool: 'echo__echo', toolArguments: '{"go":1}' }, { text: 'Done.' }, { tool: 'echo__echo', toolArguments: '{"go":2}' }, { text: 'Not done.' })
    send(chat, { type: 'user_message', content: 'Do it.' })
    const asked = await chat.next('approval_request')
    expect(asked).toMatchObject({ server: 'echo', tool: 'echo', arguments: '{"go":1}' })
    send(chat, { type: 'approval_response', id: 'ask_other', approved: true })
    expect(await chat.next('error')).toMatchObject({ code: 'QUESTION_NOT_FOUND' })
    send(chat, { type: 'approval_response', id: asked['id'], approved: true })
    expect(await chat.next('question_closed')).toMatchObject({ id: asked['id'] })
    expect(await chat.next('assistant_message')).toMatchObject({ steps: [{ is_error: false, result: '{"go":1}' }] })
    send(chat, { type: 'approval_response', id: asked['id'], approved: true })
    expect(await chat.next('error')).toMatchObject({ code: 'QUESTION_NOT_FOUND' })
    send(chat, { type: 'user_message', content: 'Do the other.' })
    const again = await chat.next('approval_request')
    send(chat, { type: 'approval_response', id: again['id'], approved: false, reason: 'Too dear.' })
    expect(await chat.next('assistant_message')).toMatchObject({ steps: [{ is_error: true, result: expect.stringContaining('Too dear.') }] })
  })

  it('lets an MCP server ask the person, and gives it the answer', async () => {
    const chat = await open()
    send(chat, { type: 'set_config', tools: 'echo' })
    sim.script({ tool: 'echo__ask', toolArguments: '{"method":"elicitation/create"}' }, { text: 'Asked.' }, { tool: 'echo__ask', toolArguments: '{"method":"sampling/createMessage"}', firstCall: 9 }, { text: 'Refused.' })
    send(chat, { type: 'user_message', content: 'Ask me.' })
    const asked = await chat.next('elicitation')
    expect(asked).toMatchObject({ server: 'echo', tool: 'ask' })
    send(chat, { type: 'elicitation_response', id: asked['id'], action: 'accept', content: { colour: 'blue' } })
    expect(await chat.next('assistant_message')).toMatchObject({ steps: [{ result: expect.stringContaining('"colour":"blue"') }] })
    send(chat, { type: 'user_message', content: 'Sample.' })
    expect(await chat.next('assistant_message')).toMatchObject({ content: 'Refused.', steps: [{ result: expect.stringContaining('sampling/createMessage') }] })
  })

  it('cancels an answer, keeps what there is of it, and can go on', async () => {
    const chat = await open()
    sim.script({ text: 'word '.repeat(5_000), intervalMs: 5 })
    send(chat, { type: 'user_message', content: 'Talk.' })
    await chat.next('assistant_delta')
    send(chat, { type: 'user_message', request_id: 'too-early', content: 'And?' })
    expect(await chat.next('error')).toMatchObject({ code: 'BUSY', request_id: 'too-early' })
    send(chat, { type: 'cancel' })
    const cut = await chat.next('assistant_message')
    expect(cut).toMatchObject({ state: 'interrupted', finish_reason: 'cancelled' })
    expect(cut['content']).toBe(textOf(chat.told))
    send(chat, { type: 'cancel' })
    send(chat, { type: 'user_message', content: 'Go on.' })
    expect(await chat.next('assistant_message')).toMatchObject({ state: 'complete' })
    expect(askedBody(1).messages.filter(({ role }) => role !== 'system')).toMatchObject([{ content: 'Talk.' }, { role: 'assistant', content: cut['content'] }, { content: 'Go on.' }])
  })

  it('saves, lists, renames, loads and deletes conversations, and refuses one too many', async () => {
    const chat = await open()
    send(chat, { type: 'user_message', content: 'Remember this.' })
    await chat.next('assistant_message')
    send(chat, { type: 'save_session', request_id: 's', name: 'Kept' })
    const saved = sessionOf(await chat.next('session_saved'))
    expect(saved).toMatchObject({ title: 'Remember this.', saved_as: 'Kept' })
    send(chat, { type: 'rename_session', session_id: saved['id'], name: 'Renamed' })
    expect(sessionOf(await chat.next('session_renamed'))).toMatchObject({ title: 'Renamed', saved_as: 'Renamed' })
    send(chat, { type: 'new_session', request_id: 'n', system_prompt: 'New.' })
    const fresh = await chat.next('session_ready')
    expect(fresh).toMatchObject({ request_id: 'n', messages: [], session: { system_prompt: 'New.' } })
    send(chat, { type: 'save_session' })
    const second = sessionOf(await chat.next('session_saved'))
    send(chat, { type: 'new_session' })
    send(chat, { type: 'save_session', request_id: 'full' })
    expect(await chat.next('error')).toMatchObject({ code: 'STORAGE_FULL', request_id: 'full', message: expect.stringContaining('chat.saved.maxSaved') })
    send(chat, { type: 'list_sessions', request_id: 'l', saved: true })
    expect(new Set(((await chat.next('session_list'))['sessions'] as { id: string }[]).map(({ id }) => id))).toEqual(new Set([saved['id'], second['id']]))
    send(chat, { type: 'load_session', request_id: 'load', session_id: saved['id'] })
    expect(await chat.next('session_loaded')).toMatchObject({ request_id: 'load', resumed: false, messages: [{ content: 'Remember this.' }, { role: 'assistant' }] })
    send(chat, { type: 'delete_session', request_id: 'd', session_id: second['id'] })
    expect(await chat.next('session_deleted')).toMatchObject({ request_id: 'd', session_id: second['id'] })
    send(chat, { type: 'delete_session', session_id: saved['id'] })
    expect(await chat.next('session_deleted')).toMatchObject({ session_id: saved['id'] })
    expect(sessionOf(await chat.next('session_ready'))['id']).not.toBe(saved['id'])
    send(chat, { type: 'load_session', session_id: saved['id'] })
    expect(await chat.next('error')).toMatchObject({ code: 'SESSION_NOT_FOUND' })
  })

  it('clears what was said, also while an answer runs', async () => {
    const chat = await open()
    sim.script({ text: 'word '.repeat(5_000), intervalMs: 5 })
    send(chat, { type: 'user_message', content: 'Forget me.' })
    await chat.next('assistant_delta')
    send(chat, { type: 'clear_history' })
    expect(await chat.next('assistant_message')).toMatchObject({ finish_reason: 'cancelled' })
    await chat.next('session_cleared')
    send(chat, { type: 'user_message', content: 'New start.' })
    await chat.next('assistant_message')
    expect(JSON.stringify(askedBody(1).messages)).not.toContain('Forget me.')
  })

  it.each([
    [{ status: 429, retryAfterMs: '50' }, 'RATE_LIMITED'],
    [{ status: 500 }, 'MODEL_UNAVAILABLE'],
  ])('tells what a provider failed of: %j', async (failure, code) => {
    const chat = await open()
    sim.script({ fault: 'status', ...failure })
    send(chat, { type: 'user_message', content: 'Hello?' })
    expect(await chat.next('error')).toMatchObject({ code })
    send(chat, { type: 'user_message', content: 'Again.' })
    expect(await chat.next('assistant_message')).toMatchObject({ state: 'complete' })
  })

  it('keeps what came of an answer that broke off, and says why', async () => {
    const chat = await open()
    sim.script({ text: 'one two three four', fault: 'cut', after: 3 })
    send(chat, { type: 'user_message', content: 'Hello?' })
    const cut = await chat.next('assistant_message')
    expect(cut).toMatchObject({ state: 'interrupted', finish_reason: 'error', content: textOf(chat.told) })
    expect(await chat.next('error')).toMatchObject({ code: 'MODEL_UNAVAILABLE' })
  })

  it('says that a model or a selection does not exist', async () => {
    const chat = await open()
    send(chat, { type: 'set_config', model: 'nobody/nothing' })
    send(chat, { type: 'user_message', content: 'Hello?' })
    expect(await chat.next('error')).toMatchObject({ code: 'MODEL_UNAVAILABLE' })
    send(chat, { type: 'set_config', model: null, tools: 'nowhere' })
    send(chat, { type: 'user_message', content: 'Hello?' })
    expect(await chat.next('error')).toMatchObject({ code: 'MCP_SERVER_UNAVAILABLE' })
  })

  it('resumes by a message, too', async () => {
    const first = await open()
    send(first, { type: 'user_message', content: 'Hello' })
    const answer = await first.next('assistant_message')
    const id = sessionOf(first.told[0] as Told)['id']
    const second = await open()
    send(second, { type: 'resume', request_id: 'r', session_id: id, after: (answer.seq ?? 0) - 1 })
    expect(await second.next('session_ready')).toMatchObject({ request_id: 'r', resumed: true })
    expect(await second.next('assistant_message')).toEqual(answer)
  })

  it('was spoken to with every kind of message, and spoke every kind', () => {
    expect([...sent].sort()).toEqual(Object.keys(clientMessages).sort())
    expect([...heard].sort()).toEqual(Object.keys(serverMessages).sort())
  })
})
