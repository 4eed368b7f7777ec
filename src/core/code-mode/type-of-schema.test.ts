import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { describe, expect, it } from 'vitest'
import type { JsonValue } from '../../lib/json.ts'
import { createSchemaTyper, oneNote } from './type-of-schema.ts'

const typeOf = (schema: JsonValue): string => createSchemaTyper(schema).typeOf(schema)

describe('createSchemaTyper', () => {
  it.each<readonly [JsonValue, string]>([
    [{}, 'unknown'],
    [true, 'unknown'],
    [false, 'never'],
    [{ type: 'integer' }, 'number'],
    [{ type: ['string', 'null'] }, 'string | null'],
    [{ type: 'string', nullable: true }, 'string | null'],
    [{ enum: ['a', 1, null, true] }, '"a" | 1 | null | true'],
    [{ const: 'x' }, '"x"'],
    [{ type: 'array', items: { type: ['string', 'number'] } }, '(string | number)[]'],
    [{ type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }], items: false }, '[string, number]'],
    [{ type: 'array', items: [{ type: 'string' }] }, '[string, ...unknown[]]'],
    [{ type: 'array' }, 'unknown[]'],
    [{ type: 'object' }, 'Record<string, unknown>'],
    [{ type: 'object', additionalProperties: false }, '{}'],
    [{ type: 'object', additionalProperties: { type: 'number' } }, 'Record<string, number>'],
    [{ type: 'object', properties: { a: { type: 'string' }, 'b-c': {} }, required: ['a'] }, '{ a: string; "b-c"?: unknown }'],
    [{ type: 'object', properties: { a: {} }, patternProperties: { '^x': { type: 'string' } } }, '{ a?: unknown } & Record<string, string>'],
    [{ type: 'object', properties: { a: { type: 'number', description: 'How many.\nReally.', default: 3 } } }, '{ /** How many. Really. Default: 3. */ a?: number }'],
    [{ properties: { a: { type: 'number' } } }, '{ a?: number }'],
    [{ oneOf: [{ type: 'string' }, { type: 'number' }] }, 'string | number'],
    [{ allOf: [{ type: 'object', properties: { a: {} } }, { anyOf: [{ const: 1 }, { const: 2 }] }] }, '{ a?: unknown } & (1 | 2)'],
    [{ type: 'object', oneOf: [{ properties: { a: {} } }, { properties: { b: {} } }] }, '{ a?: unknown } | { b?: unknown }'],
    [{ $ref: '#/$defs/a~1b', $defs: { 'a/b': { type: 'string' } } }, 'string'],
    [{ $ref: 'https://example.com/schema' }, 'unknown'],
    [{ $ref: '#/$defs/none' }, 'unknown'],
    [{ $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } }, $ref: '#/$defs/node' }, '{ next?: unknown }'],
    [{ type: 'object', properties: { child: { $ref: '#' } } }, '{ child?: { child?: unknown } }'],
  ])('%j is %s', (schema, type) => {
    expect(typeOf(schema)).toBe(type)
  })

  it('is bounded, however large or deep a schema is', () => {
    const wide = { type: 'object', properties: Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`p${index}`, { type: 'object', properties: { a: { enum: Array.from({ length: 500 }, (__, value) => `v${value}`) } } }])) }
    expect(typeOf(wide).length).toBeLessThan(20_000)
    let deep: JsonValue = { type: 'string' }
    for (let level = 0; level < 5_000; level++) deep = { type: 'object', properties: { a: deep } }
    expect(typeOf(deep)).toMatch(/unknown/)
    const defs = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`d${index}`, { type: 'object', properties: { a: { $ref: `#/$defs/d${index + 1}` }, b: { $ref: `#/$defs/d${index + 1}` }, c: { $ref: `#/$defs/d${index + 1}` } } }]))
    expect(typeOf({ $defs: defs, $ref: '#/$defs/d0' }).length).toBeLessThan(20_000)
  })

  it('keeps the text of strangers inside of comments and names', () => {
    expect(oneNote('a */ process.exit() /* \n b')).toBe('a * / process.exit() /* b')
    expect(typeOf({ properties: { 'a: any }; evil(); type X = {': { type: 'string', description: '*/ evil() /*' } } })).toBe('{ /** * / evil() /* */ "a: any }; evil(); type X = {"?: string }')
    expect(typeOf({ const: '"; evil()' })).toBe(String.raw`"\"; evil()"`)
  })

  it('gives valid TypeScript for every schema of the corpus', () => {
    const lines = readFileSync(new URL('../../../test/mcp/schema-corpus.jsonl', import.meta.url), 'utf8').split('\n').filter((line) => line.startsWith('{'))
    expect(lines.length).toBeGreaterThanOrEqual(150)
    for (const line of lines) {
      const { name, schema } = JSON.parse(line) as { name: string; schema: JsonValue }
      expect(() => stripTypeScriptTypes(`let x: ${typeOf(schema)}`), `${name}: ${typeOf(schema)}`).not.toThrow()
    }
  })
})
