import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createJsonScanner, type JsonScan } from './json-scan.ts'

function scanPieces(bytes: Buffer, sizes: readonly number[]): JsonScan {
  const scanner = createJsonScanner()
  let at = 0
  for (const size of sizes) {
    scanner.push(bytes.subarray(at, at + size))
    at += size
  }
  scanner.push(bytes.subarray(at))
  return scanner.end()
}

const scan = (text: string): JsonScan => scanPieces(Buffer.from(text), [])

/** What the scan says, as a person would write it. */
function spell(bytes: Buffer, { members }: JsonScan): readonly (readonly [string, string])[] {
  return members.map(({ key, valueStart, valueEnd }) => [key, bytes.toString('utf8', valueStart, valueEnd)])
}

describe('createJsonScanner', () => {
  it('finds top-level members only, by their bytes', () => {
    const bytes = Buffer.from(' {"é":"ü\\"}", "a" : [1,{"model":"no"}] ,"b":-1.5e3,"":null}\n')
    expect(spell(bytes, scanPieces(bytes, []))).toEqual([['é', '"ü\\"}"'], ['a', '[1,{"model":"no"}]'], ['b', '-1.5e3'], ['', 'null']])
  })

  it('decodes names that are written with escapes', () => {
    expect(scan(String.raw`{"\u006dod\u0065l":1}`).members[0]?.key).toBe('model')
  })

  it('keeps duplicates, so that they can be refused', () => {
    expect(scan('{"a":1,"a":2}').members.map(({ key }) => key)).toEqual(['a', 'a'])
  })

  it('knows where members can be added', () => {
    expect(scan(' { } ')).toMatchObject({ contentStart: 2, contentEnd: 3, members: [] })
  })

  it('gives the same answer however the bytes are cut', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(value, fc.array(fc.integer({ min: 1, max: 9 })), fc.constantFrom(0, 1, 3), (object, sizes, indent) => {
        const bytes = Buffer.from(JSON.stringify(object, undefined, indent))
        const found = scanPieces(bytes, sizes)
        const expected = Object.entries(JSON.parse(bytes.toString('utf8')) as object)
        expect(spell(bytes, found).map(([key, text]) => [key, JSON.parse(text) as unknown])).toEqual(expected)
      }),
      { numRuns: 300 },
    )
  })

  it('cuts long strings of escapes right, at every byte', () => {
    const bytes = Buffer.from(JSON.stringify({ a: `${'\\'.repeat(41)}"${'x'.repeat(40)}\\`, 'k"': '\\"' }))
    const whole = spell(bytes, scanPieces(bytes, []))
    for (let at = 1; at < bytes.length; at++) expect(spell(bytes, scanPieces(bytes, [at]))).toEqual(whole)
    expect(spell(bytes, scanPieces(bytes, bytes.toJSON().data.map(() => 1)))).toEqual(whole)
  })

  it.each([
    '', ' ', '[]', '"x"', 'null', '{', '{"a"', '{"a":', '{"a":1', '{"a":"x}', '{"a":[1}', '{"a":{]}', '{"a":1]', '{a:1}', "{'a':1}", '{"a" 1}', '{"a":1 2}',
    '{"a":,}', '{"a":1,}', '{,}', '{} {}', '{}x', '{"a":1"b":2}', '{"a"::1}', '{"\\x":1}', '\uFEFF{}',
  ])('refuses %j', (text) => {
    expect(() => scan(text)).toThrow(SyntaxError)
  })

  it('refuses what is nested too deeply, in no time', () => {
    expect(() => scan(`{"a":${'['.repeat(100_000)}`)).toThrow(/nested/)
  })

  it('is linear: a string that arrives byte by byte costs no more than its bytes', () => {
    const scanner = createJsonScanner()
    scanner.push(Buffer.from('{"a":"'))
    const bytes = [Buffer.from('\\'), Buffer.from('"'), Buffer.from('x')]
    for (let i = 0; i < 300_000; i++) scanner.push(bytes[i % 3] ?? Buffer.alloc(0))
    scanner.push(Buffer.from('"}'))
    expect(scanner.end().members[0]).toMatchObject({ key: 'a', valueStart: 5, valueEnd: 300_007 })
  })
})
