import { describe, expect, it } from 'vitest'
import { dropKeyword } from './drop-keyword.ts'

describe('dropKeyword', () => {
  it('takes a keyword out wherever a schema stands, and says where it stood', () => {
    const schema = { type: 'object', properties: { a: { type: 'string', encrypted: true }, b: { items: { encrypted: true } } }, anyOf: [{ encrypted: true }] }
    expect(dropKeyword(schema, 'encrypted')).toEqual({
      schema: { type: 'object', properties: { a: { type: 'string' }, b: { items: {} } }, anyOf: [{}] },
      paths: ['/properties/a/encrypted', '/properties/b/items/encrypted', '/anyOf/0/encrypted'],
    })
  })

  it('leaves a property of that name, and what only looks like a schema', () => {
    const schema = { type: 'object', properties: { encrypted: { type: 'boolean' } }, required: ['encrypted'], default: { encrypted: true }, enum: [{ encrypted: true }] }
    const { schema: left, paths } = dropKeyword(schema, 'encrypted')
    expect(left).toBe(schema)
    expect(paths).toEqual([])
  })
})
