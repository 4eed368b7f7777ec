import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectRaw, modernRequest, type Json } from '../support/mcp-raw-client.ts'
import { createCliFolder, runCli, startCli, startGateway, type CliFolder, type CliOutcome } from './run-cli.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const DOCUMENT = {
  version: 1,
  mcpServers: { alpha: { builtin: 'demo', tags: ['Web', 'prod'] }, beta: { builtin: 'demo', tags: ['web', 'slow'] }, gamma: { builtin: 'demo', tags: ['db'] } },
  presets: { coding: { filter: 'web+!slow', description: 'For code' }, data: { tags: ['db'] } },
}
const write = (document: object): string => folder.write('trunkline.json', JSON.stringify(document))
const cli = (args: readonly string[]): Promise<CliOutcome> => runCli(args, { cwd: folder.path })
const errorOf = ({ stderr }: CliOutcome): unknown => (JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '') as { error: unknown }).error

async function serversAt(url: string): Promise<unknown> {
  const { answer } = await modernRequest(url, { method: 'tools/list' })
  const tools = (answer['result'] as { tools?: { name: string }[] } | undefined)?.tools ?? []
  return [...new Set(tools.map(({ name }) => name.split('__', 1)[0]))]
}

describe('trunkline presets', () => {
  it('lists, shows, sets and removes; clients are told, and a restart keeps it', async () => {
    write(DOCUMENT)
    const told: Json[] = []
    const leaving = new AbortController()
    {
      await using gateway = await startGateway(folder)
      const at = ['--url', gateway.url]
      const endpoint = `${gateway.url}/mcp/presets/coding`
      await expect.poll(() => serversAt(endpoint)).toEqual(['alpha'])
      const client = await connectRaw(endpoint)
      await client.listen((message) => told.push(message), leaving.signal)

      expect(await cli(['presets', ...at])).toMatchObject({ code: 0, stdout: 'coding\tfilter web+!slow\talpha\tdocument\tFor code\ndata\ttags db\tgamma\tdocument\t\n' })
      expect((await cli(['presets', 'show', 'coding', ...at])).stdout).toContain(`MCP clients ${gateway.url}/mcp/presets/coding\n`)
      expect(JSON.parse((await cli(['presets', 'show', 'coding', '--json', ...at])).stdout)).toEqual({
        name: 'coding',
        description: 'For code',
        filter: 'web+!slow',
        origin: 'document',
        requestedTags: ['web', 'slow'],
        selected: ['alpha'],
        path: '/mcp/presets/coding',
      })

      expect(await cli(['presets', 'set', 'coding', '--servers', 'beta, gamma', ...at])).toMatchObject({ code: 0, stdout: 'The preset coding is set.\n' })
      await expect.poll(() => told.map(({ method }) => method)).toContain('notifications/tools/list_changed')
      expect(await serversAt(endpoint)).toEqual(['beta', 'gamma'])
      expect((await cli(['presets', 'set', 'coding', '--servers', 'beta,gamma', ...at])).stdout).toBe('The preset coding is set already.\n')
      expect(JSON.parse((await cli(['presets', 'set', 'fresh', '--tags', 'slow', '--description', 'New', '--json', ...at])).stdout)).toMatchObject({ preset: 'fresh', outcome: 'applied', added: ['presets.fresh'] })
      expect(await cli(['presets', 'remove', 'data', ...at])).toMatchObject({ code: 0, stdout: 'The preset data is removed.\n' })
      expect(await modernRequest(`${gateway.url}/mcp/presets/data`, { method: 'tools/list' })).toMatchObject({ status: 404 })
      leaving.abort()
    }
    await using again = await startGateway(folder)
    expect((await cli(['presets', '--url', again.url])).stdout).toBe('coding\tservers beta, gamma\tbeta, gamma\treplaced\t\nfresh\ttags slow\tbeta\toverlay\tNew\n')
    expect(await cli(['presets', 'remove', 'fresh', '--url', again.url])).toMatchObject({ code: 0 })
    expect(await cli(['config', 'reset', '--yes', '--data', `${folder.path}/data`, '--url', again.url])).toMatchObject({ code: 0 })
    await expect.poll(async () => (await cli(['presets', '--url', again.url])).stdout).toContain('coding\tfilter web+!slow\talpha\tdocument')
  })

  it('follows the document while it runs', async () => {
    write(DOCUMENT)
    await using gateway = await startGateway(folder)
    const endpoint = `${gateway.url}/mcp/presets/coding`
    await expect.poll(() => serversAt(endpoint)).toEqual(['alpha'])
    write({ ...DOCUMENT, presets: { ...DOCUMENT.presets, coding: { tags: ['slow'] } } })
    await expect.poll(() => serversAt(endpoint)).toEqual(['beta'])
    write({ ...DOCUMENT, presets: { coding: { filter: '((' } } })
    await expect.poll(() => gateway.stderr()).toContain('`presets.coding.filter`: Expected a tag')
    expect(await serversAt(endpoint)).toEqual(['beta'])
  })

  it('ends with words and a code for what is wrong', async () => {
    write(DOCUMENT)
    await using gateway = await startGateway(folder)
    const at = ['--json', '--url', gateway.url]
    const refused = async (...args: string[]): Promise<unknown> => {
      const outcome = await cli([...args, ...at])
      return [outcome.code, (errorOf(outcome) as { message: string }).message]
    }
    expect(await refused('presets', 'show', 'codng')).toEqual([6, 'There is no preset `codng`. Did you mean `coding`?'])
    expect(await refused('presets', 'remove', 'nobody')).toEqual([6, 'There is no preset `nobody`. There are: coding, data.'])
    expect(await refused('presets', 'set', 'x')).toEqual([2, 'Expected one of `--filter`, `--tags` and `--servers`, found none.'])
    expect(await refused('presets', 'set', 'x', '--tags', 'a', '--filter', 'b')).toEqual([2, 'Expected one of `--filter`, `--tags` and `--servers`, found 2.'])
    expect(await refused('presets', 'set', 'x', '--filter', 'a+')).toEqual([2, '`filter`: Expected a tag, `not` or `(` at character 3, found the end.'])
    expect(await refused('presets', 'set', 'a b', '--tags', 'x')).toMatchObject([2, expect.stringContaining('Expected the name')])
  })
})

