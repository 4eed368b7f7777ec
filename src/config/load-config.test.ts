import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from './config-error.ts'
import { loadConfig } from './load-config.ts'
import type { LoadConfigOptions } from './loaded-config.ts'
import { createTestingFolder, issuesOf, type TestingFolder } from './testing-folder.fixture.ts'

let folder: TestingFolder
beforeEach(() => {
  folder = createTestingFolder()
})
afterEach(() => folder[Symbol.dispose]())

const document = (text: string): LoadConfigOptions => {
  folder.write('trunkline.yaml', text)
  return folder.options()
}

describe('loadConfig without a document', () => {
  it('offers the demo server and the demo provider', () => {
    const { config, file, format, sources, warnings } = loadConfig(folder.options())
    expect(file).toBeUndefined()
    expect(format).toBe('none')
    expect(warnings).toEqual([])
    expect(config.mcpServers.map(({ id, transport }) => [id, transport])).toEqual([['demo', { kind: 'builtin', name: 'demo' }]])
    expect(config.providers.map(({ id, kind }) => [id, kind])).toEqual([['demo', 'demo']])
    expect(config.server).toMatchObject({ host: '127.0.0.1', port: 4747 })
    expect(sources.get('server.port')).toBe('default')
  })

  it('takes providers from well-known variables, the usual name before the old one', () => {
    const environment = { OPENAI_API_KEY: 'sk-1', OPEN_AI_API_KEY: 'sk-2', ANTHROPIC_API_KEY: 'sk-ant', GROQ_API_KEY: 'gk', OPENROUTER_API_KEY: ' ' }
    const { config, sources } = loadConfig(folder.options({ environment }))
    expect(config.providers.map(({ id, kind, baseUrl, apiKey }) => [id, kind, baseUrl, apiKey?.reveal()])).toEqual([
      ['openai', 'openai', 'https://api.openai.com/v1', 'sk-1'],
      ['anthropic', 'anthropic', 'https://api.anthropic.com/v1', 'sk-ant'],
      ['groq', 'groq', 'https://api.groq.com/openai/v1', 'gk'],
      ['demo', 'demo', '', undefined],
    ])
    expect(sources.get('providers.groq')).toBe('environment')
    expect(loadConfig(folder.options({ environment: { OPEN_AI_API_KEY: 'sk-2' } })).config.providers[0]?.apiKey?.reveal()).toBe('sk-2')
  })

  it('watches the places where a document may appear', () => {
    expect(loadConfig(folder.options()).watchPaths).toContain(join(folder.path, 'trunkline.yaml'))
  })
})

describe('loadConfig finds the document', () => {
  const yaml = (port: number): string => `server: { port: ${port} }\n`
  const port = (options: LoadConfigOptions): number => loadConfig(options).config.server.port

  it('at --config, then $TRUNKLINE_CONFIG, then here, then at home', () => {
    folder.write('home/.config/trunkline/trunkline.yaml', yaml(4))
    expect(port(folder.options())).toBe(4)
    folder.write('trunkline.jsonc', '{ "server": { "port": 3 } } // here')
    expect(port(folder.options())).toBe(3)
    folder.write('other/of-variable.yml', yaml(2))
    const environment = { TRUNKLINE_CONFIG: 'other/of-variable.yml' }
    expect(port(folder.options({ environment }))).toBe(2)
    folder.write('of-flag.json', '{ "server": { "port": 1, }, }')
    expect(port(folder.options({ environment, explicitPath: 'of-flag.json' }))).toBe(1)
  })

  it.each(['trunkline.yaml', 'trunkline.yml', 'trunkline.json', 'trunkline.jsonc'])('named %s', (name) => {
    folder.write(name, '{"server": {"port": 5}}')
    expect(port(folder.options())).toBe(5)
  })

  it('and refuses one that was asked for and is not there', () => {
    expect(issuesOf(folder.options({ explicitPath: 'nowhere.yaml' }))).toEqual(['0:0 The file does not exist.'])
    expect(issuesOf(folder.options({ environment: { TRUNKLINE_CONFIG: '.' } }))).toEqual(['0:0 This is a folder, not a file.'])
    folder.write('ours.toml', '[server]\nport = 1')
    expect(issuesOf(folder.options({ explicitPath: 'ours.toml' }))).toEqual(['1:1 Expected YAML, JSON or JSONC: of TOML files only those of Codex, with `[mcp_servers.…]`, are read.'])
  })

  it('and takes an empty one for one without settings', () => {
    const { format, config } = loadConfig(document('# nothing yet\n'))
    expect(format).toBe('trunkline')
    expect(config.mcpServers).toEqual([])
    expect(loadConfig(document('mcpServers:\nproviders:\n')).config.mcpServers).toEqual([])
  })
})

