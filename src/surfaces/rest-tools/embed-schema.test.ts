import { describe, expect, it } from 'vitest'
import type { JsonText } from '../../lib/json-text.ts'
import { embedSchema } from './embed-schema.ts'

const embed = (schema: string): string => embedSchema(schema as JsonText, 's__t.input')

describe('embedSchema', () => {
  it('leaves a schema without local references exactly as it was written', () => {
    const schema = '{ "type" : "object", "properties": {"10":{"const":1e400}, "2":{"enum":[12345678901234567890,null]}} }'
    expect(embed(schema)).toBe(schema)
  })

  it('moves references in schema positions, recursion included', () => {
    expect(embed('{"properties":{"a":{"$ref":"#/$defs/X"}},"$defs":{"X":{"anyOf":[{"$ref":"#"},{"items":{"$ref":"#/properties/a/anyOf/0"}}]}}}')).toBe(
      '{"properties":{"a":{"$ref":"#/components/schemas/s__t.input/$defs/X"}},"$defs":{"X":{"anyOf":[{"$ref":"#/components/schemas/s__t.input"},{"items":{"$ref":"#/components/schemas/s__t.input/properties/a/anyOf/0"}}]}}}',
    )
  })

  it('leaves data alone: constants, defaults, examples and properties named $ref', () => {
    const schema = '{"properties":{"$ref":{"type":"string"},"a":{"const":{"$ref":"#/x"},"default":{"$ref":"#/x"},"examples":[{"$ref":"#/x"}],"enum":[{"$ref":"#/x"}]}}}'
    expect(embed(schema)).toBe(schema)
  })

  it('names anchors per tool', () => {
    expect(embed('{"$defs":{"A":{"$anchor":"addr"}},"properties":{"a":{"$ref":"#addr"}}}')).toBe(
      '{"$defs":{"A":{"$anchor":"s__t.input.addr"}},"properties":{"a":{"$ref":"#s__t.input.addr"}}}',
    )
  })

  it('keeps a nested $id with what it holds, and drops the root’s', () => {
    const nested = '{"properties":{"a":{"$id":"urn:x","items":{"$ref":"#/$defs/Y"}}}}'
    expect(embed(nested)).toBe(nested)
    expect(embed('{"$id":"urn:root","items":{"$ref":"urn:root#/$defs/Y"}}')).toBe('{"items":{"$ref":"#/components/schemas/s__t.input/$defs/Y"}}')
  })

  it('drops the declaration of the dialect that OpenAPI has anyway, and keeps any other', () => {
    expect(embed('{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}')).toBe('{"type":"object"}')
    const draft7 = '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}'
    expect(embed(draft7)).toBe(draft7)
  })

  it('passes boolean schemas and odd values', () => {
    expect(embed('true')).toBe('true')
    expect(embed('{"items":[],"additionalProperties":false,"properties":{"a":true}}')).toBe('{"items":[],"additionalProperties":false,"properties":{"a":true}}')
  })
})
