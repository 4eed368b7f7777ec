import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { openStorage, type StoredMessage } from '../../src/storage/index.ts'
import { makePlace, startGatewayProcess, type Place } from '../support/gateway-process.ts'
import { until } from '../support/until.ts'

/** A second or so of words; a minute and a half of them. */
const SHORT = { text: 'short answer '.repeat(10), intervalMs: 50 }
const LONG = { text: 'long answer '.repeat(300), intervalMs: 150 }

let sim: ProviderSimulator
beforeAll(async () => {
  sim = await createProviderSimulator()
})
afterAll(() => sim.close())

function placeFor(drainTimeout: string): Place {
  const place = makePlace()
  place.write({ version: 1, mcpServers: { demo: { builtin: 'demo' } }, providers: { sim: { kind: 'openai-compatible', baseUrl: sim.url } }, chat: { model: 'sim/chat' }, server: { drainTimeout }, telemetry: { level: 'warn' } })
  return place
}

interface Talk {
  readonly id: () => string
  readonly told: readonly { readonly type: string; readonly content?: string; readonly state?: string; readonly code?: string }[]
}

function talk(url: string): Talk {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/chat`)
  const told: { type: string; content?: string }[] = []
  let id = ''
  socket.on('error', () => undefined)
  socket.on('message', (data: Buffer) => {
    const message = JSON.parse(data.toString('utf8')) as { type: string; session?: { id: string } }
    if (message.type === 'session_ready') {
      id = message.session?.id ?? ''
      socket.send(JSON.stringify({ type: 'user_message', content: 'Talk.' }))
    }
    told.push(message)
  })
  return { id: () => id, told }
}

async function kept({ directory }: Place, id: string): Promise<readonly StoredMessage[]> {
  await using storage = await openStorage({ directory: join(directory, 'data') })
  return storage.conversations.messages(id)
}

const saidIn = ({ told }: Talk): string => told.map(({ type, content }) => (type === 'assistant_delta' ? (content ?? '') : '')).join('')

const CALL = { tools: [{ name: 'demo__add', arguments: '{"a":2,"b":3}' }], model: 'run' }

async function streamRun(url: string): Promise<string> {
  const body = JSON.stringify({ model: 'sim/run+tools:demo', stream: true, messages: [{ role: 'user', content: 'Add.' }] })
  const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  expect(response.status).toBe(200)
  return response.text()
}

describe('SIGTERM while a chat answers and a run streams', () => {
  it('lets both finish within the drain time, and keeps the answer whole', async () => {
    using place = placeFor('120s')
    await using gateway = await startGatewayProcess(place)
    sim.script({ ...SHORT, model: 'chat' }, CALL, { ...SHORT, model: 'run' })
    const chat = talk(gateway.url)
    const run = streamRun(gateway.url)
    await until(() => saidIn(chat) !== '' && sim.requests.length >= 3, 'both answer')
    gateway.child.kill('SIGTERM')
    const streamed = await run
    expect(streamed).toMatch(/data: \[DONE\]\n\n$/)
    expect([...streamed.matchAll(/"content":"([^"]*)"/g)].map(([, text]) => text).join('')).toContain(SHORT.text)
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
    expect(chat.told.at(-1)).toMatchObject({ type: 'assistant_message', state: 'complete', content: SHORT.text })
    expect(await kept(place, chat.id())).toMatchObject([{ role: 'user', content: 'Talk.' }, { role: 'assistant', state: 'complete', content: SHORT.text }])
  })

  it('ends both when the drain time is over: the run with an error in its stream, the chat as interrupted, with all that was told', async () => {
    using place = placeFor('300ms')
    await using gateway = await startGatewayProcess(place)
    sim.reset()
    sim.script({ ...LONG, model: 'chat' }, CALL, { ...LONG, model: 'run' })
    const chat = talk(gateway.url)
    const run = streamRun(gateway.url)
    await until(() => saidIn(chat).length > 50 && sim.requests.length >= 3, 'both answer')
    gateway.child.kill('SIGTERM')
    const text = await run
    expect(text).toContain('gateway_draining')
    expect(text).not.toContain('[DONE]')
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
    const [user, answer] = await kept(place, chat.id())
    expect(user).toMatchObject({ role: 'user', content: 'Talk.' })
    expect(answer).toMatchObject({ role: 'assistant', state: 'interrupted' })
    expect(LONG.text.startsWith(answer?.content ?? 'x')).toBe(true)
    // Nothing that anybody has seen is lost.
    expect(answer?.content.length).toBeGreaterThanOrEqual(saidIn(chat).length)
  })
})
