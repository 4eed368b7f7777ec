import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toJsonText, type JsonText } from '../lib/json-text.ts'
import type { ScannedBody } from './codec.ts'
import { createJsonScanner } from './json-scan.ts'
import { setMembers } from './set-members.ts'

function scan(text: string, cut = 0): ScannedBody {
  const bytes = Buffer.from(text)
  const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)].filter(({ length }) => length > 0)
  const scanner = createJsonScanner()
  for (const piece of pieces) scanner.push(piece)
  return { pieces, scan: scanner.end() }
}

const textOf = ({ pieces }: ScannedBody): string => Buffer.concat(pieces).toString('utf8')

describe('setMembers', () => {
  it('replaces what is there, adds what is not, and leaves the rest as it was written', () => {
    const changed = setMembers(scan('{ "a" : 1,"größe":[1e400 , "ü"] , "z":{}\n}'), { z: '[]' as JsonText, new: '"é"' as JsonText, a: '{"x":"ü"}' as JsonText, more: '2' as JsonText })
    expect(textOf(changed)).toBe('{ "a" : {"x":"ü"},"größe":[1e400 , "ü"] , "z":[],"new":"é","more":2\n}')
  })

  it('adds to an object without members', () => {
    expect(textOf(setMembers(scan(' { } '), { a: '1' as JsonText, b: '2' as JsonText }))).toBe(' {"a":1,"b":2 } ')
  })

  it('changes nothing when nothing is to change', () => {
    const body = scan('{"a":1}')
    expect(setMembers(body, {})).toEqual(body)
  })

  it('knows where everything stands afterwards, as if the new body had been scanned', () => {
    const key = fc.constantFrom('a', 'b', 'ü', 'long key', '"quoted"')
    const members = fc.dictionary(key, fc.jsonValue(), { noNullPrototype: true })
    fc.assert(
      fc.property(members, members, fc.nat(40), fc.constantFrom('', ' ', '\n  '), (before, changes, cut, space) => {
        const text = `${space}{${space}${Object.entries(before).map(([name, value]) => `${JSON.stringify(name)}${space}:${space}${JSON.stringify(value)}`).join(`${space},${space}`)}${space}}${space}`
        const changed = setMembers(scan(text, Math.min(cut, text.length)), Object.fromEntries(Object.entries(changes).map(([name, value]) => [name, toJsonText(value as never)])))
        expect(changed.scan).toEqual(scan(textOf(changed)).scan)
        expect(JSON.parse(textOf(changed))).toEqual(JSON.parse(JSON.stringify({ ...before, ...changes })))
      }),
      { numRuns: 1_000 },
    )
  })
})
