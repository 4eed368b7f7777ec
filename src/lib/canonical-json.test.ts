import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from './canonical-json.ts'
import type { JsonValue } from './json.ts'

const shuffle = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map((item) => shuffle(item as JsonValue))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).toReversed().map(([key, member]) => [key, shuffle(member ?? null)]))
}

describe('canonicalJson', () => {
  it('is the same for equal values and another for others', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const [left, right] = [a as JsonValue, b as JsonValue]
        expect(canonicalJson(shuffle(left))).toBe(canonicalJson(left))
        expect(JSON.parse(canonicalJson(left))).toEqual(JSON.parse(JSON.stringify(left)))
        if (JSON.stringify(shuffle(left)) !== JSON.stringify(shuffle(right)) && canonicalJson(left) === canonicalJson(right)) expect(JSON.parse(JSON.stringify(left))).toEqual(JSON.parse(JSON.stringify(right)))
      }),
    )
  })
})
