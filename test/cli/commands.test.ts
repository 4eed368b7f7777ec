import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCliFolder, runCli, type CliFolder, type CliOutcome } from './run-cli.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const run = (args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<CliOutcome> => runCli(args, { cwd: folder.path, environment })
const json = (text: string): unknown => JSON.parse(text)
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? ''

describe('trunkline', () => {
  it('prints its version alone', async () => {
    for (const args of [['--version'], ['-V'], ['version']]) {
      expect(await run(args)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\S*\n$/) as string, stderr: '' })
    }
    const { stdout } = await run(['version', '--json'])
    expect(json(stdout)).toMatchObject({ version: expect.any(String) as string, node: process.versions.node })
  })

  it('begins every help with two examples', async () => {
    const commands = ['serve', 'stdio', 'servers', 'tools', 'call', 'config', 'doctor', 'sim', 'version']
    for (const args of [['--help'], ...commands.map((command) => [command, '--help']), ['config', 'validate', '--help'], ['servers', 'list', '--help'], ['tools', 'list', '--help']]) {
      const { code, stdout } = await run(args)
      expect(code, args.join(' ')).toBe(0)
      expect(stdout, args.join(' ')).toMatch(/^Examples:\n {2}trunkline.*\n {2}trunkline/)
    }
  })

  it.each([
    [['confg', 'show'], 'There is no command `confg`.', 'Did you mean `config`?'],
    [['zzz'], 'There is no command `zzz`.', 'See `trunkline --help`.'],
    [['serve', '--prot', '1'], /unknown option '--prot'/, undefined],
    [['serve', '--port', 'x'], 'Expected `--port` to be 1–65535, got `x`.', undefined],
    [['call'], /missing required argument/, undefined],
    [['call', 'no-slash'], 'Expected `server/tool`, got `no-slash`.', undefined],
    [['call', 'a/b', '--args-json', '[1]'], 'Expected `--args-json` to be a JSON object such as `{"a":1}`.', undefined],
    [['call', 'a/b', '--timeout', 'soon'], 'Expected `--timeout` to be a duration such as `30s`, got `soon`.', undefined],
    [['servers', '--url', 'ftp://x'], 'Expected `--url` to be an http or https address, got `ftp://x`.', undefined],
    [['servers', '--key-file', 'nowhere'], 'The key file nowhere cannot be read (ENOENT).', undefined],
  ])('answers %j with exit code 2', async (args, message, hint) => {
    const plain = await run(args)
    expect(plain).toMatchObject({ code: 2, stdout: '' })
    const asJson = await run([...args, '--json'])
    expect(asJson).toMatchObject({ code: 2, stdout: '' })
    const { error } = json(lastLine(asJson.stderr)) as { error: { message: string; hint?: string } }
    if (typeof message === 'string') expect(error.message).toBe(message)
    else expect(error.message).toMatch(message)
    if (hint !== undefined) expect(error.hint).toBe(hint)
    expect(plain.stderr).toContain(error.message)
  })
})

describe('trunkline config', () => {
  it('validates: 0 with warnings on stderr, 2 with every issue', async () => {
    folder.write('trunkline.yaml', 'mcpServers: { a: { command: "${MISSING}" } }\n')
    const good = await run(['config', 'validate'])
    expect(good).toMatchObject({ code: 0, stdout: `${folder.path}/trunkline.yaml is valid, with 1 warnings.\n` })
    expect(good.stderr).toMatch(/^warning: \S+trunkline\.yaml:1:29 `mcpServers\.a` is disabled: The variable `MISSING` is not set\./)
    folder.write('trunkline.yaml', 'server: { prot: 1, host: 3 }\n')
    const bad = await run(['config', 'validate', '--json'])
    expect(bad).toMatchObject({ code: 2, stdout: '' })
    expect(json(lastLine(bad.stderr))).toMatchObject({
      error: { code: 'config_invalid', issues: [{ line: 1, column: 11, hint: 'Did you mean `port`?' }, { line: 1, column: 26 }] },
    })
  })

  it('shows what is used, with secrets masked', async () => {
    folder.write(
      'trunkline.yaml',
      `auth: { keys: [ { name: a, key: canary-key } ] }
providers: { p: { kind: openai, apiKey: canary-provider, headers: { X-K: canary-header } } }
mcpServers:
  a: { command: x, env: { TOKEN: canary-env } }
  b: { url: "https://user:canary-user@b.example/mcp?token=canary-query", headers: { Authorization: canary-bearer } }
`,
    )
    for (const args of [['config', 'show'], ['config', 'show', '--json'], ['config', 'show', '--sources', '--json'], ['doctor', '--json']]) {
      const { stdout, stderr } = await run(args)
      expect(stdout.length, args.join(' ')).toBeGreaterThan(100)
      expect(stdout + stderr, args.join(' ')).not.toContain('canary')
    }
    const { stdout } = await run(['config', 'show', '--json'])
    expect(json(stdout)).toMatchObject({ format: 'trunkline', server: { port: 4747 }, mcpServers: { a: { transport: { env: { TOKEN: '[redacted]' } } } } })
  })

  it('says where values come from', async () => {
    folder.write('trunkline.yaml', 'server: { host: localhost }\n')
    const { stdout } = await run(['config', 'show', '--sources', '--json'], { TRUNKLINE_PORT: '5000' })
    const { items, next } = json(stdout) as { items: { path: string; source: string }[]; next: null }
    expect(next).toBeNull()
    expect(items).toEqual(expect.arrayContaining([
      { path: 'server.host', source: 'document' },
      { path: 'server.port', source: 'environment' },
      { path: 'mcp.naming', source: 'default' },
    ]))
    expect((await run(['config', 'show', '--sources'])).stdout).toContain('server.host\tdocument\n')
  })

  it('prints the schema', async () => {
    expect(json((await run(['config', 'schema'])).stdout)).toMatchObject({ title: 'Trunkline configuration' })
  })
})