describe('loadConfig reads entities', () => {
  it('servers in every form', () => {
    const { config } = loadConfig(
      document(`
mcpServers:
  files: { command: npx, args: [-y, 3000, true], env: { PORT: 80 }, cwd: /tmp, tags: [a], inheritEnv: [LANG] }
  web: { url: "https://example.com/mcp", headers: { Authorization: Bearer x } }
  typed: { type: streamableHttp, url: "http://a/mcp" }
  dashed: { type: streamable-http, url: "http://a/mcp", era: modern }
  old: { type: sse, url: "http://a/sse", timeouts: { connect: 5s, call: 2m } }
  demo: { builtin: demo, enabled: false }
`),
    )
    expect(config.mcpServers.map(({ id, transport }) => [id, transport])).toEqual([
      ['files', { kind: 'stdio', command: 'npx', args: ['-y', '3000', 'true'], env: { PORT: '80' }, cwd: '/tmp', inheritEnv: ['LANG'] }],
      ['web', { kind: 'http', url: 'https://example.com/mcp', headers: { Authorization: 'Bearer x' } }],
      ['typed', { kind: 'http', url: 'http://a/mcp', headers: {} }],
      ['dashed', { kind: 'http', url: 'http://a/mcp', headers: {} }],
      ['old', { kind: 'sse', url: 'http://a/sse', headers: {} }],
      ['demo', { kind: 'builtin', name: 'demo' }],
    ])
    expect(config.mcpServers[4]?.timeouts).toEqual({ connectMs: 5000, callMs: 120_000, listMs: 10_000 })
    expect(config.mcpServers[3]?.era).toBe('modern')
    expect(config.mcpServers[5]).toMatchObject({ enabled: false })
    expect(config.mcpServers[5]).not.toHaveProperty('disabledReason')
  })

  it('providers, with longer patience for a model on this machine', () => {
    const { config, providersAreDiscovered } = loadConfig(
      document(`
providers:
  remote: { kind: openai, apiKey: key, parameters: { temperature: 0, nested: { a: [1] } } }
  local: { kind: openai-compatible, baseUrl: "http://127.0.0.1:11434/v1/", models: [a] }
`),
    )
    expect(providersAreDiscovered).toBe(false)
    expect(config.providers[0]).toMatchObject({ baseUrl: 'https://api.openai.com/v1', parameters: { temperature: 0, nested: { a: [1] } }, timeouts: { connectMs: 10_000, firstTokenMs: 60_000, idleMs: 120_000 } })
    expect(config.providers[1]).toMatchObject({ baseUrl: 'http://127.0.0.1:11434/v1', apiKey: undefined, models: ['a'], timeouts: { firstTokenMs: 600_000 } })
  })

  it('routes as trees, the provider ending at the first slash', () => {
    const { config } = loadConfig(
      document(`
providers: { a: { kind: demo }, b: { kind: demo } }
models:
  plain: a/meta/llama-4
  smart: { strategy: fallback, targets: [ a/x, { model: b/y, weight: 2 }, { strategy: weighted, weight: 3, targets: [b/z] } ] }
`),
    )
    expect(config.models[0]).toEqual({ id: 'plain', publicModel: 'plain', root: { kind: 'target', provider: 'a', model: 'meta/llama-4' } })
    expect(config.models[1]?.root).toEqual({
      kind: 'fork',
      strategy: 'fallback',
      ways: [
        { weight: 1, to: { kind: 'target', provider: 'a', model: 'x' } },
        { weight: 2, to: { kind: 'target', provider: 'b', model: 'y' } },
        { weight: 3, to: { kind: 'fork', strategy: 'weighted', ways: [{ weight: 1, to: { kind: 'target', provider: 'b', model: 'z' } }] } },
      ],
    })
  })

  it('equal entries as equal definitions, so that a reload leaves them running', () => {
    const text = 'mcpServers: { a: { command: x, env: { A: "1" } } }\n'
    expect(loadConfig(document(text)).config.mcpServers).toEqual(loadConfig(document(`# touched\n${text}`)).config.mcpServers)
  })

  it('merge keys, anchors and x- members', () => {
    const { config } = loadConfig(
      document(`
x-common: &common { command: node, tags: [shared], x-note: { any: thing } }
server: { x-why: because, port: 5000 }
mcpServers:
  x-files: { <<: *common, args: [a], headers: }
`.replace(', headers: ', ' ')),
    )
    expect(config.server.port).toBe(5000)
    expect(config.mcpServers).toMatchObject([{ id: 'x-files', tags: ['shared'], transport: { command: 'node', args: ['a'] } }])
  })

  it('headers whose names begin with x-', () => {
    const { config } = loadConfig(document('mcpServers: { a: { url: "http://a", headers: { x-api-key: k } } }'))
    expect(config.mcpServers[0]?.transport).toMatchObject({ headers: { 'x-api-key': 'k' } })
  })
})

