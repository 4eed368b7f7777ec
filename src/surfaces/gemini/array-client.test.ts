import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ExchangeClient } from '../../core/exchange/index.ts'
import { GatewayError } from '../../domain/errors.ts'
import { ArrayClient } from './array-client.ts'

function listen(): { readonly client: ArrayClient; readonly written: () => string; readonly headers: Record<string, unknown>; readonly endings: string[] } {
  const pieces: Buffer[] = []
  const headers: Record<string, unknown> = {}
  const endings: string[] = []
  const inner: ExchangeClient = {
    head: (status, given) => void Object.assign(headers, given, { status }),
    chunk: (bytes) => pieces.push(Buffer.from(bytes)) < 3,
    onceDrained: (listener) => listener(),
    end: () => void endings.push('end'),
    fail: () => void endings.push('fail'),
  }
  return { client: new ArrayClient(inner, (error) => JSON.stringify({ error: error.message })), written: () => Buffer.concat(pieces).toString(), headers, endings }
}

const events = (values: readonly unknown[]): Buffer => Buffer.from(values.map((value) => `data: ${JSON.stringify(value)}\r\n\r\n`).join(''))

describe('ArrayClient', () => {
  it('writes events as the items of one array, however they are cut', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 5 }), fc.array(fc.nat(), { maxLength: 6 }), (values, cuts) => {
      const { client, written, endings, headers } = listen()
      const bytes = events(values)
      client.head(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-a': '1' })
      let at = 0
      for (const end of [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].toSorted((a, b) => a - b)) {
        client.chunk(bytes.subarray(at, end))
        at = end
      }
      client.end()
      expect(JSON.parse(written())).toEqual(JSON.parse(JSON.stringify(values)))
      expect([endings, headers]).toEqual([['end'], { 'content-type': 'application/json; charset=utf-8', 'x-a': '1', status: 200 }])
    }), { numRuns: 300 })
  })

  it('tells a failure as the last item, and passes the client’s pace on', () => {
    const { client, written, endings } = listen()
    client.head(200, { 'content-type': 'text/event-stream' })
    expect([client.chunk(events([1])), client.chunk(events([2])), client.chunk(events([3])), client.chunk(Buffer.from('data: 4'))]).toEqual([true, true, false, true])
    client.fail(new GatewayError('upstream_interrupted', 'gone'))
    expect(JSON.parse(written())).toEqual([1, 2, 3, { error: 'gone' }])
    expect(endings).toEqual(['end'])
  })

  it('lets whole answers through as they are', () => {
    const { client, written, endings } = listen()
    client.head(400, { 'content-type': 'application/json' })
    client.chunk(Buffer.from('{"error":1}'))
    client.fail(new GatewayError('internal', 'x'))
    expect([written(), endings]).toEqual(['{"error":1}', ['fail']])
  })
})
