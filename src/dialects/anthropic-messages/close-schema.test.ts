import { describe, expect, it } from 'vitest'
import { closeSchema } from './close-schema.ts'

describe('closeSchema', () => {
  it('LT-L03 closes every object of a schema', () => {
    const open = {
      type: 'object',
      properties: { list: { type: 'array', items: { type: ['object', 'null'], properties: { x: { type: 'number' } } } }, properties: { type: 'string' }, either: { anyOf: [{ properties: {} }, { type: 'string' }] } },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
    }
    expect(closeSchema(open)).toEqual({
      type: 'object',
      properties: {
        list: { type: 'array', items: { type: ['object', 'null'], properties: { x: { type: 'number' } }, additionalProperties: false } },
        properties: { type: 'string' },
        either: { anyOf: [{ properties: {}, additionalProperties: false }, { type: 'string' }] },
      },
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } }, additionalProperties: false } },
      additionalProperties: false,
    })
  })

  it.each([{ type: 'object', additionalProperties: false }, { type: 'object', additionalProperties: { type: 'string' } }, { type: 'string', enum: ['object'] }, { const: { type: 'object' } }])('leaves %j as it is', (schema) => {
    expect(closeSchema(schema)).toEqual(schema)
  })
})