describe('loadConfig stacks layers', () => {
  const settings = 'server: { port: 1001, host: localhost }\ntelemetry: { level: warn }\n'

  it('defaults < document < overlay < environment < flags, and says which it was', () => {
    const overlay = (values: string): string => `version: 1\nvalues: ${values}\n`
    const options = { ...document(settings), environment: { TRUNKLINE_DATA: 'data' } }
    folder.write('data/runtime.yaml', overlay('{ server: { port: 1002 } }'))
    const port = (more: LoadConfigOptions): unknown => {
      const { config, sources } = loadConfig(more)
      return [config.server.port, sources.get('server.port')]
    }
    expect(port(document(settings))).toEqual([1001, 'document'])
    expect(port(options)).toEqual([1002, 'overlay'])
    const environment = { ...options.environment, TRUNKLINE_SERVER__PORT: '1003' }
    expect(port({ ...options, environment })).toEqual([1003, 'environment'])
    expect(port({ ...options, environment, flags: { port: 1004 } })).toEqual([1004, 'flag'])
    const { config, sources } = loadConfig({ ...options, environment, flags: { port: 1004 } })
    expect([config.server.host, config.telemetry.level, config.dataDirectory]).toEqual(['localhost', 'warn', join(folder.path, 'data')])
    expect([sources.get('server.host'), sources.get('server.drainTimeout'), sources.get('dataDirectory')]).toEqual(['document', 'default', 'environment'])
  })

  it('reads every setting’s variable, lists by commas, and the short names', () => {
    const environment = {
      TRUNKLINE_SERVER__ALLOWED_HOSTS: 'a.example, b.example',
      TRUNKLINE_SERVER__LIMITS__BODY_BYTES: '1MB',
      TRUNKLINE_SERVER__DRAIN_TIMEOUT: '5s',
      TRUNKLINE_MCP__NAMING: 'bare',
      TRUNKLINE_HOST: 'localhost',
      TRUNKLINE_PORT: '7000',
      TRUNKLINE_LOG_LEVEL: 'debug',
      TRUNKLINE_LOG_FORMAT: 'json',
    }
    const { config, warnings } = loadConfig(folder.options({ environment }))
    expect(config.server).toMatchObject({ host: 'localhost', port: 7000, allowedHosts: ['a.example', 'b.example'], drainTimeoutMs: 5000, limits: { bodyBytes: 1_048_576 } })
    expect(config.mcp.naming).toBe('bare')
    expect(config.telemetry).toEqual({ level: 'debug', format: 'json' })
    expect(warnings).toEqual([])
  })

  it('lets the exact variable win over the short one, in either order', () => {
    const names = [['TRUNKLINE_PORT', '1'], ['TRUNKLINE_SERVER__PORT', '2']] as const
    for (const order of [names, names.toReversed()]) expect(loadConfig(folder.options({ environment: Object.fromEntries(order) })).config.server.port).toBe(2)
  })

  it('grants one key of the environment every scope, beside those of the document', () => {
    const options = document('auth: { keys: [ { name: ci, key: 12345678, scopes: [tools:use] } ] }'.replace('12345678', '"12345678"'))
    const { config } = loadConfig({ ...options, environment: { TRUNKLINE_API_KEY: 'from-environment' } })
    expect(config.auth.keys.map(({ name, key, scopes }) => [name, key.reveal(), scopes.length])).toEqual([['ci', '12345678', 1], ['environment', 'from-environment', 4]])
  })

  it('warns of a variable that means nothing, with the nearest', () => {
    const { warnings } = loadConfig(folder.options({ environment: { TRUNKLINE_SERVER__PROT: '1' } }))
    expect(warnings).toMatchObject([{ file: 'environment TRUNKLINE_SERVER__PROT', hint: 'Did you mean `TRUNKLINE_SERVER__PORT`?' }])
  })

  it('switches entities by the overlay and forgets switches of entities that are gone', () => {
    const options = document('mcpServers: { a: { command: x } }')
    const data = { ...options, flags: { data: 'd' } }
    folder.write('d/runtime.yaml', 'version: 1\nvalues: { mcpServers: { a: { enabled: false }, gone: { enabled: false } } }\n')
    const { config, warnings, sources } = loadConfig(data)
    expect(config.mcpServers).toMatchObject([{ id: 'a', enabled: false }])
    expect(warnings.map(({ message }) => message)).toEqual(['The switch for `mcpServers.gone` has no effect, because the document has no such entry.'])
    expect(sources.get('mcpServers.a.enabled')).toBe('overlay')
  })

  it.each(['{ not yaml', 'version: 7\nvalues: {}', '- a list', 'version: 1'])('sets a corrupt overlay aside and begins a new one: %s', (text) => {
    folder.write('d/runtime.yaml', text)
    const options = folder.options({ flags: { data: 'd' } })
    expect(loadConfig(options).warnings).toMatchObject([{ message: expect.stringContaining('was kept as') as string }])
    const names = readdirSync(join(folder.path, 'd'))
    const kept = names.find((name) => name.startsWith('runtime.yaml.corrupt-')) ?? ''
    expect(readFileSync(join(folder.path, 'd', kept), 'utf8')).toBe(text)
    expect(loadConfig(options).warnings).toEqual([])
  })

  it('leaves a corrupt overlay where it is when it only looks', () => {
    const file = folder.write('d/runtime.yaml', '- a list')
    expect(loadConfig(folder.options({ flags: { data: 'd' }, isReadOnly: true })).warnings).toMatchObject([{ file, message: expect.stringContaining('the next start') as string }])
    expect(readdirSync(join(folder.path, 'd'))).toEqual(['runtime.yaml'])
  })

  it('takes no ${…} out of an overlay, the environment or a flag', () => {
    folder.write('d/runtime.yaml', 'version: 1\nvalues: { server: { allowedHosts: ["${SECRET}"] } }')
    const environment = { SECRET: 'leaked', TRUNKLINE_SERVER__ALLOWED_ORIGINS: 'http://${SECRET}' }
    const { config } = loadConfig(folder.options({ environment, flags: { data: 'd' } }))
    expect(config.server.allowedHosts).toEqual(['${SECRET}'])
    expect(JSON.stringify(config)).not.toContain('leaked')
  })
})

