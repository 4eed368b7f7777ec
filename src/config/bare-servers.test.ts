import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from './load-config.ts'
import type { LoadedConfig } from './loaded-config.ts'
import { createTestingFolder, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

function load(value: unknown, environment: Record<string, string> = {}): LoadedConfig {
  folder.write('client.json', JSON.stringify(value, null, 2))
  return loadConfig(folder.options({ explicitPath: 'client.json', environment }))
}

const transports = ({ config }: LoadedConfig): unknown => config.mcpServers.map(({ id, transport, enabled }) => ({ id, enabled, ...transport }))
const messages = ({ warnings }: LoadedConfig): readonly string[] => warnings.map(({ line, message }) => `${line} ${message}`)

describe('adaptBareServers', () => {
  it('takes a file of Claude Code, other sections and all', () => {
    const loaded = load({
      numStartups: 12,
      mcpServers: {
        files: { type: 'stdio', command: 'npx', args: ['-y', 'x'], env: { KEY: '${KEY:-none}' } },
        docs: { type: 'http', url: 'https://a.example/mcp', headers: { Authorization: 'Bearer ${TOKEN}' }, oauth: { clientId: 'x' } },
      },
    }, { TOKEN: 't' })
    expect(loaded.format).toBe('mcpServers')
    expect(transports(loaded)).toEqual([
      { id: 'files', enabled: true, kind: 'stdio', command: 'npx', args: ['-y', 'x'], env: { KEY: 'none' }, inheritEnv: [], cwd: undefined },
      { id: 'docs', enabled: true, kind: 'http', url: 'https://a.example/mcp', headers: { Authorization: 'Bearer t' } },
    ])
    expect(messages(loaded)).toEqual(['2 `numStartups` has no meaning here and is ignored.', '21 `oauth` of server `docs` has no meaning here and is ignored.'])
  })

  it('takes a file of Cursor with its variables and names', () => {
    const loaded = load({ mcpServers: { 'My Tools / Beta': { url: 'https://a.example/${env:PART}', headers: { 'X-Root': '${workspaceFolder}' }, auth: { scopes: [] } } } }, { PART: 'mcp' })
    expect(transports(loaded)).toMatchObject([{ id: 'My-Tools-Beta', kind: 'http', url: 'https://a.example/mcp', headers: { 'X-Root': folder.path } }])
    expect(messages(loaded)[0]).toBe('3 The server `My Tools / Beta` is called `My-Tools-Beta` here, because names are parts of addresses.')
  })

  it('takes a file of VS Code; an input that only it can ask for disables the server', () => {
    const loaded = load({ inputs: [{ id: 'key' }], servers: { a: { type: 'stdio', command: 'x', env: { K: '${input:key}' }, envFile: '.env' }, b: { type: 'http', url: 'http://b/mcp' } } })
    expect(loaded.config.mcpServers.map(({ id, enabled }) => [id, enabled])).toEqual([['a', false], ['b', true]])
    expect(loaded.warnings.map(({ disables }) => disables).filter(Boolean)).toEqual([{ kind: 'mcpServer', id: 'a' }])
  })

  it('takes entries as Codex writes them', () => {
    const loaded = load({
      mcp_servers: {
        a: { url: 'http://a/mcp', bearer_token_env_var: 'TOK', http_headers: { 'X-A': '1' }, env_http_headers: { 'X-B': 'TOK' }, tool_timeout_sec: 90, startup_timeout_sec: 20, enabled: false },
      },
    }, { TOK: 'secret' })
    expect(loaded.config.mcpServers[0]).toMatchObject({
      enabled: false,
      transport: { headers: { Authorization: 'Bearer secret', 'X-A': '1', 'X-B': 'secret' } },
      timeouts: { callMs: 90_000, connectMs: 20_000 },
    })
  })

  it('takes mcpo and 1MCP files', () => {
    const loaded = load({
      mcpServers: {
        sse: { type: 'sse', url: 'http://a/sse', disabledTools: ['x'] },
        stream: { type: 'streamable_http', url: 'http://a/mcp' },
        one: { transport: 'stdio', command: 'x', env: ['A=b=c'], tags: ['t'], timeout: 5000, connectionTimeout: 700, disabled: true },
      },
    })
    expect(transports(loaded)).toMatchObject([{ kind: 'sse' }, { kind: 'http' }, { kind: 'stdio', env: { A: 'b=c' }, enabled: false }])
    expect(loaded.config.mcpServers[2]).toMatchObject({ tags: ['t'], timeouts: { callMs: 5000, connectMs: 700 } })
  })

  it('takes the addresses of Gemini CLI and Windsurf', () => {
    const loaded = load({ mcpServers: { g: { httpUrl: 'http://g/mcp', headers: { K: '$TOK' }, trust: true }, w: { serverUrl: 'http://w/mcp' } } }, { TOK: 't' })
    expect(transports(loaded)).toMatchObject([{ kind: 'http', url: 'http://g/mcp', headers: { K: 't' } }, { kind: 'http', url: 'http://w/mcp' }])
  })

  it('keeps names apart that would become one', () => {
    expect(load({ mcpServers: { 'a b': { command: 'x' }, 'a/b': { command: 'y' } } }).config.mcpServers.map(({ id }) => id)).toEqual(['a-b', 'a-b-2'])
  })

  it('offers what the environment has, since such a file names no providers', () => {
    expect(load({ mcpServers: {} }, { OPENAI_API_KEY: 'k' }).config.providers.map(({ id }) => id)).toEqual(['openai', 'demo'])
  })

  it('leaves a document of ours to the strict reading, a misspelt section included', () => {
    const refusal = (value: unknown): string => {
      try {
        return load(value).format
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(refusal({ mcpServers: {}, provders: {} })).toContain('Did you mean `providers`?')
    expect(refusal({ version: 1, mcpServers: { a: { command: 'x', disabled: true } } })).toContain('`disabled` is not known in `mcpServers.a`. Write `enabled: false`.')
    expect(refusal({ mcpServers: { a: { command: 'x' } }, server: { port: 1 } })).toBe('trunkline')
  })

  it('takes a misspelt member for a mistake, not for another client’s word', () => {
    expect(() => load({ mcpServers: { a: { comand: 'x' } } })).toThrow(/client\.json:4:7 `comand` is not known in `mcpServers\.a`\. Did you mean `command`\?/)
    expect(() => load({ mcpServers: { a: { command: 'x', timeuots: {} } } })).toThrow(/Did you mean `timeouts`\?/)
  })

  it('says where an entry of a client is wrong', () => {
    expect(() => load({ mcpServers: { 'a b': { program: 'x' } } })).toThrow(/client\.json:3:5 `mcpServers\.a-b`: Expected a `command`/)
  })
})
