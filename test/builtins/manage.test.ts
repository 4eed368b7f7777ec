import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { until } from '../support/until.ts'
import { startManageGateway, type ManageGateway } from './support/manage-gateway.ts'

const BIN = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url))
const MANAGEMENT = ['disable', 'edit', 'enable', 'list', 'reload', 'restart', 'status', 'usage']

let gateway: ManageGateway
afterEach(async () => {
  await gateway[Symbol.asyncDispose]()
})

const echo = { command: process.execPath, args: [testServerPath('echo')] }
const withManage = (manage: object, servers: object = {}): object => ({ mcpServers: { demo: { builtin: 'demo' }, ...servers, manage: { builtin: 'manage', manage } } })

async function open(manage: object, servers: object = {}, environment: Readonly<Record<string, string>> = {}): Promise<Awaited<ReturnType<ManageGateway['connect']>>> {
  gateway = await startManageGateway(withManage(manage, servers), environment)
  return gateway.connect()
}

describe('the categories of `manage`', () => {
  it.each<[object, readonly string[]]>([
    [{ categories: ['management'] }, MANAGEMENT],
    [{ categories: ['safe'] }, ['list', 'registry_info', 'registry_search', 'status', 'usage']],
    [{ categories: ['discovery'] }, ['registry_info', 'registry_search']],
    [{ categories: ['installation'], registry: { url: 'http://127.0.0.1:9/' } }, ['install', 'uninstall', 'update']],
    [{ chat: true }, ['chat_config', 'reset_chat_config', 'set_chat_config']],
  ])('%j offers %j and nothing else', async (manage, names) => {
    const client = await open(manage)
    expect((await client.names()).toSorted()).toEqual(names)
  })

  it('are named under the server where several are seen as one, and say of themselves what they do', async () => {
    await open({ categories: ['management', 'installation'], chat: true })
    const all = await gateway.connect('/mcp')
    const { tools } = await all.client.listTools()
    const hints = Object.fromEntries(tools.filter(({ name }) => name.startsWith('manage__')).map(({ name, annotations }) => [name.slice(8), [annotations?.readOnlyHint, annotations?.destructiveHint, annotations?.idempotentHint]]))
    expect(hints).toEqual({
      list: [true, false, true], status: [true, false, true], usage: [true, false, true], chat_config: [true, false, true],
      enable: [false, false, true], disable: [false, true, true], restart: [false, true, false], reload: [false, true, true], edit: [false, true, true],
      install: [false, false, false], uninstall: [false, true, true], update: [false, true, true], set_chat_config: [false, false, true], reset_chat_config: [false, true, true],
    })
    for (const { name, inputSchema, outputSchema } of tools) if (name.startsWith('manage__')) expect([name, inputSchema.type, outputSchema?.type]).toEqual([name, 'object', 'object'])
  })

  it('are refused by the configuration when nothing is asked for', async () => {
    await expect(startManageGateway(withManage({}))).rejects.toThrow(/categories/)
    gateway = await startManageGateway(withManage({ categories: ['safe'] }))
  })
})

