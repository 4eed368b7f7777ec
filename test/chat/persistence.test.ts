import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator, type Script } from '../../sim/index.ts'
import type { ChatSettings } from '../../src/core/conversations/index.ts'
import { GatewayError } from '../../src/domain/errors.ts'
import { createMemoryConversations, type ConversationStore, type StoredMessage } from '../../src/storage/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { openChat } from './support/chat-client.ts'
import { startChatGateway } from './support/chat-gateway.ts'

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator()
})
afterAll(() => sim.close())

interface Write {
  readonly at: number
  readonly kind: 'whole' | 'append'
  readonly chars: number
  readonly message: StoredMessage | undefined
}

/** A store that notes every write of messages, and whether two were on their way at once. */
function countingStore(delayMs = 0): { readonly store: ConversationStore; readonly writes: Write[]; readonly mostAtOnce: () => number } {
  const memory = createMemoryConversations()
  const writes: Write[] = []
  let running = 0
  let most = 0
  const slow = async (write: () => Promise<void>): Promise<void> => {
    most = Math.max(most, ++running)
    if (delayMs > 0) await sleep(delayMs)
    await write()
    running--
  }
  const store: ConversationStore = {
    ...memory,
    putMessage(message) {
      writes.push({ at: performance.now(), kind: 'whole', chars: message.content.length, message })
      return slow(() => memory.putMessage(message))
    },
    appendText(...text) {
      writes.push({ at: performance.now(), kind: 'append', chars: text[2].length + text[3].length, message: undefined })
      return slow(() => memory.appendText(...text))
    },
  }
  return { store, writes, mostAtOnce: () => most }
}

async function say(script: Script, counted: ReturnType<typeof countingStore>, chat: Partial<ChatSettings> = {}): Promise<{ readonly content: string; readonly tookMs: number; readonly stored: readonly StoredMessage[] }> {
  sim.script(script)
  await using gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], store: counted.store, chat: { model: 'sim/m', ...chat } })
  await using client = await openChat(`${gateway.wsUrl}/ws/chat`)
  const { id } = (await client.next('session_ready'))['session'] as { id: string }
  const started = performance.now()
  client.send({ type: 'user_message', content: 'Talk.' })
  const answer = await client.next('assistant_message')
  return { content: String(answer['content']), tookMs: performance.now() - started, stored: await counted.store.messages(id) }
}

const SLOW = { text: 'slow words come one by one '.repeat(40), intervalMs: 8 }
const FAST = { text: 'x'.repeat(64_000), chunks: 400 }

describe('an answer in the store', () => {
  it.each([
    ['slow', SLOW],
    ['fast', FAST],
  ])('is written at most once in 200 ms or 1024 characters: %s', async (_name, script) => {
    const counted = countingStore()
    const { content, tookMs, stored } = await say(script, counted, { persistence: { intervalMs: 200, minChars: 1024, persistDeltas: true } })
    const [user, ...answer] = counted.writes
    expect(user?.message).toMatchObject({ role: 'user', content: 'Talk.' })
    // One whole at the end beside those of the stream.
    expect(answer.length).toBeLessThanOrEqual(tookMs / 200 + content.length / 1024 + 2)
    expect(answer.length).toBeGreaterThan(2)
    for (const [index, write] of answer.slice(0, -1).entries()) {
      const before = answer[index - 1]
      if (before && write.kind === 'append') expect(write.at - before.at >= 195 || write.chars >= 1024).toBe(true)
    }
    expect(answer.at(-1)?.message).toMatchObject({ state: 'complete', content })
    expect(stored).toMatchObject([{ role: 'user' }, { role: 'assistant', state: 'complete', content }])
  })

  it('is written once when pieces are not to be kept', async () => {
    const counted = countingStore()
    await say(SLOW, counted, { persistence: { intervalMs: 200, minChars: 1024, persistDeltas: false } })
    expect(counted.writes.map(({ kind, message }) => [kind, message?.role])).toEqual([['whole', 'user'], ['whole', 'assistant']])
  })

  it('does not wait behind itself in a slow store', async () => {
    const counted = countingStore(120)
    const { content, stored } = await say(SLOW, counted, { persistence: { intervalMs: 20, minChars: 10, persistDeltas: true } })
    expect(counted.mostAtOnce()).toBe(1)
    expect(stored[1]).toMatchObject({ content, state: 'complete' })
  })

  it('is what was told so far while it comes', async () => {
    const counted = countingStore()
    const { content } = await say(SLOW, counted)
    let written = ''
    const memory: string[] = []
    for (const { kind, message, chars } of counted.writes.slice(1, -1)) {
      written = kind === 'whole' ? (message?.content ?? '') : content.slice(0, written.length + chars)
      memory.push(written)
    }
    for (const text of memory) expect(content.startsWith(text)).toBe(true)
  })
})

describe('a message in the store', () => {
  it('is there before the model is asked', async () => {
    const counted = countingStore(150)
    const seen = sim.requests.length
    await say({ text: 'ok' }, counted)
    const asked = sim.requests[seen]
    expect(asked).toBeDefined()
    const durable = (counted.writes[0]?.at ?? Infinity) + 145 + performance.timeOrigin
    expect(asked?.receivedAt).toBeGreaterThanOrEqual(Math.floor(durable))
  })

  it('is not sent to a model when it cannot be kept', async () => {
    const full: ConversationStore = { ...createMemoryConversations(), putMessage: () => Promise.reject(new GatewayError('storage_unavailable', 'The disk is full.')) }
    await using gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], store: full, chat: { model: 'sim/echo' } })
    await using client = await openChat(`${gateway.wsUrl}/ws/chat`)
    const seen = sim.requests.length
    client.send({ type: 'user_message', request_id: 'f', content: 'Hello' })
    expect(await client.next('error')).toMatchObject({ code: 'STORAGE_FULL', request_id: 'f' })
    expect(sim.requests).toHaveLength(seen)
  })

  it('keeps the newest messages, from one of the user on', async () => {
    const counted = countingStore()
    await using gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], store: counted.store, chat: { model: 'sim/echo', retention: { maxAgeMs: 0, maxMessages: 4, maxSessions: 0, cleanupIntervalMs: 60_000 } } })
    await using client = await openChat(`${gateway.wsUrl}/ws/chat`)
    const { id } = (await client.next('session_ready'))['session'] as { id: string }
    for (const content of ['one', 'two', 'three', 'four']) {
      client.send({ type: 'user_message', content })
      await client.next('assistant_message')
    }
    client.send({ type: 'load_session', session_id: id })
    const { messages } = (await client.next('session_loaded')) as unknown as { messages: readonly { content: string }[] }
    expect(messages.map(({ content }) => content)).toEqual(['three', 'You said: three', 'four', 'You said: four'])
    expect((await counted.store.messages(id)).map(({ sequence }) => sequence)).toEqual([5, 6, 7, 8])
  })
})
