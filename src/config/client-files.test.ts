import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import type { LoadedConfig } from './loaded-config.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

function load(client: string): LoadedConfig {
  folder.write(`${client}.json`, readFileSync(new URL(`fixtures/clients/${client}.json`, import.meta.url), 'utf8'))
  return loadConfig(folder.options({ explicitPath: `${client}.json`, environment: { TOKEN: 'secret' } }))
}

const servers = ({ config }: LoadedConfig): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    config.mcpServers.map(({ id, transport, enabled }, index) => {
      const { disabledTools = [], enabledTools } = config.serverSettings[index] ?? {}
      return [id, { ...transport, enabled, ...(disabledTools.length > 0 ? { disabledTools } : {}), enabledTools }]
    }),
  )
const warnings = (loaded: LoadedConfig): readonly string[] => loaded.warnings.map(({ file, line, message }) => `${file.split('/').at(-1)}:${line} ${message}`)
const meaningless = (place: string, what: string): string => `${place} ${what} has no meaning here and is ignored.`

describe('files of other programs load unchanged', () => {
  it('Claude Desktop', () => {
    const loaded = load('claude-desktop')
    expect(servers(loaded)).toMatchObject({ filesystem: { kind: 'stdio', command: 'npx', args: ['-y', '@modelcontextprotocol/server-filesystem', '/data'] }, memory: { env: { MEMORY_FILE_PATH: '/data/memory.json' } } })
    expect(warnings(loaded)).toEqual([meaningless('claude-desktop.json:2', '`globalShortcut`')])
  })

  it('Claude Code', () => {
    const loaded = load('claude-code')
    expect(servers(loaded)).toMatchObject({ docs: { kind: 'http', headers: { Authorization: 'Bearer secret' } }, old: { kind: 'sse' }, local: { kind: 'stdio', args: ['server.js', '3000'] } })
    expect(loaded.config.mcpServers[0]?.timeouts.callMs).toBe(30_000)
    expect(warnings(loaded)).toEqual([meaningless('claude-code.json:4', '`headersHelper` of server `old`')])
  })

  it('Cursor', () => {
    const loaded = load('cursor')
    expect(servers(loaded)).toMatchObject({ remote: { kind: 'http', headers: { Authorization: 'Bearer secret' } }, local: { args: [`${folder.path}/server.py`], env: { HOME_DIR: `${folder.path}/home` } } })
    expect(warnings(loaded)).toEqual([meaningless('cursor.json:3', '`auth` of server `remote`')])
  })

  it('VS Code', () => {
    const loaded = load('vscode')
    expect(servers(loaded)).toMatchObject({ github: { kind: 'http', headers: { 'X-Key': 'secret' }, enabled: true }, asks: { enabled: false }, file: { enabled: true } })
    expect(warnings(loaded)).toEqual([meaningless('vscode.json:7', '`envFile` of server `file`'), expect.stringMatching(/^vscode\.json:6 `mcpServers\.asks` is disabled/)])
  })

  it('Gemini CLI', () => {
    const loaded = load('gemini-cli')
    expect(servers(loaded)).toMatchObject({
      stream: { kind: 'http', url: 'https://g.example/mcp', headers: { 'X-Key': 'secret' }, disabledTools: ['drop'] },
      sse: { enabledTools: ['only'] },
      local: { env: { KEY: 'secret' }, cwd: expect.stringContaining('tools') as string },
    })
    expect(loaded.config.telemetry).toEqual({ level: 'info', format: 'auto' })
    expect(warnings(loaded)).toEqual([...[[2, 'general'], [3, 'security'], [4, 'model'], [5, 'telemetry'], [6, 'mcp']].map(([line, key]) => meaningless(`gemini-cli.json:${line}`, `\`${key}\``)), meaningless('gemini-cli.json:8', '`trust` of server `stream`')])
  })

  it('Windsurf', () => {
    const loaded = load('windsurf')
    expect(servers(loaded)).toMatchObject({ remote: { kind: 'http', url: 'https://w.example/mcp' }, local: { enabled: false } })
    expect(warnings(loaded)).toEqual([])
  })

  it('Zed, comments and other settings included', () => {
    const loaded = load('zed')
    expect(servers(loaded)).toMatchObject({ custom: { command: 'npx', env: { A: '1' } }, older: { command: 'node', args: ['old.js'], env: { B: '2' } }, remote: { kind: 'http' } })
    expect(warnings(loaded)).toEqual([meaningless('zed.json:3', '`theme`'), meaningless('zed.json:4', '`telemetry`')])
  })

  it('mcpo', () => {
    const loaded = load('mcpo')
    expect(servers(loaded)).toMatchObject({ memory: { disabledTools: ['delete_entities'] }, time: { disabledTools: ['convert_time'] }, sse: { kind: 'sse' }, http: { kind: 'http' }, old: { kind: 'http' }, login: { kind: 'http' } })
    expect(warnings(loaded)).toEqual([meaningless('mcpo.json:6', '`client_header_forwarding` of server `http`'), meaningless('mcpo.json:8', '`oauth` of server `login`')])
  })

  it('1MCP, defaults of its servers included', () => {
    const loaded = load('1mcp')
    expect(servers(loaded)).toMatchObject({
      files: { env: { SHARED: '1', SAME: 'own' }, disabledTools: ['write'] },
      list: { env: { A: 'b=c' }, inheritEnv: ['PASSED'] },
      remote: { kind: 'http', headers: { X: 'secret' }, enabled: true },
      repo: { command: 'git-server', args: ['{{project.path}}'] },
    })
    expect(loaded.config.mcpServers.at(-1)?.instances).toMatchObject({ isTemplate: true, isolation: 'shared', maxInstances: undefined })
    expect(loaded.config.mcpServers.map(({ tags, timeouts: { connectMs, callMs } }) => [tags, connectMs, callMs])).toEqual([[['files', 'local'], 5000, 60_000], [[], 5000, 9000], [['web'], 5000, 60_000], [[], 5000, 60_000]])
    expect(warnings(loaded)).toEqual(expect.arrayContaining([meaningless('1mcp.json:4', '`restartOnExit` of server `files`'), meaningless('1mcp.json:7', '`maxRestarts` of server `list`')]))
  })

  it('but a document of ours with a section that a client has, too, stays ours', () => {
    folder.write('own.json', JSON.stringify({ mcpServers: {}, security: {}, providers: {} }))
    expect(() => loadConfig(folder.options({ explicitPath: 'own.json' }))).toThrow(/`security` is not known/)
  })
})
