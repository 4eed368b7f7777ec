import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { appendMember, editBody, sliceText } from './json-edit.ts'
import { createJsonScanner, type JsonScan } from './json-scan.ts'

const cut = (bytes: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.subarray(index * size, (index + 1) * size))

function scan(text: string): JsonScan {
  const scanner = createJsonScanner()
  scanner.push(Buffer.from(text))
  return scanner.end()
}

describe('editBody', () => {
  it('splices like string slices do, across any pieces', () => {
    const text = 'abcdefghijklmnopqrstuvwxyz'
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 12 }), fc.string(), (size, start, length, inserted) => {
        const edits = [
          { pointer: '/b', start: start + length, end: start + length + 1, text: '' },
          { pointer: '/a', start, end: start + length, text: inserted },
        ]
        const expected = text.slice(0, start) + inserted + text.slice(start + length + 1)
        expect(Buffer.concat(editBody(cut(Buffer.from(text), size), edits)).toString()).toBe(expected)
      }),
    )
  })

  it('copies nothing of the body', () => {
    const piece = Buffer.from('{"model":"a","x":1}')
    const [head, inserted, tail] = editBody([piece], [{ pointer: '/model', start: 9, end: 12, text: '"b"' }])
    expect([head?.buffer, tail?.buffer]).toEqual([piece.buffer, piece.buffer])
    expect(inserted?.buffer).not.toBe(undefined)
  })

  it('refuses edits that overlap', () => {
    const edits = [{ pointer: '/a', start: 0, end: 3, text: '' }, { pointer: '/b', start: 2, end: 4, text: '' }]
    expect(() => editBody([Buffer.from('abcdef')], edits)).toThrow(/overlap at \/b/)
  })
})

describe('appendMember', () => {
  it.each([
    ['{}', '{"k":1}'],
    ['{ }', '{"k":1 }'],
    ['{"a":1}', '{"a":1,"k":1}'],
    [' { "a" : "x" } ', ' { "a" : "x","k":1 } '],
  ])('adds at the end of %s', (text, expected) => {
    expect(Buffer.concat(editBody([Buffer.from(text)], [appendMember(scan(text), 'k', 1)])).toString()).toBe(expected)
  })
})

describe('sliceText', () => {
  it('reads a character that two pieces share', () => {
    const bytes = Buffer.from('aé世b')
    expect(sliceText(cut(bytes, 1), 1, 6)).toBe('é世')
  })
})
