import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeHeaderValue } from './header-values.ts'

describe('decodeHeaderValue', () => {
  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['=?base64?IHBhZGRlZCA=?=', ' padded '],
    ['=?base64?w6k=?=', 'é'],
    ['=?base64??=', ''],
    ['=?base64?w6k=', '=?base64?w6k='],
    ['w6k=?=', 'w6k=?='],
    ['=?BASE64?w6k=?=', '=?BASE64?w6k=?='],
    ['=?base64?w6k?=', undefined],
    ['=?base64?w6k=*?=', undefined],
    ['=?base64?/w==?=', undefined],
    ['raw é', undefined],
  ])('%j is %j', (header, value) => {
    expect(decodeHeaderValue(header)).toBe(value)
  })

  it('gives back any text that was encoded', () => {
    const encode = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`
    fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => decodeHeaderValue(encode(text)) === text))
  })
})
