import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.ts'
import { checkAnswer } from './check-answer.ts'

describe('checkAnswer', () => {
  it.each(['{"a":1}', ' {"a":1}\n', '```json\n{"a":1}\n```', 'Sure: {"a":1} Bye.'])('finds the JSON in %j', (text) => {
    expect(checkAnswer({ type: 'object', required: ['a'] }, text)).toEqual({ json: '{"a":1}' })
  })

  it('says what is wrong and where', () => {
    expect(checkAnswer({ properties: { a: { type: 'string' } } }, '{"a":1}')).toEqual({ repair: { text: '{"a":1}', complaint: '/a must be string' } })
    expect(checkAnswer({}, 'no')).toEqual({ repair: { text: 'no', complaint: 'the answer is not JSON' } })
  })

  it('refuses a schema that is none, and one whose pattern could hold up the gateway', () => {
    expect(() => checkAnswer({ type: 'nonsense' }, '{}')).toThrow('cannot be used')
    expect(() => checkAnswer({ properties: { a: { pattern: '^(a+)+$' } } }, '{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab"}')).toThrow('may be slow')
  })

  it('is not held up by a schema that refers to deeply nested unions', () => {
    let nested: JsonObject = { type: 'string' }
    for (let depth = 0; depth < 40; depth++) nested = { anyOf: [nested, { type: 'number' }] }
    expect(checkAnswer({ properties: { a: { $ref: '#/$defs/n' } }, $defs: { n: nested } }, '{"a":true}')).toHaveProperty('repair')
  })
})
