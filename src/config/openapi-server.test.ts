import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const write = (entry: object): void => void folder.write('here/trunkline.json', JSON.stringify({ version: 1, mcpServers: { api: entry } }))
const options = { explicitPath: 'here/trunkline.json', environment: { KEY: 'k' } }

describe('an OpenAPI document as a server', () => {
  it('is named from the folder of the configuration, with secrets from variables', () => {
    write({ type: 'openapi', spec: './petstore.yaml', baseUrl: 'https://a.example/v1', auth: { api_key: '${KEY}' }, exclude: ['delete*'] })
    expect(loadConfig(folder.options(options)).config.mcpServers[0]?.transport).toEqual({
      kind: 'openapi',
      spec: join(folder.path, 'here/petstore.yaml'),
      baseUrl: 'https://a.example/v1',
      headers: {},
      auth: { api_key: 'k' },
      include: undefined,
      exclude: ['delete*'],
    })
  })

  it('needs no type, and takes an address as it is', () => {
    write({ spec: 'https://a.example/openapi.json' })
    expect(loadConfig(folder.options(options)).config.mcpServers[0]?.transport).toMatchObject({ kind: 'openapi', spec: 'https://a.example/openapi.json' })
  })

  it('refuses what belongs to other servers', () => {
    write({ spec: 'a.json', command: 'x' })
    expect(issuesOf(folder.options(options)).join()).toContain('Expected one of `command`, `url`, `spec` and `builtin`, found `command` and `spec`.')
    write({ url: 'https://a.example', include: ['x'] })
    expect(issuesOf(folder.options(options)).join()).toContain('`include` belongs to servers with a `spec`; this one has `url`.')
    write({ type: 'openapi', url: 'https://a.example' })
    expect(issuesOf(folder.options(options)).join()).toContain('`type: openapi` needs a `spec`, found `url`.')
  })
})