describe('trunkline doctor', () => {
  it('finds nothing where nothing is wrong', async () => {
    const { code, stdout, stderr } = await run(['doctor', '--json'], { TRUNKLINE_PORT: '0' })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const { items } = json(stdout) as { items: { id: string; status: string; evidence: string }[] }
    expect(items.map(({ id }) => id)).toEqual(['node', 'config', 'port', 'data', 'data-local', 'disk-space', 'server demo', 'provider demo'])
    expect(items.filter(({ status }) => status === 'problem')).toEqual([])
  })

  it('asks for no key where providers want none', async () => {
    folder.write('trunkline.yaml', 'version: 1\nproviders: { ollama: { kind: ollama }, groq: { kind: groq } }\n')
    const { stdout } = await run(['doctor', '--json'], { TRUNKLINE_PORT: '0' })
    const { items } = json(stdout) as { items: { id: string; status: string }[] }
    expect(items.filter(({ id }) => id.startsWith('provider ')).map(({ id, status }) => [id, status])).toEqual([['provider ollama', 'ok'], ['provider groq', 'problem']])
  })

  it('points at the line of a typo', async () => {
    folder.write('trunkline.yaml', 'version: 1\n\nserver: { prot: 4747 }\n')
    const { code, stdout, stderr } = await run(['doctor'])
    expect(code).toBe(9)
    expect(stdout).toContain(`✗ problem config: ${folder.path}/trunkline.yaml:3:11 \`prot\` is not known in \`server\`.\n            fix: Did you mean \`port\`?\n`)
    expect(stderr).toBe('trunkline: 1 of 2 checks found a problem.\n')
  })

  it('finds a taken port, missing programs and folders, a missing key, a folder it may not write', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    mkdirSync(join(folder.path, 'bin'))
    const data = folder.write('data', 'a file')
    folder.write(
      'trunkline.yaml',
      `server: { port: ${(taken.address() as AddressInfo).port} }
providers: { p: { kind: openai }, gap: { kind: openai, apiKey: "\${GAP}" }, local: { kind: openai-compatible, baseUrl: "http://127.0.0.1:9/v1" } }
mcpServers:
  missing: { command: no-such-program }
  here: { command: ${process.execPath} }
  lost: { command: ${process.execPath}, cwd: ${folder.path}/nowhere }
`,
    )
    const { code, stdout } = await run(['doctor', '--json', '--data', data])
    taken.close()
    expect(code).toBe(9)
    const { items } = json(stdout) as { items: { id: string; status: string; fix?: string }[] }
    const byStatus = (status: string): readonly string[] => items.filter((item) => item.status === status).map(({ id }) => id)
    expect(byStatus('problem')).toEqual(['port', 'data', 'server missing', 'server lost', 'provider p'])
    expect(byStatus('warning')).toEqual(expect.arrayContaining(['config', 'provider gap']))
    expect(items.every(({ status, fix }) => status === 'ok' || fix !== undefined)).toBe(true)
  })
})

describe('trunkline without a gateway', () => {
  it.each([['servers'], ['tools', 'list'], ['call', 'a/b']])('%s ends with 4 and says how to start one', async (...args) => {
    const { code, stderr, stdout } = await run([...args, '--url', 'http://127.0.0.1:1', '--json'])
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' })
    expect(json(lastLine(stderr))).toMatchObject({ error: { code: 'unreachable', hint: expect.stringContaining('serve') as string } })
  })
})