describe('loadConfig fills gaps', () => {
  it('disables a server or a provider whose variable is not set, and says where', () => {
    const { config, warnings, file } = loadConfig(
      document(`mcpServers:
  ok: { command: x }
  gap: { url: "\${MISSING_URL}/mcp" }
  off: { command: "\${ALSO_MISSING}", enabled: false }
providers:
  p: { kind: openai, apiKey: "\${MISSING_KEY}" }
`),
    )
    expect(config.mcpServers.map(({ id, enabled, disabledReason }) => [id, enabled, disabledReason])).toEqual([
      ['ok', true, undefined],
      ['gap', false, 'The variable `MISSING_URL` is not set.'],
      ['off', false, undefined],
    ])
    expect(config.providers).toMatchObject([{ id: 'p', enabled: false, disabledReason: 'The variable `MISSING_KEY` is not set.' }])
    expect(warnings).toEqual([
      { file, line: 3, column: 15, message: '`mcpServers.gap` is disabled: The variable `MISSING_URL` is not set.', hint: 'Set it, or write `${MISSING_URL:-default}`.', disables: { kind: 'mcpServer', id: 'gap' } },
      { file, line: 6, column: 30, message: '`providers.p` is disabled: The variable `MISSING_KEY` is not set.', hint: 'Set it, or write `${MISSING_KEY:-default}`.', disables: { kind: 'provider', id: 'p' } },
    ])
  })

  it('refuses a gap anywhere else', () => {
    expect(issuesOf(document('auth: { keys: [ { name: a, key: "${NO_KEY}" } ] }'))).toContain('1:33 The variable `NO_KEY` is not set. (Set it, or write `${NO_KEY:-default}`.)')
  })

  it('uses variables for numbers and switches as well', () => {
    const options = document('server: { port: "${P:-5001}", drainTimeout: "${D}" }\nmcpServers: { a: { command: x, enabled: "${ON}" } }')
    const { config } = loadConfig({ ...options, environment: { D: '3s', ON: 'false' } })
    expect([config.server.port, config.server.drainTimeoutMs, config.mcpServers[0]?.enabled]).toEqual([5001, 3000, false])
  })

  it('drops the routes of a discovered provider that is not here, with a warning', () => {
    const { config, warnings } = loadConfig(document('models: { a: groq/x, b: demo/echo }'))
    expect(config.models.map(({ publicModel }) => publicModel)).toEqual(['b'])
    expect(warnings).toMatchObject([{ line: 1, message: '`models.a` names the provider `groq`, which is not configured.' }])
  })
})

