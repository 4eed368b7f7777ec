import { describe, expect, it } from 'vitest'
import type { JsonText } from '../../lib/json-text.ts'
import { checkArguments } from './check-arguments.ts'

const check = (schema: unknown, given: unknown): string | undefined => checkArguments(JSON.stringify({ name: 't', inputSchema: schema }) as JsonText, JSON.stringify(given) as JsonText)

describe('checkArguments', () => {
  it('names the path of a fault', () => {
    const schema = { type: 'object', properties: { list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } } } }
    expect(check(schema, { list: [{ n: 1 }, { n: 'x' }] })).toBe('`/list/1/n` must be integer')
    expect(check(schema, { list: [{}] })).toBe('`/list/0/n` is missing')
    expect(check(schema, { list: [{ n: 1 }] })).toBeUndefined()
  })

  it('names the values of an enum, and unknown properties', () => {
    expect(check({ properties: { mode: { enum: ['a', 'b'] } } }, { mode: 'c' })).toBe('`/mode` must be one of ["a","b"]')
    expect(check({ properties: {}, additionalProperties: false }, { x: 1 })).toBe('`/x` is not a known property')
  })

  it('reads a schema by its own dialect: 2020-12 unless it says draft-07', () => {
    // In 2020-12 a tuple is `prefixItems`; draft-07 does not know the word and has `items` lists instead.
    const tuple = { properties: { pair: { prefixItems: [{ type: 'string' }, { type: 'number' }] } } }
    const draft = { $schema: 'http://json-schema.org/draft-07/schema#' }
    expect(check(tuple, { pair: ['x', 'y'] })).toBe('`/pair/1` must be number')
    expect(check({ ...tuple, $schema: 'https://json-schema.org/draft/2020-12/schema' }, { pair: ['x', 'y'] })).toBe('`/pair/1` must be number')
    expect(check({ ...tuple, ...draft }, { pair: ['x', 'y'] })).toBeUndefined()
    const old = { ...draft, properties: { pair: { items: [{ type: 'string' }, { type: 'number' }] } } }
    expect(check(old, { pair: ['x', 'y'] })).toBe('`/pair/1` must be number')
  })

  it('keeps schemas of one `$id` apart', () => {
    const of = (type: string): object => ({ $id: 'https://example.com/same', properties: { a: { type } } })
    expect(check(of('string'), { a: 'x' })).toBeUndefined()
    expect(check(of('number'), { a: 'x' })).toBe('`/a` must be number')
  })

  it('follows references inside the schema', () => {
    const schema = { $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' }, value: { type: 'number' } } } }, $ref: '#/$defs/node' }
    expect(check(schema, { next: { next: { value: 'x' } } })).toBe('`/next/next/value` must be number')
  })

  it.each([
    ['a reference to somewhere else', { properties: { a: { $ref: 'https://example.com/elsewhere.json' } } }],
    ['no JSON Schema', { type: 'nonsense', properties: 7 }],
    ['a pattern that may take for ever', { properties: { a: { type: 'string', pattern: '^(a+)+$' } } }],
    ['a pattern that is none', { properties: { a: { pattern: '(' } } }],
    ['asynchronous validation', { $async: true, properties: { a: { type: 'number' } } }],
  ])('leaves a schema with %s to its server', (_what, schema) => {
    expect(check(schema, { a: `${'a'.repeat(40)}!` })).toBeUndefined()
  })

  it('leaves a text that is too long to match to its server', () => {
    const schema = { properties: { a: { type: 'string', pattern: '^a*a*a*a*a*b$' } } }
    expect(check(schema, { a: 'c' })).toBe('`/a` must match pattern "^a*a*a*a*a*b$"')
    expect(check(schema, { a: 'a'.repeat(5_000) })).toBeUndefined()
  })

  it('does not change what it checks: defaults are not filled in and types not forced', () => {
    expect(check({ properties: { n: { type: 'number', default: 1 } }, required: ['n'] }, {})).toBe('`/n` is missing')
    expect(check({ properties: { n: { type: 'number' } } }, { n: '1' })).toBe('`/n` must be number')
  })
})