describe('selection flags', () => {
  it('narrow tools and call of a running gateway', async () => {
    write(DOCUMENT)
    await using gateway = await startGateway(folder)
    const at = ['--url', gateway.url]
    await expect.poll(() => serversAt(`${gateway.url}/mcp`)).toEqual(['alpha', 'beta', 'gamma'])
    const servers = async (...flags: string[]): Promise<unknown> => [...new Set((await cli(['tools', ...flags, ...at])).stdout.trimEnd().split('\n').map((line) => line.split('/', 1)[0]))]
    expect(await servers('--preset', 'coding')).toEqual(['alpha'])
    expect(await servers('--tag-filter', '-slow')).toEqual(['alpha', 'gamma'])
    expect(await servers('--filter', 'slow,db')).toEqual(['beta', 'gamma'])
    expect(await servers('gamma', '--tags', 'db')).toEqual(['gamma'])
    expect(await cli(['tools', 'gamma', '--tags', 'web', ...at])).toMatchObject({ code: 6, stderr: 'trunkline: MCP server `gamma` is not in the selection.\n' })
    expect(await cli(['tools', '--tags', 'a', '--preset', 'b', ...at])).toMatchObject({ code: 2, stderr: 'trunkline: Expected one of `preset`, `tag-filter`, `filter` and `tags`, found `preset` and `tags`.\n' })
    expect(await cli(['tools', '--tags', 'a', '--tags', 'b', ...at])).toMatchObject({ code: 2, stderr: 'trunkline: Expected `--tags` once.\n' })
    expect(await cli(['call', 'alpha/add', 'a=1', 'b=2', '--preset', 'coding', ...at])).toMatchObject({ code: 0, stdout: '3\n' })
    expect(await cli(['call', 'gamma/add', 'a=1', 'b=2', '--preset', 'coding', ...at])).toMatchObject({ code: 6 })
  })

  it('narrow what stdio serves', async () => {
    write(DOCUMENT)
    await using running = startCli(['stdio', '--preset', 'coding', '--data', `${folder.path}/data`], { cwd: folder.path })
    running.process.stdin?.write('{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}\n{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n')
    await running.waitFor(/"id":2,.*\n/)
    expect(running.stdout()).toContain('"alpha__echo"')
    expect(running.stdout()).not.toMatch(/beta__|gamma__/)
    running.process.stdin?.end()
    expect(await running.outcome).toMatchObject({ code: 0 })
  })

  it.each<[readonly string[], number, string]>([
    [['--preset', 'a', '--tags', 'b'], 2, 'found `preset` and `tags`'],
    [['--preset', 'a', '--filter', 'b'], 2, 'found `preset` and `filter`'],
    [['--preset', 'a', '--tag-filter', 'b'], 2, 'found `preset` and `tag-filter`'],
    [['--tags', 'a', '--filter', 'b'], 2, 'found `filter` and `tags`'],
    [['--tags', 'a', '--tag-filter', 'b'], 2, 'found `tag-filter` and `tags`'],
    [['--filter', 'a', '--tag-filter', 'b'], 2, 'found `tag-filter` and `filter`'],
    [['--preset', 'codng'], 6, 'Did you mean `coding`?'],
    [['--tag-filter', 'a and'], 2, 'at character 6, found the end'],
    [['--tags', ''], 2, 'found nothing'],
    [['--server', 'gamma', '--tags', 'web'], 6, 'MCP server `gamma` is not in the selection.'],
  ])('stdio %j ends with %i before anything is started', async (flags, code, words) => {
    write(DOCUMENT)
    const outcome = await runCli(['stdio', ...flags, '--data', `${folder.path}/data`], { cwd: folder.path })
    expect(outcome).toMatchObject({ code, stdout: '' })
    expect(outcome.stderr).toContain(words)
  })
})
