import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { readSseEvents } from './support/read-sse-events.ts'
import { openChat } from './support/chat-client.ts'
import { keyOf, startChatGateway, type ChatGateway } from './support/chat-gateway.ts'

let sim: ProviderSimulator
let gateway: ChatGateway
beforeAll(async () => {
  sim = await createProviderSimulator()
  gateway = await startChatGateway({
    providers: [defineProvider('sim', sim.url)],
    servers: { demo: { kind: 'builtin', name: 'demo' } },
    chat: { model: 'sim/echo' },
    runs: { approval: 'never' },
    principals: { ada: [], bob: [] },
  })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})
beforeEach(() => sim.reset())

function call(method: string, path: string, body?: object, { as = 'ada', accept = 'application/json', headers = {} }: { readonly as?: string; readonly accept?: string; readonly headers?: Record<string, string> } = {}): Promise<Response> {
  return fetch(new URL(path, gateway.url), { method, headers: { authorization: `Bearer ${keyOf(as)}`, accept, ...headers }, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
}

interface Session {
  readonly id: string
  readonly [key: string]: unknown
}
const create = async (body: object = {}): Promise<Session> => (await (await call('POST', '/sessions', body)).json()) as Session
const json = async (answer: Promise<Response>): Promise<Record<string, unknown>> => (await (await answer).json()) as Record<string, unknown>

describe('/sessions', () => {
  it('makes, lists, reads, changes and removes conversations', async () => {
    const made = await call('POST', '/sessions', { title: 'A', model: 'sim/other', system_prompt: 'Be brief.', tools: 'demo', parameters: { temperature: 0 } })
    expect([made.status, made.headers.get('location')]).toEqual([201, expect.stringMatching(/^\/sessions\/chat_/)])
    const { id } = (await made.json()) as Session
    await create({ title: 'B' })
    expect(await json(call('GET', '/sessions'))).toMatchObject({ total: 2, sessions: [{ title: 'B' }, { title: 'A', tools: 'demo' }] })
    expect(await json(call('GET', '/sessions?limit=1&offset=1'))).toMatchObject({ total: 2, sessions: [{ title: 'A' }] })
    expect(await json(call('PATCH', `/sessions/${id}`, { favourite: true, model: null, tools: '' }))).toMatchObject({ favourite: true, model: null, tools: '', system_prompt: 'Be brief.' })
    expect(await json(call('GET', '/sessions?favourite=true'))).toMatchObject({ sessions: [{ id }] })
    expect(await json(call('GET', `/sessions/${id}`))).toMatchObject({ id, running: false, messages: [] })
    expect((await call('DELETE', `/sessions/${id}`)).status).toBe(204)
    expect((await call('GET', `/sessions/${id}`)).status).toBe(404)
  })

  it('answers a message whole', async () => {
    const { id } = await create()
    sim.script({ reasoning: 'Hm.', text: 'Hello.' })
    expect(await json(call('POST', `/sessions/${id}/messages`, { content: 'Hi' }))).toMatchObject({ user: { id: 1, content: 'Hi' }, message: { id: 2, content: 'Hello.', thinking: 'Hm.', finish_reason: 'stop', usage: { output_tokens: expect.any(Number) } } })
    expect(await json(call('GET', `/sessions/${id}`))).toMatchObject({ title: 'Hi', messages: [{ role: 'user' }, { role: 'assistant' }] })
  })

  it('answers a message as events, with the steps of tools', async () => {
    const { id } = await create({ tools: 'demo' })
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' })
    const events = await readSseEvents(await call('POST', `/sessions/${id}/messages`, { content: '2 + 3?' }, { accept: 'text/event-stream' }))
    const names = events.map(({ event }) => event)
    expect(names.filter((name, index) => name !== names[index - 1])).toEqual(['user_message', 'tool_execution', 'assistant_delta', 'assistant_message'])
    expect(events.at(-1)?.data).toMatchObject({ content: 'It is 5.', steps: [{ tool: 'add' }] })
    const ids = events.map((event) => Number(event.id))
    expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => a - b))
    expect(await json(call('GET', `/sessions/${id}/steps`))).toMatchObject({ steps: [{ message_id: 2, server: 'demo', tool: 'add', arguments: '{"a":2,"b":3}', is_error: false }] })
    const again = await readSseEvents(await call('GET', `/sessions/${id}/events`, undefined, { accept: 'text/event-stream', headers: { 'last-event-id': String(ids.at(-2)) } }))
    expect(again).toEqual(events.slice(-1))
  })

  it('is the same conversation as over WebSocket', async () => {
    const { id } = await create()
    await using chat = await openChat(`${gateway.wsUrl}/ws/chat?session=${id}`, { headers: { authorization: `Bearer ${keyOf('ada')}` } })
    await chat.next('session_ready')
    await json(call('POST', `/sessions/${id}/messages`, { content: 'From REST' }))
    expect(await chat.next('assistant_message')).toMatchObject({ content: 'You said: From REST' })
    chat.send({ type: 'user_message', content: 'From the socket' })
    await chat.next('assistant_message')
    expect(((await json(call('GET', `/sessions/${id}`)))['messages'] as object[]).length).toBe(4)
  })

  it('cancels, refuses two answers at once, and clears', async () => {
    const { id } = await create()
    sim.script({ text: 'word '.repeat(5_000), intervalMs: 5 })
    const running = call('POST', `/sessions/${id}/messages`, { content: 'Talk.' }, { accept: 'text/event-stream' })
    const answer = await running
    expect((await call('POST', `/sessions/${id}/messages`, { content: 'And?' })).status).toBe(409)
    expect(await json(call('POST', `/sessions/${id}/cancel`))).toEqual({ cancelled: true })
    expect((await readSseEvents(answer)).at(-1)).toMatchObject({ event: 'assistant_message', data: { state: 'interrupted', finish_reason: 'cancelled' } })
    expect(await json(call('POST', `/sessions/${id}/cancel`))).toEqual({ cancelled: false })
    expect((await call('DELETE', `/sessions/${id}/messages`)).status).toBe(204)
    expect(await json(call('GET', `/sessions/${id}`))).toMatchObject({ messages: [] })
  })

  it('saves and exports', async () => {
    const { id } = await create()
    sim.script({ reasoning: 'A ``` fence.', text: '**Bold**' })
    await json(call('POST', `/sessions/${id}/messages`, { content: 'Write.' }))
    expect(await json(call('POST', `/sessions/${id}/save`, { name: 'Kept' }))).toMatchObject({ saved_as: 'Kept' })
    expect(await json(call('GET', '/sessions?saved=true'))).toMatchObject({ sessions: [{ id }] })
    const markdown = await call('GET', `/sessions/${id}/export?format=markdown`)
    expect(markdown.headers.get('content-type')).toContain('text/markdown')
    expect(await markdown.text()).toMatch(/^# Write\.\n[\s\S]*## You\n\nWrite\.\n\n## Assistant[\s\S]*````\nA ``` fence\.\n````[\s\S]*\*\*Bold\*\*\n$/)
    expect(await json(call('GET', `/sessions/${id}/export`))).toMatchObject({ id, messages: [{ content: 'Write.' }, { content: '**Bold**' }] })
    expect((await call('GET', `/sessions/${id}/export?format=pdf`)).status).toBe(400)
    expect(await json(call('DELETE', `/sessions/${id}/save`))).toMatchObject({ saved_as: null })
  })

  it('does not exist for anybody else', async () => {
    const { id } = await create()
    const paths: readonly (readonly [string, string, object?])[] = [
      ['GET', ''], ['PATCH', '', {}], ['DELETE', ''], ['POST', '/messages', { content: 'x' }], ['DELETE', '/messages'], ['GET', '/steps'], ['GET', '/events'],
      ['POST', '/cancel'], ['GET', '/export'], ['POST', '/save', {}], ['DELETE', '/save'], ['POST', '/approvals/x', { approved: true }], ['POST', '/elicitations/x', { action: 'cancel' }],
    ]
    for (const [method, path, body] of paths) expect([method, path, (await call(method, `/sessions/${id}${path}`, body, { as: 'bob' })).status]).toEqual([method, path, 404])
    expect(await json(call('GET', '/sessions', undefined, { as: 'bob' }))).toEqual({ sessions: [], total: 0 })
    expect((await call('GET', `/sessions/${id}`)).status).toBe(200)
    expect((await fetch(new URL('/sessions', gateway.url))).status).toBe(401)
  })

  it('says what is wrong with a body, and what a provider failed of', async () => {
    const { id } = await create()
    expect(await json(call('POST', '/sessions', { colour: 'red' }))).toMatchObject({ status: 400, title: 'invalid_request' })
    expect((await call('POST', `/sessions/${id}/messages`, { content: '' })).status).toBe(400)
    expect((await call('GET', '/sessions?limit=many')).status).toBe(400)
    sim.script({ fault: 'status', status: 500 })
    expect((await call('POST', `/sessions/${id}/messages`, { content: 'Hi' })).status).toBeGreaterThanOrEqual(500)
    sim.script({ text: 'one two three four', fault: 'cut', after: 3 })
    expect(await json(call('POST', `/sessions/${id}/messages`, { content: 'Hi' }))).toMatchObject({ message: { state: 'interrupted' }, error: { code: 'upstream_interrupted' } })
  })
})

describe('approvals over REST', () => {
  it('are asked as events and answered by a request', async () => {
    await using strict = await startChatGateway({ providers: [defineProvider('sim', sim.url)], servers: { demo: { kind: 'builtin', name: 'demo' } }, chat: { model: 'sim/echo', tools: 'demo' }, runs: { approval: 'always' } })
    const post = (path: string, body: object, accept = 'application/json'): Promise<Response> => fetch(new URL(path, strict.url), { method: 'POST', headers: { accept }, body: JSON.stringify(body) })
    const { id } = (await (await post('/sessions', {})).json()) as Session
    sim.script({ tool: 'demo__add', toolArguments: '{"a":2,"b":3}' }, { text: 'It is 5.' })
    const events = await readSseEvents(await post(`/sessions/${id}/messages`, { content: '2 + 3?' }, 'text/event-stream'), async ({ event, data }) => {
      if (event === 'approval_request') expect((await post(`/sessions/${id}/approvals/${String(data['id'])}`, { approved: true })).status).toBe(204)
    })
    expect(events.at(-1)?.data).toMatchObject({ steps: [{ is_error: false }] })
    expect((await post(`/sessions/${id}/approvals/ask_none`, { approved: true })).status).toBe(404)
  })
})