describe('who may manage', () => {
  const keys = [
    { name: 'admin', key: 'sk-admin-000000', scopes: ['tools:use', 'admin:read', 'admin:write'] },
    { name: 'auditor', key: 'sk-auditor-0000', scopes: ['tools:use', 'admin:read'] },
    { name: 'user', key: 'sk-user-0000000', scopes: ['tools:use'] },
  ]

  it('sees and calls only what the scopes of its key allow, on every way to tools', async () => {
    gateway = await startManageGateway({ ...withManage({ categories: ['management'] }), auth: { keys } })
    const [admin, auditor, user] = await Promise.all(keys.map(({ key }) => gateway.connect('/mcp/manage', key)))
    expect((await admin?.names())?.toSorted()).toEqual(MANAGEMENT)
    expect((await auditor?.names())?.toSorted()).toEqual(['list', 'status', 'usage'])
    expect(await user?.names()).toEqual([])
    await expect(auditor?.call('disable', { server: 'demo' })).rejects.toThrow(/Unknown tool/)
    await expect(user?.call('list')).rejects.toThrow(/Unknown tool/)

    const everything = await gateway.connect('/mcp', 'sk-user-0000000')
    expect((await everything.names()).filter((name) => name.startsWith('manage'))).toEqual([])
    expect((await everything.names()).length).toBeGreaterThan(0)
    const over = async (key: string): Promise<number> => (await fetch(`${gateway.url}/tools/manage/disable`, { method: 'POST', headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' }, body: '{"server":"demo"}' })).status
    expect(await over('sk-user-0000000')).toBe(404)
    expect(await over('sk-auditor-0000')).toBe(404)
    expect((await admin?.call('list'))?.text).toContain('- demo: ready')
    expect(await over('sk-admin-000000')).toBe(200)
  })

  it('does not become more by other annotations in the configuration', async () => {
    const tools = { disable: { annotations: { readOnlyHint: true } } }
    gateway = await startManageGateway({ mcpServers: { demo: { builtin: 'demo' }, manage: { builtin: 'manage', manage: { categories: ['management'] }, tools } }, auth: { keys } })
    expect(await (await gateway.connect('/mcp/manage', 'sk-auditor-0000')).names()).not.toContain('disable')
  })
})

describe('the management tools', () => {
  it('list and tell servers without their secrets (T11)', async () => {
    const client = await open(
      { categories: ['management'] },
      {
        secretive: { command: process.execPath, args: ['-e', '0', '--api-key', 'hunter2hunter2', 'TOKEN=abcdefgh1234', 'postgres://me:hunter3@host/db'], env: { PLAIN: 'plain-value-1234', REFERRED: '${CANARY}' }, enabled: false, tags: ['x'] },
        remote: { url: 'http://127.0.0.1:9/mcp?api_key=hunter4&page=2', headers: { Authorization: 'Bearer ${CANARY}', 'X-Other': 'hunter5-plain' }, enabled: false },
      },
      { CANARY: 'canary-of-the-environment' },
    )
    const { text, data } = await client.call('list')
    const whole = JSON.stringify(data) + text + JSON.stringify(await client.call('status'))
    for (const secret of ['hunter', 'canary-of', 'abcdefgh1234', 'plain-value-1234']) expect(whole).not.toContain(secret)
    expect(data['servers']).toMatchObject([
      { server: 'demo', source: 'document', enabled: true, builtin: 'demo', state: 'ready' },
      { server: 'secretive', enabled: false, command: process.execPath, args: ['-e', '0', '--api-key', '[redacted]', 'TOKEN=[redacted]', 'postgres://[redacted]@host/db'], env: { PLAIN: '[redacted]', REFERRED: '${CANARY}' }, tags: ['x'] },
      { server: 'remote', url: 'http://127.0.0.1:9/mcp?api_key=[redacted]&page=[redacted]', headers: { Authorization: 'Bearer ${CANARY}', 'X-Other': '[redacted]' } },
      { server: 'manage', builtin: 'manage' },
    ])
    expect((await client.call('list', { tag: 'x' })).data['servers']).toMatchObject([{ server: 'secretive' }])
    expect((await client.call('list', { enabled: false })).data['servers']).toHaveLength(2)
  })

  it('tell the gateway and one server, and what models were used for', async () => {
    const client = await open({ categories: ['management'] })
    const status = await client.call('status')
    expect(status.data['gateway']).toMatchObject({ status: 'ready', version: 'test', config: { file: gateway.document, generation: 1 } })
    expect((await client.call('status', { server: 'demo' })).data).toMatchObject({ servers: [{ server: 'demo', health: { state: 'ready', transport: 'builtin' } }] })
    expect((await client.call('usage', { since: '2026-01-01', until: '2026-02-01T00:00:00Z' })).data).toMatchObject({ items: [], total: { attempts: 0, costMicros: 0 } })
    expect(await client.call('usage', { since: 'yesterday' })).toMatchObject({ isError: true })
  })

  it('switch a server off and on for everybody, and say so to clients', async () => {
    const client = await open({ categories: ['management'] })
    const other = await gateway.connect('/mcp')
    expect(await other.names()).toContain('demo__echo')
    expect(await client.call('disable', { server: 'demo' })).toMatchObject({ isError: false, data: { server: 'demo', outcome: 'applied', changed: ['mcpServers.demo'] } })
    await until(() => other.listChanges > 0, 'the client was told')
    expect(await other.names()).not.toContain('demo__echo')
    expect((await client.call('disable', { server: 'demo' })).data).toMatchObject({ outcome: 'unchanged' })
    await gateway.restart()
    const again = await gateway.connect()
    expect((await again.call('list', { enabled: false })).data['servers']).toMatchObject([{ server: 'demo' }])
    expect((await again.call('enable', { server: 'demo' })).data).toMatchObject({ outcome: 'applied', server: { server: 'demo', enabled: true, state: 'ready' } })
    expect(await (await gateway.connect('/mcp')).names()).toContain('demo__echo')
  })

  it('restart a server', async () => {
    const notebook = { command: process.execPath, args: [testServerPath('notebook')] }
    const client = await open({ categories: ['management'] }, { notebook })
    // A tool of a server that was never listed is refused while it starts.
    const first = await gateway.connect('/mcp/notebook')
    await expect.poll(() => first.call('facts').catch(() => undefined)).toBeDefined()
    const before = await first.call('facts')
    expect((await client.call('restart', { server: 'notebook' })).data).toEqual({ server: 'notebook', state: 'ready' })
    const after = await (await gateway.connect('/mcp/notebook')).call('facts')
    expect(after.text).toMatch(/\d/)
    expect(after.text).not.toBe(before.text)
  })

  it('name what was probably meant, and leave those that manage alone', async () => {
    const client = await open({ categories: ['management'] })
    for (const name of ['enable', 'disable', 'restart', 'edit']) {
      expect(await client.call(name, { server: 'dmeo', ...(name === 'edit' ? { tags: ['x'] } : {}) })).toMatchObject({ isError: true, text: expect.stringContaining('Did you mean `demo`') as string })
      expect(await client.call(name, { server: 'manage', ...(name === 'edit' ? { tags: ['x'] } : {}) })).toMatchObject({ isError: true, text: expect.stringContaining('only changed by the operator') as string })
    }
    expect(await client.call('disable', { server: 'demo', surprise: 1 })).toMatchObject({ isError: true, text: expect.stringContaining('surprise') as string })
    expect(gateway.overlayText()).toBe('')
  })

  it('reload a document, and refuse a broken one without a loss', async () => {
    const client = await open({ categories: ['management'] })
    gateway.write(withManage({ categories: ['management'] }, { second: { builtin: 'demo' } }))
    expect((await client.call('reload')).data).toMatchObject({ outcome: 'applied', added: ['mcpServers.second'] })
    gateway.write('mcpServers: { demo: { builtin: demo, sped: 1 }\n')
    const refused = await client.call('reload')
    expect(refused).toMatchObject({ isError: true, data: { outcome: 'rejected' } })
    expect(refused.text).toMatch(/trunkline\.yaml:\d+:\d+/)
    expect((await client.call('list')).data['servers']).toHaveLength(3)
    expect(await (await gateway.connect('/mcp')).names()).toContain('second__echo')
    expect(await client.call('disable', { server: 'second' })).toMatchObject({ isError: true, data: { outcome: 'rejected' } })
    expect(gateway.overlayText()).toBe('')
  })

  it('edit a server over its entry in the document, whose file stays as it is', async () => {
    const client = await open({ categories: ['management'] }, { echo })
    const written = readFileSync(gateway.document, 'utf8')
    expect((await client.call('edit', { server: 'echo', tags: ['fast'], timeouts: { call: 5000 }, disabled_tools: ['who'] })).data).toMatchObject({ outcome: 'applied', server: { tags: ['fast'], state: 'ready' } })
    expect(await (await gateway.connect('/mcp/echo')).names()).not.toContain('who')
    expect((await client.call('edit', { server: 'echo', disabled_tools: null })).data).toMatchObject({ outcome: 'applied' })
    expect(await (await gateway.connect('/mcp/echo')).names()).toContain('who')
    expect(readFileSync(gateway.document, 'utf8')).toBe(written)
    expect(await client.call('edit', { server: 'echo' })).toMatchObject({ isError: true })
    expect(await client.call('edit', { server: 'echo', url: 'https://example.com/' })).toMatchObject({ isError: true, text: expect.stringContaining('no `url`') as string })
  })

  it('change no command, argument or variable unless the operator allows it (T1)', async () => {
    const client = await open({ categories: ['management'] }, { echo })
    for (const change of [{ command: 'sh' }, { args: ['-c', 'touch /tmp/x'] }, { env: { A: 'b' } }, { cwd: '/' }]) {
      expect(await client.call('edit', { server: 'echo', ...change })).toMatchObject({ isError: true, text: expect.stringContaining('`manage.allowCommands`') as string })
    }
    expect(gateway.overlayText()).toBe('')
  })

  it('change variables where that is allowed, with secrets by name only (T4)', async () => {
    const client = await open({ categories: ['management'], allowCommands: true, variables: ['ALLOWED_*'] }, { echo }, { ALLOWED_TOKEN: 'canary-allowed', OTHER: 'canary-other' })
    expect(await client.call('edit', { server: 'echo', env: { MY_TOKEN: 'hunter2' } })).toMatchObject({ isError: true, text: expect.stringContaining('is a secret') as string })
    expect(await client.call('edit', { server: 'echo', env: { X: '${OTHER}' } })).toMatchObject({ isError: true, text: expect.stringContaining('`manage.variables`') as string })
    expect(await client.call('edit', { server: 'echo', env: { X: '${file:/etc/passwd}' } })).toMatchObject({ isError: true })
    expect(await client.call('edit', { server: 'echo', env: { X: 'a\nb' } })).toMatchObject({ isError: true, text: expect.stringContaining('control character') as string })
    expect((await client.call('edit', { server: 'echo', env: { MY_TOKEN: '${ALLOWED_TOKEN}', PLAIN: 'just $HOME' } })).data).toMatchObject({ outcome: 'applied', server: { env: { MY_TOKEN: '${ALLOWED_TOKEN}', PLAIN: '[redacted]' } } })
    const seen = JSON.parse((await (await gateway.connect('/mcp/echo')).call('environment')).text) as Record<string, string>
    expect(seen).toMatchObject({ MY_TOKEN: 'canary-allowed', PLAIN: 'just $HOME' })
    expect(gateway.overlayText()).not.toContain('canary')
  })

  it('do not send credentials of the document to another host', async () => {
    const client = await open({ categories: ['management'], allowAddresses: ['127.0.0.1'] }, { remote: { url: 'http://127.0.0.1:9/mcp', headers: { Authorization: 'Bearer ${SECRET}' }, enabled: false } }, { SECRET: 'canary' })
    expect(await client.call('edit', { server: 'remote', url: 'http://127.0.0.1:8/mcp' })).toMatchObject({ isError: true, text: expect.stringContaining('credentials') as string })
    expect((await client.call('edit', { server: 'remote', url: 'http://127.0.0.1:9/other' })).data).toMatchObject({ outcome: 'applied' })
  })
})

describe('`trunkline stdio --server manage`', () => {
  it('is the same server for the gateway’s own parent', async () => {
    gateway = await startManageGateway(withManage({ categories: ['management'] }))
    const client = new Client({ name: 'test', version: '1' })
    const environment = { HOME: gateway.directory, PATH: process.env['PATH'] ?? '', ...(process.env['TRUNKLINE_FROM_SOURCE'] ? { TRUNKLINE_FROM_SOURCE: '1' } : {}) }
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [BIN, 'stdio', '--server', 'manage', '--config', gateway.document, '--data', join(gateway.directory, 'other')], env: environment, stderr: 'ignore' }))
    try {
      expect((await client.listTools()).tools.map(({ name }) => name).toSorted()).toEqual(MANAGEMENT)
      expect(await client.callTool({ name: 'disable', arguments: { server: 'demo' } })).toMatchObject({ structuredContent: { outcome: 'applied' } })
      expect(await client.callTool({ name: 'list', arguments: { enabled: false } })).toMatchObject({ structuredContent: { servers: [{ server: 'demo' }] } })
    } finally {
      await client.close()
    }
  })
})
