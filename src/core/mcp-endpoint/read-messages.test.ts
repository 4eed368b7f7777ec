import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RpcError } from '../../domain/json-rpc.ts'
import { readMessages } from './read-messages.ts'
import { oneLine, writeError, writeNotification, writeRequest, writeResult } from './write-message.ts'
import type { JsonText } from '../../lib/json-text.ts'

const codeOf = (text: string): unknown => {
  try {
    return readMessages(text)
  } catch (error) {
    return error instanceof RpcError ? error.code : error
  }
}

describe('readMessages', () => {
  it('keeps params and results as they were written', () => {
    const params = '{"2":1, "1":1e400,"n":12345678901234567890}'
    expect(readMessages(` {"jsonrpc":"2.0","id":7,"method":"m","params":${params}}\n`).messages).toEqual([{ kind: 'request', id: 7, method: 'm', params }])
    expect(readMessages(`{"jsonrpc":"2.0","id":"a","result":${params}}`).messages).toEqual([{ kind: 'result', id: 'a', result: params }])
  })

  it('tells notifications, requests, results and errors apart', () => {
    const kinds = ['{"jsonrpc":"2.0","method":"n"}', '{"jsonrpc":"2.0","id":0,"method":"n"}', '{"jsonrpc":"2.0","id":"","result":null}', '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"x","data":[1]}}']
    expect(kinds.map((text) => readMessages(text).messages[0]?.kind)).toEqual(['notification', 'request', 'result', 'error'])
  })

  it('reads batches', () => {
    expect(readMessages('[{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","id":1,"method":"b"}]')).toMatchObject({ isBatch: true, messages: [{ kind: 'notification' }, { kind: 'request' }] })
  })

  it.each([
    ['', -32700],
    ['{', -32700],
    ['nonsense', -32700],
    ['[]', -32600],
    ['1', -32600],
    ['"x"', -32600],
    ['null', -32600],
    ['{}', -32600],
    ['{"jsonrpc":"1.0","id":1,"method":"m"}', -32600],
    ['{"jsonrpc":"2.0","id":null,"method":"m"}', -32600],
    ['{"jsonrpc":"2.0","id":{},"method":"m"}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":7}', -32600],
    ['{"jsonrpc":"2.0","id":1,"method":"m","params":[1]}', -32600],
    ['{"jsonrpc":"2.0","id":1}', -32600],
    ['{"jsonrpc":"2.0","result":{}}', -32600],
    ['[1]', -32600],
  ])('refuses %s with %i', (text, code) => {
    expect(codeOf(text)).toBe(code)
  })

  it('throws nothing but an RpcError, whatever comes', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const outcome = codeOf(text)
        expect(typeof outcome === 'number' || (outcome as { messages?: unknown }).messages !== undefined).toBe(true)
      }),
    )
  })
})

describe('writing messages', () => {
  it('is the inverse of reading them', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer()), fc.string(), fc.jsonValue(), (id, method, value) => {
        const text = JSON.stringify({ value }) as JsonText
        expect(readMessages(writeRequest(id, method, text)).messages).toEqual([{ kind: 'request', id, method, params: text }])
        expect(readMessages(writeNotification(method, undefined)).messages).toEqual([{ kind: 'notification', method, params: undefined }])
        expect(readMessages(writeResult(id, text)).messages).toEqual([{ kind: 'result', id, result: text }])
        const [error] = readMessages(writeError(id, new RpcError(-1, method, text))).messages
        expect(error).toMatchObject({ kind: 'error', id, error: { code: -1, message: method, data: text } })
      }),
    )
  })

  it('fits on one line without changing what it says', () => {
    const pretty = JSON.stringify({ jsonrpc: '2.0', method: 'a\nb' }, null, 2)
    expect(oneLine(pretty)).not.toMatch(/[\r\n]/)
    expect(JSON.parse(oneLine(pretty))).toEqual(JSON.parse(pretty))
  })
})
