import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonText } from './json-text.ts'
import { editMembers, readItems, readMember, readMembers } from './json-text.ts'

const text = (value: string) => value as JsonText

describe('readMembers', () => {
  it('finds every member of any object that JSON.stringify writes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.constantFrom(0, 2), (object, indent) => {
        const written = text(JSON.stringify(object, null, indent))
        const read = readMembers(written).map((m) => [m.key, JSON.parse(written.slice(m.valueStart, m.valueEnd))])
        expect(read).toEqual(Object.entries(JSON.parse(written) as object))
      }),
    )
  })

  it('has none for values that are no objects', () => {
    for (const value of ['[]', '1', '"{}"', 'null']) expect(readMembers(text(value))).toEqual([])
  })

  it('decodes escaped keys and lets the last duplicate win', () => {
    expect(readMember(text('{"n\\u0061me":1,"name":2}'), 'name')).toBe('2')
  })

  it('is linear for a string of many escaped quotes', () => {
    const long = text(`{"a":"${'\\"'.repeat(200_000)}","b":1}`)
    expect(readMember(long, 'b')).toBe('1')
  })
})

describe('readItems', () => {
  it('splits any array', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (array) => {
        const written = JSON.stringify(array)
        expect(readItems(text(written)).map((item) => JSON.parse(item) as unknown)).toEqual(JSON.parse(written))
      }),
    )
  })
})

describe('editMembers', () => {
  it('keeps what it does not name as it was written', () => {
    const written = text('{ "10": 1e400, "2":{"x" : 12345678901234567890} ,"name":"a","z":null}')
    expect(editMembers(written, { name: text('"b"') })).toBe(
      '{"10": 1e400,"2":{"x" : 12345678901234567890},"name":"b","z":null}',
    )
  })

  it('removes and adds', () => {
    expect(editMembers(text('{"a":1,"b":2}'), { a: undefined, c: text('3') })).toBe('{"b":2,"c":3}')
    expect(editMembers(text('{}'), { a: text('1') })).toBe('{"a":1}')
  })

  it('treats names of Object.prototype as ordinary names', () => {
    expect(editMembers(text('{"constructor":1,"__proto__":2}'), { a: text('3') })).toBe(
      '{"constructor":1,"__proto__":2,"a":3}',
    )
  })
})
