import { expect, it } from 'vitest'
import { createProviderSimulator } from '../../sim/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { openChat, textOf } from './support/chat-client.ts'
import { startChatGateway } from './support/chat-gateway.ts'

const CHATS = 200

it(`${CHATS} chats at one time each get their own answers, and nothing of the others`, async () => {
  const sim = await createProviderSimulator()
  await using gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], chat: { model: 'sim/echo?intervalMs=2' } })
  const chats = await Promise.all(Array.from({ length: CHATS }, () => openChat(`${gateway.wsUrl}/ws/chat`)))
  const outcomes = await Promise.all(
    chats.map(async (chat, n) => {
      const said: string[] = []
      for (const turn of [1, 2]) {
        chat.send({ type: 'user_message', content: `chat ${n} turn ${turn} of a conversation that is its own` })
        said.push(String((await chat.next('assistant_message'))['content']))
      }
      return { said, streamed: textOf(chat.told) }
    }),
  )
  for (const [n, { said, streamed }] of outcomes.entries()) {
    expect(said).toEqual([1, 2].map((turn) => `You said: chat ${n} turn ${turn} of a conversation that is its own`))
    expect(streamed).toBe(said.join(''))
  }
  await Promise.all(chats.map((chat) => chat[Symbol.asyncDispose]()))
  await sim.close()
})
