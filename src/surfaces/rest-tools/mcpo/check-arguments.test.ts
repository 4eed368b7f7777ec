import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../lib/json.ts'
import type { JsonText } from '../../../lib/json-text.ts'
import { checkArguments } from './check-arguments.ts'

const TYPES: JsonObject = {
  type: 'object',
  properties: {
    s: { type: 'string' },
    i: { type: 'integer' },
    n: { type: 'number' },
    b: { type: 'boolean' },
    l: { type: 'array', items: { type: 'integer' } },
    d: { type: 'object' },
    o: { type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] },
  },
}
const check = (text: string, schema: JsonObject = TYPES): ReturnType<typeof checkArguments> => checkArguments(text as JsonText, schema)

describe('checkArguments', () => {
  /** Measured with mcpo 0.0.20 and this schema. */
  it.each([
    ['{"i":"5"}', '{"i":5}'],
    ['{"i":" 7 "}', '{"i":7}'],
    ['{"i":true}', '{"i":1}'],
    ['{"n":"1.5"}', '{"n":1.5}'],
    ['{"n":"1e3"}', '{"n":1000}'],
    ['{"b":"YES"}', '{"b":true}'],
    ['{"b":"off"}', '{"b":false}'],
    ['{"b":0}', '{"b":false}'],
    ['{"l":[1,"2"]}', '{"l":[1,2]}'],
    ['{"o":{"x":"5"}}', '{"o":{"x":5}}'],
    ['{"d":{"a":null}}', '{"d":{"a":null}}'],
  ])('reads %s as mcpo does', (text, expected) => expect(check(text)).toEqual({ text: expected, problems: [] }))

  it.each([
    ['{"s":5}', 'string_type', ['body', 's']],
    ['{"s":null}', 'string_type', ['body', 's']],
    ['{"i":"1.5"}', 'int_parsing', ['body', 'i']],
    ['{"i":1.5}', 'int_from_float', ['body', 'i']],
    ['{"i":[]}', 'int_type', ['body', 'i']],
    ['{"n":"x"}', 'float_parsing', ['body', 'n']],
    ['{"n":null}', 'float_type', ['body', 'n']],
    ['{"b":2}', 'bool_parsing', ['body', 'b']],
    ['{"b":null}', 'bool_type', ['body', 'b']],
    ['{"l":{}}', 'list_type', ['body', 'l']],
    ['{"l":["a"]}', 'int_parsing', ['body', 'l', 0]],
    ['{"d":[]}', 'dict_type', ['body', 'd']],
    ['{"o":[]}', 'model_attributes_type', ['body', 'o']],
    ['{"o":{}}', 'missing', ['body', 'o', 'x']],
    ['{"o":{"x":null}}', 'int_type', ['body', 'o', 'x']],
  ])('refuses %s as mcpo does', (text, type, loc) => expect(check(text).problems.map((problem) => [problem.type, problem.loc])).toEqual([[type, loc]]))

  it('leaves a text that fits as it is: spaces, order, large numbers, nulls', () => {
    const schema = { type: 'object', properties: { '10': {}, z: {}, '2': {}, i: { type: 'integer' }, s: { type: 'string' } } }
    const text = '{ "z" : null, "10":1, "2":12345678901234567890, "i": 1.0, "s":"\\u0041" }'
    expect(check(text, schema)).toEqual({ text, problems: [] })
  })

  it('leaves out members that the schema does not name, of objects in it, too, but not where it names none', () => {
    const free = { type: 'object' }
    const schema = { type: 'object', properties: { a: { type: 'object', properties: { b: {}, toString: {} } }, free } }
    expect(JSON.parse(check('{"x":1,"a":{"b":1,"c":2,"toString":3,"valueOf":4},"free":{"any":1},"y":[{}]}', schema).text)).toEqual({ a: { b: 1, toString: 3 }, free: { any: 1 } })
  })

  it('keeps every digit of an integer in a string', () => {
    expect(check('{"i":"+0012345678901234567890"}').text).toBe('{"i":12345678901234567890}')
  })

  it('leaves unions, enums and combined schemas to the server', () => {
    const schema = { type: 'object', properties: { a: { type: ['integer', 'null'] }, b: { anyOf: [{ type: 'string' }] }, c: { enum: [1] }, e: true } }
    expect(check('{"a":"5","b":1,"c":"x","e":0}', schema)).toEqual({ text: '{"a":"5","b":1,"c":"x","e":0}', problems: [] })
  })

  it('follows references inside the schema, also round and round', () => {
    const schema = {
      type: 'object',
      properties: { node: { $ref: '#/$defs/Node' }, far: { $ref: 'https://example.com/schema' }, loop: { $ref: '#/$defs/Loop' } },
      $defs: { Node: { type: 'object', properties: { value: { type: 'integer' }, next: { $ref: '#/$defs/Node' } } }, Loop: { $ref: '#/$defs/Loop' } },
    }
    expect(check('{"node":{"value":"1","next":{"value":"2"}},"far":1,"loop":2}', schema).text).toBe('{"node":{"value":1,"next":{"value":2}},"far":1,"loop":2}')
  })

  it('ends on a value that is deeper than any schema is meant for', () => {
    const schema = { type: 'object', properties: { a: { $ref: '#' } } }
    const deep = '{"a":'.repeat(500) + '{}' + '}'.repeat(500)
    expect(check(deep, schema)).toEqual({ text: deep, problems: [] })
  })
})
