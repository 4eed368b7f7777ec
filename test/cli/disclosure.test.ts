import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { modernRequest } from '../support/mcp-raw-client.ts'
import { createCliFolder, runCli, startCli, startGateway, type CliFolder } from './run-cli.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const DOCUMENT = {
  version: 1,
  mcp: { mode: 'lazy' },
  mcpServers: { alpha: { builtin: 'demo', tags: ['web'] }, beta: { builtin: 'demo', tags: ['db'] } },
  presets: { small: { tags: ['db'] } },
}
const write = (document: object): string => folder.write('trunkline.json', JSON.stringify(document))
const LIST = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"x","version":"1"}}}\n{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n'

async function namesAt(url: string): Promise<readonly string[]> {
  const { answer } = await modernRequest(url, { method: 'tools/list' })
  return (answer['result'] as { tools: { name: string }[] }).tools.map(({ name }) => name)
}

interface Cost {
  readonly server: string
  readonly tools: number
  readonly tokens: number
}

interface Costs {
  readonly list: { readonly full: number }
  readonly tools: number
  readonly servers: readonly Cost[]
  readonly presets: readonly { readonly preset: string; readonly tools: number; readonly tokens: number }[]
}

describe('trunkline tools --cost', () => {
  it('tells the tokens of each mode, server and preset, for everything or a selection', async () => {
    write(DOCUMENT)
    await using gateway = await startGateway(folder)
    const costs = async (query = ''): Promise<Costs> => (await (await fetch(`${gateway.url}/_meta/costs${query}`)).json()) as Costs
    await expect.poll(async () => (await costs()).servers.map(({ server }) => server)).toEqual(['alpha', 'beta'])
    const all = await costs()
    const [alpha, beta] = all.servers as [Cost, Cost]
    expect(alpha.tokens).toBeGreaterThan(100)
    expect(all.tools).toBe(alpha.tools + beta.tools)
    // Definitions without the commas and the brackets around them.
    expect(Math.abs(all.list.full - alpha.tokens - beta.tokens)).toBeLessThan(20)
    expect(all.presets).toMatchObject([{ preset: 'small', tools: beta.tools }])
    const selected = await costs('?tags=db')
    expect(selected.servers).toEqual([beta])
    expect(selected.list.full).toBe(all.presets[0]?.tokens)
    expect((await fetch(`${gateway.url}/_meta/costs?preset=nope`)).status).toBe(404)

    const printed = await runCli(['tools', '--cost', '--url', gateway.url], { cwd: folder.path })
    expect(printed).toMatchObject({ code: 0 })
    expect(printed.stdout.split('\n').map((line) => line.split('\t').slice(0, 2).join(' '))).toEqual(['list full', 'list lazy', 'list search', 'list code', 'server alpha', 'server beta', 'preset small', ''])
    const { items } = JSON.parse((await runCli(['tools', '--cost', '--preset', 'small', '--json', '--url', gateway.url], { cwd: folder.path })).stdout) as { items: unknown[] }
    expect(items).toContainEqual({ kind: 'server', name: 'beta', tools: beta.tools, tokens: beta.tokens })
    expect(items).not.toContainEqual(expect.objectContaining({ name: 'alpha' }))
    expect(await runCli(['tools', 'alpha', '--cost', '--url', gateway.url], { cwd: folder.path })).toMatchObject({ code: 2 })
  })
})

describe('mcp.mode and --mode', () => {
  it('decide what a client without ?mode= is shown', async () => {
    write(DOCUMENT)
    await using gateway = await startGateway(folder)
    await expect.poll(() => namesAt(`${gateway.url}/mcp`)).toEqual(['tool_list', 'tool_schema', 'tool_invoke'])
    expect(await namesAt(`${gateway.url}/mcp/alpha?mode=full`)).toContain('add')
    expect(await namesAt(`${gateway.url}/mcp/presets/small?mode=search`)).toContain('tool_search')
  })

  it.each([
    [[], 'tool_list'],
    [['--mode', 'search'], 'tool_search'],
    [['--mode', 'full'], 'alpha__add'],
    [['--mode', 'code'], 'code_run'],
  ])('stdio %j shows %s', async (flags, name) => {
    write(DOCUMENT)
    await using running = startCli(['stdio', ...flags, '--data', `${folder.path}/data`], { cwd: folder.path })
    running.process.stdin?.write(LIST)
    await running.waitFor(/"id":2,.*\n/)
    expect(running.stdout()).toContain(`"name":"${name}"`)
    running.process.stdin?.end()
    expect(await running.outcome).toMatchObject({ code: 0 })
  })

  it('refuse a mode that there is not, before anything is started', async () => {
    write(DOCUMENT)
    const stdio = await runCli(['stdio', '--mode', 'brief', '--data', `${folder.path}/data`], { cwd: folder.path })
    expect(stdio).toMatchObject({ code: 2, stdout: '' })
    expect(stdio.stderr).toContain('Expected `mode` to be one of `full`, `lazy`, `search`, `code`, got `brief`')
    write({ ...DOCUMENT, mcp: { mode: 'brief' } })
    const checked = await runCli(['config', 'validate'], { cwd: folder.path })
    expect(checked.code).toBe(2)
    expect(checked.stdout + checked.stderr).toMatch(/mcp\.mode.*full.*lazy.*search.*code/)
  })
})
