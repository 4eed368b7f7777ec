import { createServer, request as connect, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { hasBody, readUpload } from './read-upload.ts'

const same = (piece: Uint8Array): Uint8Array => piece
const nothing = (): Uint8Array => new Uint8Array()

/** What the server side makes of a request that `write` sends. */
async function receive<T>(write: (request: ReturnType<typeof connect>) => void, read: (request: IncomingMessage) => Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  const server = createServer((request, response) => {
    read(request).then(resolve, reject).finally(() => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const client = connect({ port: (server.address() as AddressInfo).port, method: 'POST' })
  client.on('error', () => undefined)
  try {
    write(client)
    return await promise
  } finally {
    client.destroy()
    server.closeAllConnections()
    await new Promise((done) => server.close(done))
  }
}

async function readAll(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += Buffer.from(piece).toString()
  return text
}

describe('readUpload', () => {
  it('gives each piece edited, and what was held back at the end', async () => {
    const text = await receive(
      (client) => void client.end('abc'),
      (request) => readAll(readUpload(request, 1_000, (piece) => Buffer.from(Buffer.from(piece).toString().toUpperCase()), () => Buffer.from('!'))),
    )
    expect(text).toBe('ABC!')
  })

  it('ends with `request_timeout` when the client stops writing', async () => {
    const reading = receive((client) => void client.write('begun'), (request) => readAll(readUpload(request, 30, same, nothing)))
    await expect(reading).rejects.toMatchObject({ code: 'request_timeout' })
  })
})

describe('hasBody', () => {
  it.each([
    [{}, false],
    [{ 'content-length': '0' }, false],
    [{ 'content-length': '5' }, true],
    [{ 'transfer-encoding': 'chunked' }, true],
  ])('%o: %s', (headers, expected) => {
    expect(hasBody({ headers } as IncomingMessage)).toBe(expected)
  })
})
