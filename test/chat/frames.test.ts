import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createProviderSimulator, type ProviderSimulator } from '../../sim/index.ts'
import { defineProvider } from '../support/model-gateway.ts'
import { openChat } from './support/chat-client.ts'
import { keyOf, startChatGateway, type ChatGateway } from './support/chat-gateway.ts'

let sim: ProviderSimulator
let gateway: ChatGateway
beforeAll(async () => {
  sim = await createProviderSimulator()
  gateway = await startChatGateway({ providers: [defineProvider('sim', sim.url)], chat: { model: 'sim/echo' }, ws: { maxMessageBytes: 1024 * 1024 } })
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
  await sim.close()
})

/** The gateway still serves: a new client gets an answer. */
async function expectServes(): Promise<void> {
  await using chat = await openChat(`${gateway.wsUrl}/ws/chat`)
  chat.send({ type: 'user_message', content: 'Still there?' })
  expect(await chat.next('assistant_message')).toMatchObject({ state: 'complete' })
}

/** A connection past its handshake, for frames that no client library sends. */
async function rawSocket(): Promise<{ readonly socket: Socket; readonly received: () => string }> {
  const { hostname, port } = new URL(gateway.url)
  const socket = connect(Number(port), hostname)
  let received = ''
  socket.on('data', (data) => (received += data.toString('latin1')))
  socket.on('error', () => undefined)
  socket.write(`GET /ws/chat HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`)
  while (!received.includes('session_ready')) await once(socket, 'data')
  return { socket, received: () => received }
}

describe('messages that are none', () => {
  it.each([
    ['no JSON', '{"type":'],
    ['no object', '[1,2]'],
    ['no type', '{"content":"x"}'],
    ['an unknown type', '{"type":"user_mesage","content":"x"}'],
    ['a type of the prototype', '{"type":"constructor"}'],
    ['a missing member', '{"type":"user_message"}'],
    ['a member too many', '{"type":"cancel","force":true}'],
    ['nothing said', '{"type":"user_message","content":"  "}'],
    ['a deep value', `{"type":"set_config","parameters":{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`],
    ['binary', Buffer.from([1, 2, 3])],
    ['an empty text', ''],
  ])('get an error, and the connection stays: %s', async (_name, message) => {
    await using chat = await openChat(`${gateway.wsUrl}/ws/chat`)
    await chat.next('session_ready')
    chat.send(message)
    expect(['INVALID_MESSAGE', 'INTERNAL']).toContain((await chat.next('error'))['code'])
    chat.send({ type: 'user_message', content: 'Hello' })
    expect(await chat.next('assistant_message')).toMatchObject({ state: 'complete' })
  })

  it('get an error of 20 MB, and the connection is closed', async () => {
    await using chat = await openChat(`${gateway.wsUrl}/ws/chat`)
    chat.send({ type: 'user_message', content: 'x'.repeat(20 * 1024 * 1024) })
    expect(await chat.next('error')).toMatchObject({ code: 'MESSAGE_TOO_LARGE', message: expect.stringContaining('chat.maxMessageSize') })
    expect((await chat.closed).code).toBe(1009)
    await expectServes()
  })

  it.each([
    ['text that is no UTF-8', Buffer.from([0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28]), 1007],
    ['a frame without a mask', Buffer.from([0x81, 0x02, 0x7b, 0x7d]), 1002],
    ['a reserved bit', Buffer.from([0xf1, 0x80, 0, 0, 0, 0]), 1002],
    ['a reserved opcode', Buffer.from([0x83, 0x80, 0, 0, 0, 0]), 1002],
    ['a continuation of nothing', Buffer.from([0x80, 0x80, 0, 0, 0, 0]), 1002],
    ['a ping in pieces', Buffer.from([0x09, 0x80, 0, 0, 0, 0]), 1002],
    ['a length of 2^63', Buffer.from([0x81, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]), 1009],
  ])('are said to be wrong and closed: %s', async (_name, frame, code) => {
    const { socket, received } = await rawSocket()
    socket.write(frame)
    const closing = String.fromCharCode(code >> 8, code & 0xff)
    while (!received().includes(closing)) await once(socket, 'data')
    expect(received()).toContain('"type":"error"')
    socket.destroy()
    await expectServes()
  })

  it('do not end the gateway when they are noise', async () => {
    for (let round = 0; round < 30; round++) {
      const { socket } = await rawSocket()
      for (let n = 0; n < 5; n++) socket.write(randomBytes(1 + Math.floor(Math.random() * 400)))
      socket.end()
      await once(socket, 'close')
    }
    await expectServes()
  })
})

