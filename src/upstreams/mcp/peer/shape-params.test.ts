import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import { readCorrelation, shapeParams, type ModernEnvelope } from './shape-params.ts'

const K = 'io.modelcontextprotocol/'
const envelope: ModernEnvelope = { clientInfo: toJsonText({ name: 'gw', version: '1' }), capabilities: toJsonText({}) }
const text = (value: string): JsonText => value as JsonText

describe('shapeParams', () => {
  it('leaves params without `_meta` alone, byte for byte', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string().filter((key) => key !== '_meta'), fc.jsonValue()), (value) => {
        const params = text(JSON.stringify(value, null, 1))
        expect(shapeParams(params, undefined, undefined)).toBe(params)
      }),
    )
    expect(shapeParams(undefined, undefined, undefined)).toBeUndefined()
  })

  it('takes the client edge’s hop keys out and keeps the others', () => {
    const params = text(`{"name":"t","_meta":{"progressToken":"x","${K}protocolVersion":"v","${K}clientInfo":{},"${K}subscriptionId":1,"${K}logLevel":"info","a/b":{"10":1,"2":2}},"arguments":{"z":1e2}}`)
    expect(shapeParams(params, undefined, undefined)).toBe('{"name":"t","_meta":{"a/b":{"10":1,"2":2}},"arguments":{"z":1e2}}')
  })

  it('drops a `_meta` that is empty without them, also when its key is escaped', () => {
    expect(shapeParams(text('{"_meta":{"progressToken":1},"a":1}'), undefined, undefined)).toBe('{"a":1}')
    expect(shapeParams(text('{"\\u005fmeta":{"progressToken":1},"a":1}'), undefined, undefined)).toBe('{"a":1}')
  })

  it('puts our own token in place of theirs', () => {
    expect(shapeParams(text('{"_meta":{"progressToken":"theirs"}}'), 7, undefined)).toBe('{"_meta":{"progressToken":7}}')
    expect(shapeParams(undefined, 7, undefined)).toBe('{"_meta":{"progressToken":7}}')
  })

  it('writes the envelope, with the caller’s capabilities and log level if it has them', () => {
    const shaped = shapeParams(text(`{"_meta":{"${K}clientCapabilities":{"roots":{}},"${K}logLevel":"debug"}}`), undefined, envelope)
    expect(JSON.parse(shaped ?? '')).toEqual({
      _meta: { [`${K}protocolVersion`]: '2026-07-28', [`${K}clientInfo`]: { name: 'gw', version: '1' }, [`${K}clientCapabilities`]: { roots: {} }, [`${K}logLevel`]: 'debug' },
    })
    const own = shapeParams(text(`{"_meta":{"${K}clientCapabilities":"wrong"}}`), undefined, envelope)
    expect(JSON.parse(own ?? '')).toHaveProperty(['_meta', `${K}clientCapabilities`], {})
  })

  it('replaces a `_meta` that is no object', () => {
    expect(shapeParams(text('{"_meta":null,"a":1}'), 3, undefined)).toBe('{"_meta":{"progressToken":3},"a":1}')
  })
})

describe('readCorrelation', () => {
  it('reads tokens and subscriptions, and nothing from params without them', () => {
    expect(readCorrelation('notifications/progress', text('{"progressToken":"t"}'))).toBe('t')
    expect(readCorrelation('notifications/x', text(`{"_meta":{"${K}subscriptionId":4}}`))).toBe(4)
    for (const params of ['{}', '[]', 'null', '{"progressToken":{}}']) expect(readCorrelation('notifications/progress', text(params))).toBeUndefined()
  })
})
