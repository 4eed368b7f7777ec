import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { until } from '../support/until.ts'
import { openChat, textOf, type ChatClient, type Told } from './support/chat-client.ts'
import { startChatGateway, type ChatGateway } from './support/chat-gateway.ts'

const WORDS = Array.from({ length: 60 }, (_, index) => `w${index}`).join(' ')
const LONG = `sim/m?${new URLSearchParams({ text: WORDS, intervalMs: '20' }).toString()}`

let sim: ProviderSimulator
let gateway: ChatGateway
beforeAll(async () => {
  sim = await createProviderSimulator()
  gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], chat: { model: LONG, orphanMs: 60_000 } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

const open = (query = ''): Promise<ChatClient> => openChat(`${gateway.wsUrl}/ws/chat${query}`)
const idOf = (ready: Told): string => (ready['session'] as { id: string }).id
const deltas = (told: readonly Told[]): readonly Told[] => told.filter(({ type }) => type === 'assistant_delta')

describe('a tab that comes back', () => {
  it.each([1, 7, 30])('goes on where it was after %i pieces, with nothing missing and nothing twice', async (pieces) => {
    const before = await open()
    const session = idOf(await before.next('session_ready'))
    before.send({ type: 'user_message', content: 'Talk.' })
    for (let n = 0; n < pieces; n++) await before.next('assistant_delta')
    before.socket.terminate()
    const after = before.told.at(-1)?.seq
    await using tab = await open(`?session=${session}&after=${after}`)
    expect(await tab.next('session_ready')).toMatchObject({ resumed: true, running: true, seq: after })
    const whole = await tab.next('assistant_message')
    expect(whole['content']).toBe(WORDS)
    expect(textOf([...deltas(before.told), ...deltas(tab.told)])).toBe(WORDS)
    const places = [...deltas(before.told), ...deltas(tab.told)].flatMap(({ seq }) => seq ?? [])
    expect(new Set(places).size).toBe(places.length)
  })

  it('is given the answer so far when it does not say where it was', async () => {
    await using before = await open()
    const session = idOf(await before.next('session_ready'))
    before.send({ type: 'user_message', content: 'Talk.' })
    for (let n = 0; n < 10; n++) await before.next('assistant_delta')
    await using tab = await open(`?session=${session}`)
    const ready = await tab.next('session_ready')
    const messages = ready['messages'] as readonly { readonly state: string; readonly content: string }[]
    expect(messages.map(({ state }) => state)).toEqual(['complete', 'streaming'])
    await tab.next('assistant_message')
    expect((messages[1]?.content ?? '') + textOf(tab.told)).toBe(WORDS)
  })

  it.each(['0', '5', '9999999999999999', 'nonsense'])('is given everything when its place is not known: after=%s', async (after) => {
    await using before = await open()
    const session = idOf(await before.next('session_ready'))
    before.send({ type: 'user_message', content: 'Talk.' })
    await before.next('assistant_message')
    await using tab = await open(`?session=${session}&after=${after}`)
    const ready = await tab.next('session_ready')
    expect(ready).toMatchObject({ resumed: false, running: false, messages: [{ content: 'Talk.' }, { content: WORDS, state: 'complete' }] })
    expect(ready.seq).toBe(before.told.at(-1)?.seq)
  })

  it('is told that a conversation is gone, and gets a new one', async () => {
    await using tab = await open('?session=chat_nothing')
    expect(await tab.next('error')).toMatchObject({ code: 'SESSION_NOT_FOUND' })
    expect(await tab.next('session_ready')).toMatchObject({ messages: [] })
  })
})

describe('several tabs', () => {
  it('are told the same in the same order, whoever says it', async () => {
    await using first = await open()
    const session = idOf(await first.next('session_ready'))
    first.send({ type: 'set_config', title: undefined, system_prompt: 'x' })
    await first.next('session_changed')
    await using second = await open(`?session=${session}`)
    const from = (await second.next('session_ready')).seq ?? 0
    second.send({ type: 'user_message', request_id: 'two', content: 'From the second.' })
    first.send({ type: 'set_config', parameters: { temperature: 0 } })
    await first.next('assistant_delta')
    first.send({ type: 'user_message', request_id: 'one', content: 'Too early.' })
    expect(await first.next('error')).toMatchObject({ code: 'BUSY', request_id: 'one' })
    await first.next('assistant_message')
    await second.next('assistant_message')
    const placed = (told: readonly Told[]): readonly Told[] => told.filter(({ seq, type }) => seq !== undefined && seq > from && type !== 'session_ready')
    expect(placed(first.told)).toEqual(placed(second.told))
    expect(placed(first.told).length).toBeGreaterThan(60)
  })
})

describe('an answer that nobody watches', () => {
  it('goes on for a while, and is ended then', async () => {
    await using quick = await startChatGateway({ providers: [defineProvider('sim', sim.url)], chat: { model: LONG, orphanMs: 400 } })
    const lonely = await openChat(`${quick.wsUrl}/ws/chat`)
    const session = idOf(await lonely.next('session_ready'))
    lonely.send({ type: 'set_config', model: `sim/m?${new URLSearchParams({ text: 'word '.repeat(2000), intervalMs: '50' }).toString()}` })
    lonely.send({ type: 'user_message', content: 'Talk for long.' })
    await lonely.next('assistant_delta')
    lonely.socket.terminate()
    const heard = textOf(lonely.told).length
    await until(() => sim.requests.at(-1)?.abortedAt !== undefined, 'the provider was left')
    await using tab = await openChat(`${quick.wsUrl}/ws/chat?session=${session}`)
    const { messages } = (await tab.next('session_ready')) as unknown as { messages: readonly { state: string; content: string; finish_reason?: string }[] }
    expect(messages[1]).toMatchObject({ state: 'interrupted', finish_reason: 'cancelled' })
    expect(messages[1]?.content.length).toBeGreaterThan(heard)
  })

  it('is left alone when somebody comes back in time', async () => {
    const first = await open()
    const session = idOf(await first.next('session_ready'))
    first.send({ type: 'user_message', content: 'Talk.' })
    await first.next('assistant_delta')
    first.socket.terminate()
    await sleep(100)
    await using tab = await open(`?session=${session}`)
    if ((await tab.next('session_ready'))['running'] === true) await tab.next('assistant_message')
    await using other = await open(`?session=${session}`)
    expect(await other.next('session_ready')).toMatchObject({ running: false, messages: [{}, { state: 'complete', content: WORDS }] })
  })
})