describe('who may open it', () => {
  const status = (headers: Record<string, string>, path = '/ws/chat', url = gateway.url): Promise<{ readonly status: number; readonly body: string; readonly upgrade: string | undefined }> =>
    new Promise((resolve, reject) => {
      const asked = request(new URL(path, url), { headers: { connection: 'upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', ...headers } })
      asked.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve({ status: response.statusCode ?? 0, body: '', upgrade: response.headers.upgrade })
      })
      asked.on('response', (response) => {
        let body = ''
        response.on('data', (data: Buffer) => (body += data.toString())).on('end', () => resolve({ status: response.statusCode ?? 0, body, upgrade: response.headers.upgrade }))
      })
      asked.on('error', reject).end()
    })

  it('is asked in plain HTTP to upgrade', async () => {
    const answer = await fetch(new URL('/ws/chat', gateway.url))
    expect(answer.status).toBe(426)
    expect(await answer.json()).toMatchObject({ title: 'method_not_allowed' })
    expect((await status({ 'sec-websocket-version': '7' })).status).toBe(400)
  })

  it('refuses foreign pages and foreign names', async () => {
    expect(await status({ origin: 'https://evil.test' })).toMatchObject({ status: 403, body: expect.stringContaining('origin_not_allowed') })
    expect(await status({ host: 'evil.test' })).toMatchObject({ status: 403, body: expect.stringContaining('host_not_allowed') })
    expect((await status({ origin: 'http://localhost:3000' })).status).toBe(101)
  })

  it('takes the origins of the chat in place of those of the server', async () => {
    await using strict = await startChatGateway({ providers: [], allowedOrigins: ['https://server.test'], ws: { allowedOrigins: ['https://chat.test'] } })
    expect((await status({ origin: 'https://chat.test' }, '/ws/chat', strict.url)).status).toBe(101)
    expect((await status({ origin: 'https://server.test' }, '/ws/chat', strict.url)).status).toBe(403)
    await using loose = await startChatGateway({ providers: [], allowedOrigins: ['https://server.test'] })
    expect((await status({ origin: 'https://server.test' }, '/ws/chat', loose.url)).status).toBe(101)
  })

  it('asks for a key, in a header or among the protocols, and keeps conversations apart', async () => {
    await using guarded = await startChatGateway({ providers: [defineProvider('sim', sim.url)], chat: { model: 'sim/echo' }, principals: { ada: [], bob: [], cat: ['tools:use'] } })
    expect(await status({}, '/ws/chat', guarded.url)).toMatchObject({ status: 401 })
    expect(await status({ authorization: 'Bearer sk-nobody-0000' }, '/ws/chat', guarded.url)).toMatchObject({ status: 401 })
    expect(await status({ authorization: `Bearer ${keyOf('cat')}` }, '/ws/chat', guarded.url)).toMatchObject({ status: 403 })
    await using ada = await openChat(`${guarded.wsUrl}/ws/chat`, { headers: { authorization: `Bearer ${keyOf('ada')}` } })
    const { id } = (await ada.next('session_ready'))['session'] as { id: string }
    ada.send({ type: 'user_message', content: 'A secret.' })
    await ada.next('assistant_message')
    await using bob = await openChat(`${guarded.wsUrl}/ws/chat`, { protocols: ['trunkline.chat.v1', `trunkline.key.${Buffer.from(keyOf('bob')).toString('base64url')}`] })
    expect(bob.socket.protocol).toBe('trunkline.chat.v1')
    for (const type of ['load_session', 'delete_session', 'resume']) {
      bob.send({ type, session_id: id })
      expect(await bob.next('error')).toMatchObject({ code: 'SESSION_NOT_FOUND' })
    }
    bob.send({ type: 'list_sessions' })
    expect(await bob.next('session_list')).toMatchObject({ sessions: [] })
  })

  it('leaves requests for other upgrades as they are', async () => {
    const body = JSON.stringify({ model: 'sim/echo', messages: [{ role: 'user', content: 'h2c' }] })
    const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
      const asked = request(new URL('/v1/chat/completions', gateway.url), { method: 'POST', headers: { connection: 'upgrade, http2-settings', upgrade: 'h2c', 'http2-settings': 'AAMAAABkAAQAoAAAAAIAAAAA', 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } })
      asked.on('response', (response) => {
        let text = ''
        response.on('data', (data: Buffer) => (text += data.toString())).on('end', () => resolve({ status: response.statusCode ?? 0, text }))
      })
      asked.on('error', reject).end(body)
    })
    expect(answer).toMatchObject({ status: 200, text: expect.stringContaining('h2c') })
  })

  it('cuts a client that does not answer a ping, and not one that does', async () => {
    await using quick = await startChatGateway({ providers: [], ws: { heartbeat: { intervalMs: 100, timeoutMs: 3_000 } } })
    await using alive = await openChat(`${quick.wsUrl}/ws/chat`)
    await using dead = await openChat(`${quick.wsUrl}/ws/chat`, { autoPong: false })
    expect((await dead.closed).code).toBe(1006)
    expect(alive.socket.readyState).toBe(alive.socket.OPEN)
  })

  it('says goodbye when the gateway stops', async () => {
    const stopping = await startChatGateway({ providers: [] })
    await using chat = await openChat(`${stopping.wsUrl}/ws/chat`)
    await stopping[Symbol.asyncDispose]()
    expect(await chat.closed).toEqual({ code: 1001, reason: 'The gateway is shutting down.' })
  })
})