describe('loadConfig refuses', () => {
  it('everything that is wrong at once, with places and the nearest words', () => {
    const text = `version: 1
server: { prot: 4747, port: 99999, host: [] }
mcpServers:
  files:
    comand: npx
  both: { command: x, url: "http://a" }
  none: {}
  mixed: { url: "http://a", args: [x] }
  typed: { type: http, command: x }
  "a b": { command: x }
  presets: { command: x }
providers:
  openai: { kind: opnai, apiKey: hidden-value, timeouts: { connect: soon } }
  far: { kind: openai-compatible }
models:
  a: 7
  b: { strategy: fallback, targets: [ { modl: a/b } ] }
  c: { strategy: fastest, targets: [ a/b ] }
budgets: [ { limit: 1 } ]
`
    expect(issuesOf(document(text))).toEqual([
      '2:11 `prot` is not known in `server`. (Did you mean `port`?)',
      '2:29 Expected `server.port` to be 1–65535, got `99999`.',
      '2:42 Expected `server.host` to be a host name or an IP address, got a list.',
      '5:5 `comand` is not known in `mcpServers.files`. (Did you mean `command`?)',
      '6:23 `mcpServers.both.url`: Expected one of `command`, `url`, `spec` and `builtin`, found `command` and `url`.',
      '7:3 `mcpServers.none`: Expected a `command` to start or a `url` to connect to, found neither.',
      '8:29 `mcpServers.mixed.args`: `args` belongs to servers with a `command`; this one has `url`.',
      '9:12 `mcpServers.typed.type`: `type: http` needs a `url`, found `command`.',
      '10:3 Expected the name `a b` to be 1–64 letters, digits, `.`, `_` or `-`, starting with a letter or digit.',
      '11:3 Expected the name `presets` to be another name; this one is a path of the gateway.',
      '13:19 Expected `providers.openai.kind` to be one of `openai`, `openai-compatible`, `anthropic`, `anthropic-compatible`, `google`, `openrouter`, `minimax`, `glm`, `groq`, `deepseek`, `mistral`, `ollama`, `demo`, got `opnai`.',
      '13:69 Expected `providers.openai.timeouts.connect` to be a duration such as `30s`, `10m` or milliseconds, got `soon`.',
      '14:3 `providers.far`: A provider of kind `openai-compatible` needs a `baseUrl`.',
      '16:6 Expected `models.a` to be `provider/model` or the name of a public model, got `7`.',
      '17:41 `modl` is not known in `models.b.targets[0]`. (Did you mean `model`?)',
      '18:18 Expected `models.c.strategy` to be one of `fallback`, `weighted`, `roles`, got `fastest`.',
      '19:10 Expected `budgets` to be left out, because this version does not have it yet, got a list.',
    ])
  })

  it('what JSON says at the same places', () => {
    folder.write('trunkline.json', '{\n  // comment\n  "server": { "port": "x" },\n  "mcpServer": {}\n}')
    expect(issuesOf(folder.options())).toEqual(['3:23 Expected `server.port` to be 1–65535, got `x`.', '4:3 `mcpServer` is not known at the top of a configuration. (Did you mean `mcpServers`?)'])
  })

  it('a document that does not parse, at every broken place', () => {
    expect(issuesOf(document('server: { port: 1\nmcpServers: {}\n'))[0]).toMatch(/^\d+:\d+ This is not YAML: /)
    expect(issuesOf(document('server: {}\nserver: {}\n'))).toEqual(['2:1 This is not YAML: Map keys must be unique.'])
    folder.write('bad.json', '{ "a": , }\n')
    expect(issuesOf(folder.options({ explicitPath: 'bad.json' }))).toEqual(['1:8 This is not JSON: value expected.'])
    folder.write('twice.json', '{ "mcpServers": { "a": {"command":"x"},\n "a": {"command":"y"} } }')
    expect(issuesOf(folder.options({ explicitPath: 'twice.json' }))).toEqual(['2:2 The name `a` is used twice.'])
    expect(issuesOf(document('- a\n'))).toEqual(['1:1 Expected a map of sections such as `mcpServers` and `providers`.'])
  })

  it('an alias bomb', () => {
    const levels = Array.from({ length: 12 }, (_, level) => `l${level + 1}: &l${level + 1} [${Array.from({ length: 10 }, () => `*l${level}`).join(', ')}]`)
    expect(issuesOf(document(`l0: &l0 [x]\n${levels.join('\n')}\n`))[0]).toContain('This YAML cannot be used')
  })

  it('values of the environment and of flags by their names', () => {
    const messages = (options: Partial<LoadConfigOptions>): unknown => {
      try {
        return loadConfig(folder.options(options))
      } catch (error) {
        return (error as ConfigError).message
      }
    }
    expect(messages({ environment: { TRUNKLINE_PORT: 'many' } })).toContain('environment TRUNKLINE_PORT Expected `server.port` to be 1–65535, got `many`.')
    expect(messages({ flags: { logLevel: 'loud' } })).toContain('flag --log-level Expected `telemetry.level` to be one of `debug`')
  })

  it('an address that others reach without a key, saying how to go on', () => {
    const options = document('server: { host: 0.0.0.0 }')
    expect(issuesOf(options)).toEqual([
      '1:17 Others can reach `0.0.0.0`, and no key is configured. (Set `TRUNKLINE_API_KEY` or `auth.keys`; or, to serve everybody, `server.allowUnauthenticatedNetwork: true`.)',
    ])
    expect(loadConfig({ ...options, environment: { TRUNKLINE_API_KEY: 'a-long-key' } }).config.server.host).toBe('0.0.0.0')
    expect(loadConfig(document('server: { host: 0.0.0.0, allowUnauthenticatedNetwork: true }')).config.server.host).toBe('0.0.0.0')
  })

  it('targets of unknown providers and names given to two keys', () => {
    expect(issuesOf(document('providers: { openai: { kind: demo } }\nmodels: { a: opneai/x }'))).toEqual(['2:14 `models.a` names the provider `opneai`, which is not configured. (Did you mean `openai`?)'])
    expect(issuesOf(document('auth:\n  keys:\n    - { name: a, key: 12345678x }\n    - { name: a, key: 12345678y }'))).toEqual(['4:15 The name `a` is used for two keys.'])
  })

  it('header values that would split a request', () => {
    expect(issuesOf(document('mcpServers: { a: { url: "http://a", headers: { X-A: "1\\r\\nX-B: 2" } } }'))).toEqual([
      '1:53 Expected `mcpServers.a.headers.X-A` to be one line, got a value that is not shown here.',
    ])
  })
})

