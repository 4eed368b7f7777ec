import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { openStorage } from '../../src/storage/index.ts'
import { makePlace, startGatewayProcess } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

const KILLS = 5
const CHATS = 20
/** What may be lost of an answer that is being written: what was not old or long enough to be written. */
const PERSISTENCE = { intervalMs: 200, minChars: 1024 }

const WORDS = Array.from({ length: 4000 }, (_, index) => `word${index}`).join(' ')

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator({ keepRequests: 1, script: { text: WORDS, intervalMs: 4 } })
})
afterAll(() => sim.close())

interface Watched {
  readonly id: () => string | undefined
  /** What was acknowledged as kept. */
  readonly kept: () => boolean
  /** How long the text is that was told. */
  readonly length: () => number
}

function talk(url: string, startAfterMs: number): Watched {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/chat`)
  let id: string | undefined
  let kept = false
  let length = 0
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as { type: string; session?: { id: string }; content?: string }
    if (message.type === 'session_ready') {
      id = message.session?.id
      setTimeout(() => socket.readyState === socket.OPEN && socket.send(JSON.stringify({ type: 'user_message', content: `Talk after ${startAfterMs}.` })), startAfterMs)
    }
    if (message.type === 'user_message') kept = true
    if (message.type === 'assistant_delta') length += message.content?.length ?? 0
  })
  return { id: () => id, kept: () => kept, length: () => length }
}

/**
 * Until what was told is due to be kept, and is: after the interval, messages of users are acknowledged that were written down
 * after it. The second and the third are for a write that was on its way, and for what had to wait for it. So no time is assumed
 * that a slow machine would need longer for.
 */
async function untilDue(url: string): Promise<void> {
  await sleep(PERSISTENCE.intervalMs + 50)
  for (let turn = 0; turn < 3; turn++) {
    const control = talk(url, 0)
    await until(control.kept, 'a message is kept')
  }
}

it(`${KILLS * CHATS} chats, killed at as many points, lose at most what was promised, and never what the user said`, async () => {
  using place = makePlace()
  place.write({ version: 1, mcpServers: {}, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url } }, chat: { model: 'sim/m', streaming: { persistence: PERSISTENCE } }, telemetry: { level: 'warn' } })
  const watched: { readonly chat: Watched; readonly due: number }[] = []
  for (let kill = 0; kill < KILLS; kill++) {
    const gateway = await startGatewayProcess(place)
    const chats = Array.from({ length: CHATS }, () => talk(gateway.url, Math.floor(Math.random() * 900)))
    // So that something is to be lost, however slow the machine.
    await until(() => chats.filter((chat) => chat.kept()).length > CHATS / 4 && chats.some(({ length }) => length() > 2 * PERSISTENCE.minChars), 'some have told much')
    await sleep(Math.random() * 900)
    const due = chats.map(({ length }) => length())
    await untilDue(gateway.url)
    gateway.child.kill('SIGKILL')
    await gateway.exited
    watched.push(...chats.map((chat, index) => ({ chat, due: due[index] ?? 0 })))
  }
  const acknowledged = watched.filter(({ chat }) => chat.kept())
  // Most were under way; some of the kills came before anything was said.
  expect(acknowledged.length).toBeGreaterThan(CHATS)
  {
    await using storage = await openStorage({ directory: join(place.directory, 'data') })
    let mostLost = 0
    for (const { chat, due } of acknowledged) {
      const [user, answer] = await storage.conversations.messages(chat.id() ?? '')
      expect(user).toMatchObject({ role: 'user', content: expect.stringContaining('Talk after') })
      const stored = answer?.content ?? ''
      expect(WORDS.startsWith(stored)).toBe(true)
      mostLost = Math.max(mostLost, chat.length() - stored.length)
      expect(stored.length).toBeGreaterThanOrEqual(due)
    }
    expect(mostLost).toBeGreaterThan(0)
  }
  await using gateway = await startGatewayProcess(place)
  const id = acknowledged.toSorted((a, b) => b.chat.length() - a.chat.length())[0]?.chat.id() ?? ''
  const found = (await (await fetch(`${gateway.url}/sessions/${id}`)).json()) as { running: boolean; messages: readonly { role: string; state: string; content: string }[] }
  expect(found).toMatchObject({ running: false, messages: [{ role: 'user' }, { role: 'assistant', state: 'interrupted' }] })
  expect(found.messages[1]?.content.length).toBeGreaterThan(0)
}, 600_000)
