import { describe, expect, it } from 'vitest'
import { readMessages } from './read-messages.ts'

describe('readMessages', () => {
  it('tells requests, notifications, results and errors apart and keeps their text', () => {
    expect(readMessages('{"jsonrpc":"2.0","id":"a","method":"m","params":{ "x": 1.0 }}')).toEqual([{ kind: 'request', id: 'a', method: 'm', params: '{ "x": 1.0 }' }])
    expect(readMessages('{"method":"n"}')).toEqual([{ kind: 'notification', method: 'n', params: undefined }])
    expect(readMessages('{"id":1.5,"result":{"10":1,"2":12345678901234567890}}')).toEqual([{ kind: 'result', id: 1.5, result: '{"10":1,"2":12345678901234567890}' }])
    expect(readMessages('{"id":null,"error":{"code":-1,"message":"no","data":{"b":1}}}')).toMatchObject([{ kind: 'error', id: null, error: { code: -1, message: 'no', data: '{"b":1}' } }])
  })

  it('reads a result beside a null error, which some servers write', () => {
    expect(readMessages('{"id":1,"result":{},"error":null}')).toMatchObject([{ kind: 'result', id: 1 }])
  })

  it('reads the items of a batch', () => {
    expect(readMessages('[{"id":1,"result":{}}, {"method":"n"}]')?.map(({ kind }) => kind)).toEqual(['result', 'notification'])
  })

  it('makes a whole error of half a one', () => {
    expect(readMessages('{"id":1,"error":"broken"}')).toMatchObject([{ kind: 'error', error: { code: -32603 } }])
  })

  it('strips a byte order mark', () => {
    expect(readMessages('\uFEFF{"method":"n"}')).toHaveLength(1)
  })

  it.each(['', 'log line', '{"a":', '{}', 'null', '1', '[]', '[1]', '{"id":1}', '{"id":null,"method":"m"}', '{"id":{},"result":1}'])('finds no message in %j', (text) => {
    expect(readMessages(text)).toBeUndefined()
  })
})
