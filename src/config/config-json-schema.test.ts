import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { configJsonSchema } from './config-json-schema.ts'

describe('configJsonSchema', () => {
  const check = new Ajv2020({ strict: false }).compile(configJsonSchema())

  it('is what is published; `npm run schema` writes it', () => {
    const published = JSON.parse(readFileSync(new URL('../../schema/trunkline.schema.json', import.meta.url), 'utf8')) as unknown
    expect(published).toEqual(configJsonSchema())
  })

  it.each([
    {},
    { 'x-note': 1, version: 1, server: { port: 4747, drainTimeout: '30s', 'x-a': 2 } },
    { mcpServers: { a: { command: 'npx', args: ['-y', 3000] }, b: { url: 'http://a', headers: { 'x-api-key': 'k' } } } },
    { providers: { p: { kind: 'openai', apiKey: '${OPENAI_API_KEY}' } }, models: { m: { strategy: 'fallback', targets: ['p/a', { strategy: 'weighted', targets: [{ model: 'p/b', weight: 2 }] }] } } },
  ])('accepts %j', (document) => {
    expect(check(document), JSON.stringify(check.errors)).toBe(true)
  })

  it.each([{ sever: {} }, { server: { port: 'many' } }, { mcpServers: { a: { comand: 'x' } } }, { providers: { p: { kind: 'x' } } }, { models: { m: 3 } }])('refuses %j', (document) => {
    expect(check(document)).toBe(false)
  })
})
