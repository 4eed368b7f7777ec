import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { openChat, type ChatClient } from '../chat/support/chat-client.ts'
import { startManageGateway, type ManageGateway } from './support/manage-gateway.ts'

let sim: ProviderSimulator
let gateway: ManageGateway
const chats: ChatClient[] = []

const document = (more: object = {}): object => ({
  mcpServers: { manage: { builtin: 'manage', manage: { chat: true } } },
  providers: { main: { kind: 'openai-compatible', baseUrl: sim.url, models: ['first', 'second'] } },
  models: { smart: 'main/first', clever: 'main/second' },
  chat: { model: 'smart', systemPrompt: 'As written.', maxToolHops: 5, parameters: { temperature: 0.5, top_p: 0.9 }, tools: { selection: 'manage' } },
  ...more,
})

beforeEach(async () => {
  sim = await createProviderSimulator()
})
afterEach(async () => {
  for (const chat of chats.splice(0)) await chat[Symbol.asyncDispose]()
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const AS_WRITTEN = { model: 'smart', system_prompt: 'As written.', max_tool_hops: 5, parameters: { temperature: 0.5, top_p: 0.9 }, changed: [] }

async function chat(): Promise<ChatClient> {
  const client = await openChat(`${gateway.url.replace('http', 'ws')}/ws/chat`)
  chats.push(client)
  await client.next('session_ready')
  return client
}

async function say(client: ChatClient, content: string): Promise<void> {
  client.send({ type: 'user_message', content })
  await client.next('assistant_message')
}

const asked = (index: number): Readonly<Record<string, unknown>> & { readonly messages: readonly { readonly role: string; readonly content: string }[] } =>
  JSON.parse(sim.requests.at(index)?.body.toString() ?? '{}') as ReturnType<typeof asked>

describe('the chat tools of `manage`', () => {
  it('show, change, keep over a restart, and take back how chats are led', async () => {
    gateway = await startManageGateway(document())
    const client = await gateway.connect()
    expect((await client.call('chat_config')).data).toEqual(AS_WRITTEN)
    const changed = { model: 'clever', system_prompt: 'As told.', max_tool_hops: 2, parameters: { temperature: 0.1, top_p: 0.9, seed: 7 }, changed: ['model', 'system_prompt', 'max_tool_hops', 'parameters'] }
    expect((await client.call('set_chat_config', { model: 'clever', system_prompt: 'As told.', max_tool_hops: 2, parameters: { temperature: 0.1, seed: 7 } })).data).toEqual(changed)
    await gateway.restart()
    const again = await gateway.connect()
    expect((await again.call('chat_config')).data).toEqual(changed)
    expect((await again.call('set_chat_config', { model: null, parameters: { seed: null } })).data).toMatchObject({ model: 'smart', parameters: { temperature: 0.1, top_p: 0.9 }, changed: ['system_prompt', 'max_tool_hops', 'parameters'] })
    expect((await again.call('reset_chat_config')).data).toEqual(AS_WRITTEN)
    expect(gateway.overlayText()).not.toContain('chat')
    expect(await again.call('reset_chat_config')).toMatchObject({ isError: false, data: AS_WRITTEN })
  })

  it('refuse a model that there is not with the nearest names, and what is no setting', async () => {
    gateway = await startManageGateway(document())
    const client = await gateway.connect()
    expect(await client.call('set_chat_config', { model: 'clevre' })).toMatchObject({ isError: true, text: expect.stringContaining('Did you mean `clever`') as string })
    expect(await client.call('set_chat_config', { model: 'main/third' })).toMatchObject({ isError: false })
    expect(await client.call('set_chat_config', {})).toMatchObject({ isError: true })
    expect(await client.call('set_chat_config', { max_tool_hops: 0 })).toMatchObject({ isError: true })
    expect(await client.call('set_chat_config', { storage: 'memory' })).toMatchObject({ isError: true, text: expect.stringContaining('storage') as string })
    expect((await client.call('reset_chat_config')).data).toEqual(AS_WRITTEN)
  })

  it('change the next answer of a running chat, and leave one alone that chose for itself', async () => {
    gateway = await startManageGateway(document())
    const client = await gateway.connect()
    const [running, own] = [await chat(), await chat()]
    own.send({ type: 'set_config', model: 'main/first', system_prompt: 'My own.' })
    await own.next('session_changed')
    await say(running, 'one')
    expect(asked(-1)).toMatchObject({ model: 'first', temperature: 0.5, messages: [{ role: 'system', content: 'As written.' }, { content: 'one' }] })
    await client.call('set_chat_config', { model: 'clever', system_prompt: 'As told.', parameters: { temperature: 0 } })
    await say(running, 'two')
    expect(asked(-1)).toMatchObject({ model: 'second', temperature: 0, messages: [{ role: 'system', content: 'As told.' }, {}, {}, { content: 'two' }] })
    await say(own, 'three')
    expect(asked(-1)).toMatchObject({ model: 'first', temperature: 0, messages: [{ role: 'system', content: 'My own.' }, { content: 'three' }] })
  })

  it('are called by the model of a chat itself, from whose next answer on they hold', async () => {
    gateway = await startManageGateway(document())
    sim.script({ tool: 'manage__set_chat_config', toolArguments: '{"model":"clever","system_prompt":"I changed myself."}' }, { text: 'Changed.' })
    const running = await chat()
    await say(running, 'Use the clever one.')
    expect(running.told.filter(({ type }) => type === 'tool_execution')).toMatchObject([{ status: 'start' }, { status: 'result', is_error: false }])
    expect([asked(0), asked(1)]).toMatchObject([{ model: 'first' }, { model: 'first' }])
    await say(running, 'Who are you?')
    expect(asked(2)).toMatchObject({ model: 'second', messages: [{ role: 'system', content: 'I changed myself.' }, {}, {}, {}, {}, {}] })
    expect(gateway.overlayText()).toContain('I changed myself.')
  })

  it('do not exist for a chat whose key may not administer', async () => {
    const keys = [{ name: 'user', key: 'sk-user-0000000', scopes: ['models:use', 'tools:use'] }]
    gateway = await startManageGateway({ ...document(), auth: { keys } })
    const protocols = ['trunkline.chat.v1', `trunkline.key.${Buffer.from('sk-user-0000000').toString('base64url')}`]
    const running = await openChat(`${gateway.url.replace('http', 'ws')}/ws/chat`, { protocols })
    chats.push(running)
    await running.next('session_ready')
    running.send({ type: 'set_config', tools: '' })
    await running.next('session_changed')
    await say(running, 'hello')
    expect(asked(-1)).not.toHaveProperty('tools')
    running.send({ type: 'set_config', tools: 'manage' })
    await running.next('session_changed')
    running.send({ type: 'user_message', content: 'again' })
    await running.next('error')
    expect(sim.requests).toHaveLength(1)
  })
})
