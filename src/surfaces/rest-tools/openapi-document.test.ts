import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { JsonText } from '../../lib/json-text.ts'
import { writeOpenapi } from './openapi-document.ts'

const OPTIONS = { title: 'T', version: '1', description: 'D', address: '/tools', needsKey: true }

interface Parsed {
  readonly paths: Readonly<Record<string, { readonly post: { readonly operationId: string; readonly responses: Readonly<Record<string, unknown>> } }>>
  readonly components: { readonly schemas: Readonly<Record<string, object>>; readonly securitySchemes: unknown }
}

function write(definitions: readonly object[]): { text: string; parsed: Parsed } {
  const tools = definitions.map((definition, index) => {
    const { name } = definition as { name: string }
    return { path: `/s/${name}`, operationId: `s__${name}_${index}`, server: 's', name, definition: JSON.stringify(definition) as JsonText }
  })
  const text = writeOpenapi(tools, OPTIONS)
  return { text, parsed: JSON.parse(text) as Parsed }
}

describe('writeOpenapi', () => {
  it('resolves every reference of recursive schemas inside the document', () => {
    const tree = { type: 'object', properties: { root: { $ref: '#/$defs/Node' } }, $defs: { Node: { type: 'object', required: ['v'], properties: { v: { type: 'integer' }, next: { $ref: '#/$defs/Node' } } } } }
    const { parsed } = write([{ name: 'a', inputSchema: tree }, { name: 'b', inputSchema: tree, outputSchema: tree }])
    const ajv = new Ajv2020({ strict: false })
    ajv.addSchema(parsed, 'doc')
    const check = ajv.compile({ $ref: 'doc#/components/schemas/s__a_0.input' })
    expect(check({ root: { v: 1, next: { v: 2 } } })).toBe(true)
    expect(check({ root: { v: 1, next: { v: 'x' } } })).toBe(false)
  })

  it('keeps schema bytes', () => {
    const definition = '{"name":"t","inputSchema":{ "properties":{"2":{"const":12345678901234567890},"1":{}} }}' as JsonText
    const text = writeOpenapi([{ path: '/t', operationId: 't', server: 's', name: 't', definition }], OPTIONS)
    expect(text).toContain('"t.input":{ "properties":{"2":{"const":12345678901234567890},"1":{}} }')
  })

  it('describes the answers of a tool, its errors included', () => {
    const { parsed } = write([{ name: 'a', description: 'Does', inputSchema: { type: 'object' }, outputSchema: { type: 'object' } }])
    const { post } = parsed.paths['/s/a'] ?? { post: undefined }
    expect(post).toMatchObject({
      operationId: 's__a_0',
      tags: ['s'],
      description: 'Does',
      responses: { '200': { content: { 'application/json': { schema: { $ref: '#/components/schemas/s__a_0.output' } } } }, '422': {}, default: {} },
    })
    expect(parsed.components.securitySchemes).toEqual({ key: { type: 'http', scheme: 'bearer' } })
  })

  it('takes tools without a usable schema', () => {
    expect(write([{ name: 'a' }, { name: 'b', inputSchema: true }]).parsed.components.schemas).toMatchObject({ 's__a_0.input': {}, 's__b_1.input': {} })
  })
})
