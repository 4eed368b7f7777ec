import { describe, expect, it } from 'vitest'
import { parseExact } from './parse-exact.ts'

describe('parseExact', () => {
  it.each(['{"a":12345678901234567890}', '{"a":[1e400,-9007199254740993]}', '{"a":0.12345678901234567890123}', '{"a":"12345678901234567890"}', '{"a":1.5,"b":[true,null]}'])('%s survives', (text) => {
    expect(JSON.stringify(parseExact(text))).toBe(text)
  })

  it('leaves numbers that JavaScript holds as numbers', () => {
    expect(parseExact('{"n":1.0,"e":1e3,"m":-9007199254740991,"big":1234567890123456789}')).toMatchObject({ n: 1, e: 1000, m: -9_007_199_254_740_991 })
  })

  it('gives a number for a text that is nothing else, however large', () => {
    expect(parseExact('12345678901234567890')).toBe(12_345_678_901_234_567_000)
  })

  it('throws for what is no JSON', () => {
    expect(() => parseExact('{')).toThrow(SyntaxError)
  })
})
