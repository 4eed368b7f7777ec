import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toJsonText, type JsonText } from '../../../lib/json-text.ts'
import type { JsonObject } from '../../../lib/json.ts'
import { encodeHeader } from './encode-header.ts'
import { createHeaderMirror } from './mirror-headers.ts'

function listed(properties: JsonObject, more: JsonObject = {}): JsonText {
  return toJsonText({ tools: [{ name: 't', inputSchema: { type: 'object', properties, ...more } }] })
}

const call = (given: string): JsonText => `{"name":"t","arguments":${given}}` as JsonText

describe('encodeHeader', () => {
  it.each([['plain', 'plain'], [' padded ', '=?base64?IHBhZGRlZCA=?='], ['é', '=?base64?w6k=?='], ['=?base64?YQ==?=', '=?base64?PT9iYXNlNjQ/WVE9PT89?='], ['a\nb', '=?base64?YQpi?=']])('writes %j as %j', (value, header) => {
    expect(encodeHeader(value)).toBe(header)
  })

  it('always gives a value that can be decoded and cannot split a header', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (value) => {
        const header = encodeHeader(value)
        expect(header).toMatch(/^[\t\u0020-\u007e]*$/)
        const encoded = /^=\?base64\?(.*)\?=$/.exec(header)?.[1]
        expect(encoded === undefined ? header : Buffer.from(encoded, 'base64').toString('utf8')).toBe(value)
      }),
    )
  })
})

describe('createHeaderMirror', () => {
  it('mirrors strings, integers and booleans at their exact path, and leaves absent and null out', () => {
    const mirror = createHeaderMirror()
    const nested = { type: 'object', properties: { n: { type: 'integer', 'x-mcp-header': 'N' } } }
    expect(mirror.learn(listed({ s: { type: 'string', 'x-mcp-header': 'S' }, b: { type: 'boolean', 'x-mcp-header': 'B' }, o: nested }))).toEqual([])
    expect(mirror.headersFor(call('{"s":"v","b":false,"o":{"n":12345678901234567890}}'))).toEqual({ 'mcp-param-s': 'v', 'mcp-param-b': 'false', 'mcp-param-n': '12345678901234567890' })
    expect(mirror.headersFor(call('{"s":null,"n":1}'))).toEqual({})
    expect(mirror.headersFor(toJsonText({ name: 'other', arguments: { s: 'v' } }))).toEqual({})
    expect(mirror.headersFor(undefined)).toEqual({})
  })

  it.each([
    ['an empty name', { a: { type: 'string', 'x-mcp-header': '' } }, {}],
    ['a name that is no token', { a: { type: 'string', 'x-mcp-header': 'a b' } }, {}],
    ['a name twice, ignoring case', { a: { type: 'string', 'x-mcp-header': 'X' }, b: { type: 'string', 'x-mcp-header': 'x' } }, {}],
    ['a number', { a: { type: 'number', 'x-mcp-header': 'A' } }, {}],
    ['a place that is not reached by properties', { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } }, {}],
    ['a place inside anyOf', {}, { anyOf: [{ properties: { a: { type: 'string', 'x-mcp-header': 'A' } } }] }],
  ])('names a tool with %s, and mirrors nothing of it', (_, properties, more) => {
    const mirror = createHeaderMirror()
    expect(mirror.learn(listed(properties, more))).toEqual(['t'])
    expect(mirror.headersFor(call('{"a":"v","b":"w"}'))).toEqual({})
  })

  it('forgets an annotation that a later list no longer has', () => {
    const mirror = createHeaderMirror()
    mirror.learn(listed({ s: { type: 'string', 'x-mcp-header': 'S' } }))
    mirror.learn(toJsonText({ tools: [{ name: 't', inputSchema: { type: 'object', description: 'x-mcp-header' } }] }))
    expect(mirror.headersFor(call('{"s":"v"}'))).toEqual({})
  })
})
