import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import { parseTomlDocument } from './parse-toml.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const CODEX = readFileSync(new URL('./fixtures/clients/codex.toml', import.meta.url), 'utf8')

describe('Codex’s config.toml', () => {
  it('loads as it is', () => {
    folder.write('config.toml', CODEX)
    const { config, warnings, format } = loadConfig(folder.options({ explicitPath: 'config.toml', environment: { DOCS_TOKEN: 'secret', TENANT: 'acme' } }))
    expect(format).toBe('mcpServers')
    expect(config.mcpServers).toMatchObject([
      { id: 'files', transport: { kind: 'stdio', command: 'npx', env: { LOG_LEVEL: 'debug' }, inheritEnv: ['HOME_TOKEN'] }, timeouts: { connectMs: 20_000, callMs: 90_500 } },
      { id: 'my-docs', transport: { kind: 'http', url: 'https://docs.example/mcp', headers: { Authorization: 'Bearer secret', 'X-Region': 'eu', 'X-Tenant': 'acme' } } },
      { id: 'off', enabled: false },
    ])
    expect(config.serverSettings).toMatchObject([{ disabledTools: ['write_file'] }, { enabledTools: ['search'] }, {}])
    expect(warnings.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '1 `model` has no meaning here and is ignored.',
      '2 `approval_policy` has no meaning here and is ignored.',
      '4 `projects` has no meaning here and is ignored.',
      '16 The server `my docs` is called `my-docs` here, because names are parts of addresses.',
      '22 `required` of server `my docs` has no meaning here and is ignored.',
    ])
  })

  it('names the line of what is wrong', () => {
    folder.write('config.toml', '[mcp_servers.x]\ncommand = "a"\ntool_timeout_sec = "soon"\n')
    expect(issuesOf(folder.options({ explicitPath: 'config.toml' }))).toEqual([expect.stringMatching(/^1:1 Expected `mcpServers\.x\.timeouts\.call`/)])
    const broken = parseTomlDocument('config.toml', '[mcp_servers.x]\ncommand = \n')
    expect(broken.issues).toMatchObject([{ line: 2, message: expect.stringMatching(/^This is not TOML: /) }])
  })

  it.each([
    [['mcp_servers', 'a.b', 'env', 'X'], 'value', { line: 3, column: 9 }],
    [['mcp_servers', 'a.b', 'env'], 'key', { line: 3, column: 1 }],
    [['mcp_servers', 'a.b'], 'key', { line: 1, column: 1 }],
    [['mcp_servers', 'a.b', 'nothing'], 'key', { line: 1, column: 1 }],
  ] as const)('finds %j', (path, part, place) => {
    expect(parseTomlDocument('f', '[mcp_servers."a.b"]\ncommand = "x"\nenv.X = "1"\n').locate(path, part)).toEqual(place)
  })
})
