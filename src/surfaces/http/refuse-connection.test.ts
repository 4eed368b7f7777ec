import { createServer } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refuseConnection } from './refuse-connection.ts'

/** Long enough for a head that has come to be read on a machine that stalls. */
const server = createServer({ headersTimeout: 3_000, connectionsCheckingInterval: 50 }, (_request, response) => response.end('served'))

beforeEach(async () => {
  server.on('clientError', refuseConnection)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterEach(() => {
  server.removeAllListeners('clientError')
  server.close()
})

async function say(text: string): Promise<string> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const pieces: Buffer[] = []
  socket.on('data', (piece: Buffer) => pieces.push(piece))
  if (text !== '') socket.write(text)
  await once(socket, 'close')
  return Buffer.concat(pieces).toString('latin1')
}

describe('refuseConnection', () => {
  it('closes a connection that was never used without a word', async () => {
    expect(await say('')).toBe('')
  })

  it('says that half a request came too slowly', async () => {
    expect(await say('GET / HTTP/1.1\r\nHost:')).toMatch(/^HTTP\/1\.1 408 /)
  })

  it('says that something is no request', async () => {
    expect(await say('what is this?\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('says that a head is too long', async () => {
    expect(await say(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(80_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /)
  })
})
