import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../lib/json.ts'
import { toJsonText } from '../../lib/json-text.ts'
import { readHeaderParams, stripHeaderParams } from './tool-header-params.ts'

const tool = (inputSchema: JsonObject) => toJsonText({ name: 't', inputSchema })
const region = { type: 'string', 'x-mcp-header': 'Region' }

describe('readHeaderParams', () => {
  it('finds annotations that are reached through properties', () => {
    const schema = { type: 'object', properties: { region, at: { type: 'object', properties: { zone: { type: 'integer', 'x-mcp-header': 'Zone' } } } } }
    expect(readHeaderParams(tool(schema))).toEqual({
      kind: 'valid',
      params: [
        { header: 'Region', path: ['region'], type: 'string' },
        { header: 'Zone', path: ['at', 'zone'], type: 'integer' },
      ],
    })
  })

  it.each<[string, JsonObject]>([
    ['an empty header', { properties: { a: { type: 'string', 'x-mcp-header': '' } } }],
    ['a header with a space', { properties: { a: { type: 'string', 'x-mcp-header': 'a b' } } }],
    ['a header that is no string', { properties: { a: { type: 'string', 'x-mcp-header': 7 } } }],
    ['a number', { properties: { a: { type: 'number', 'x-mcp-header': 'A' } } }],
    ['an object', { properties: { a: { type: 'object', 'x-mcp-header': 'A' } } }],
    ['no type', { properties: { a: { 'x-mcp-header': 'A' } } }],
    ['the schema itself', { type: 'string', 'x-mcp-header': 'A' }],
    ['items', { properties: { a: { type: 'array', items: region } } }],
    ['anyOf', { anyOf: [{ properties: { a: region } }] }],
    ['if', { if: { properties: { a: region } } }],
    ['$defs', { $defs: { a: region }, properties: { b: { $ref: '#/$defs/a' } } }],
    ['two headers that differ in case', { properties: { a: region, b: { type: 'string', 'x-mcp-header': 'REGION' } } }],
  ])('refuses %s', (_what, schema) => {
    expect(readHeaderParams(tool(schema)).kind).toBe('invalid')
  })

  it('takes a property of that name, and data, for what they are', () => {
    const schema = { properties: { 'x-mcp-header': { type: 'string' }, a: { type: 'object', default: { 'x-mcp-header': 'bad one' } } } }
    expect(readHeaderParams(tool(schema))).toEqual({ kind: 'valid', params: [] })
  })
})

describe('stripHeaderParams', () => {
  it('removes annotations and nothing else', () => {
    const schema = { type: 'object', properties: { a: { type: 'number', 'x-mcp-header': 'A' }, 'x-mcp-header': { type: 'string' } }, default: { 'x-mcp-header': 'kept' } }
    expect(stripHeaderParams(schema)).toEqual({
      type: 'object',
      properties: { a: { type: 'number' }, 'x-mcp-header': { type: 'string' } },
      default: { 'x-mcp-header': 'kept' },
    })
  })
})