describe('loadConfig keeps secrets', () => {
  const canary = 'canary-7f3a'

  it('out of everything that prints', () => {
    const options = document(`
auth: { keys: [ { name: a, key: "\${C}-long" } ] }
providers: { p: { kind: openai, apiKey: "\${C}" } }
`)
    const { config, warnings, sources } = loadConfig({ ...options, environment: { C: canary } })
    expect(config.providers[0]?.apiKey?.reveal()).toBe(canary)
    for (const printed of [inspect({ config, warnings, sources }, { depth: 9 }), JSON.stringify({ config, warnings })]) expect(printed).not.toContain(canary)
  })

  it('out of complaints about them, where the written form is shown instead', () => {
    const options = { ...document('server: { port: "${C}" }\nproviders: { p: { kind: openai, apiKey: [ "${C}" ], baseUrl: "${C}" } }'), environment: { C: canary } }
    expect(() => loadConfig(options)).toThrow(ConfigError)
    const text = issuesOf(options).join('\n')
    expect(text).toContain('got `${C}`')
    expect(text).not.toContain(canary)
  })

  it('readable only when the file is', () => {
    mkdirSync(join(folder.path, 'd'))
    const file = folder.write('secret.txt', `${canary}\n`)
    chmodSync(file, 0o600)
    const { config, watchPaths } = loadConfig(document('providers: { p: { kind: openai, apiKey: "${file:secret.txt}" } }'))
    expect(config.providers[0]?.apiKey?.reveal()).toBe(canary)
    expect(watchPaths).toContain(file)
    expect(existsSync(file)).toBe(true)
  })
})
