import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { AnswerClient } from './answer-client.ts'

const SILENCE_MS = 20

/** What a client reads of an answer that `write` makes. */
async function readAnswer(write: (client: AnswerClient, response: ServerResponse) => Promise<void>, keepAlive = ': ping\n'): Promise<string> {
  const server = createServer((_request, response) => {
    const client = new AnswerClient(response, () => 'event: error\n\n', 60_000, { text: keepAlive, intervalMs: SILENCE_MS })
    write(client, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    return await (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)).text()
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

const STREAM = { 'content-type': 'text/event-stream' }
const silence = (): Promise<void> => sleep(SILENCE_MS * 6)

describe('AnswerClient', () => {
  it.each(['data: one\n\n', 'data: one\r\n\r\n', 'data: one\r\r', 'data: one\n\r\n'])('LT-F03 keeps a silent stream alive between events, after %j', async (event) => {
    const text = await readAnswer(async (client) => {
      client.head(200, STREAM)
      client.chunk(Buffer.from(event))
      await silence()
      client.chunk(Buffer.from(event))
      client.end()
    })
    expect(text.startsWith(`${event}: ping\n`)).toBe(true)
    expect(text.endsWith(event)).toBe(true)
    expect(text.replaceAll(': ping\n', '')).toBe(`${event}${event}`)
  })

  it.each([['data: o', 'ne\n\n'], ['data: one\n', '\n'], ['data: one\r\n\r', '\n'], ['', 'data: one\n\n']])('says nothing inside an event, such as after %j', async (first, second) => {
    const text = await readAnswer(async (client) => {
      client.head(200, STREAM)
      if (first !== '') client.chunk(Buffer.from(first))
      await silence()
      client.chunk(Buffer.from(second))
      client.end()
    })
    expect(text).toBe(`${first}${second}`)
  })

  it('knows the end of an event that came byte by byte', async () => {
    const text = await readAnswer(async (client) => {
      client.head(200, STREAM)
      for (const byte of Buffer.from('data: 1\r\n\r\n')) client.chunk(Buffer.of(byte))
      await silence()
      client.end()
    })
    expect(text.startsWith('data: 1\r\n\r\n: ping\n')).toBe(true)
  })

  it('leaves whole answers, and dialects without a sign of life, as they are', async () => {
    const write = (type: string) => async (client: AnswerClient): Promise<void> => {
      client.head(200, { 'content-type': type })
      client.chunk(Buffer.from('{}\n\n'))
      await silence()
      client.end()
    }
    expect(await readAnswer(write('application/json'))).toBe('{}\n\n')
    expect(await readAnswer(write('text/event-stream'), '')).toBe('{}\n\n')
  })

  it('says nothing before the answer is committed', async () => {
    const text = await readAnswer(async (client) => {
      await silence()
      client.head(200, STREAM)
      client.end()
    })
    expect(text).toBe('')
  })
})
