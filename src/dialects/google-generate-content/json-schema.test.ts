import { describe, expect, it } from 'vitest'
import { toJsonSchema } from './json-schema.ts'

describe('toJsonSchema', () => {
  it('LT-P11 writes types in small letters, wherever schemas stand and nowhere else', () => {
    const schema = { type: 'OBJECT', properties: { type: { type: 'STRING', enum: ['OBJECT', 'STRING'], default: 'STRING' }, list: { type: 'ARRAY', items: { anyOf: [{ type: 'INTEGER' }, { type: 'NUMBER' }] } } }, required: ['type'] }
    expect(toJsonSchema(schema)).toEqual({ type: 'object', properties: { type: { type: 'string', enum: ['OBJECT', 'STRING'], default: 'STRING' }, list: { type: 'array', items: { anyOf: [{ type: 'integer' }, { type: 'number' }] } } }, required: ['type'] })
  })

  it('says nullable as a second type, and in enumerations as a further value', () => {
    expect(toJsonSchema({ type: 'STRING', nullable: true })).toEqual({ type: ['string', 'null'] })
    expect(toJsonSchema({ type: 'STRING', nullable: false })).toEqual({ type: 'string' })
    expect(toJsonSchema({ type: ['string', 'null'], nullable: true })).toEqual({ type: ['string', 'null'] })
    expect(toJsonSchema({ type: 'STRING', enum: ['a'], nullable: true })).toEqual({ type: ['string', 'null'], enum: ['a', null] })
  })

  it('says the order of properties by their order', () => {
    const { properties, ...rest } = toJsonSchema({ type: 'OBJECT', properties: { b: { type: 'STRING' }, a: { type: 'STRING' }, c: {} }, propertyOrdering: ['a', 'b', 'gone'] })
    expect(Object.keys(properties as object)).toEqual(['a', 'b', 'c'])
    expect(rest).toEqual({ type: 'object' })
  })

  it('reads counts that are strings, and names in snake case', () => {
    expect(toJsonSchema({ type: 'ARRAY', minItems: '1', max_items: '3', any_of: [{ type: 'NULL' }] })).toEqual({ type: 'array', minItems: 1, maxItems: 3, anyOf: [{ type: 'null' }] })
  })

  it('leaves JSON Schema as it is', () => {
    const schema = { $schema: 'x', type: ['string', 'null'], additionalProperties: false, $defs: { d: { type: 'object' } }, properties: { nullable: { type: 'boolean' }, propertyOrdering: { type: 'array' } }, const: { type: 'OBJECT' } }
    expect(toJsonSchema(schema)).toEqual(schema)
  })
})
