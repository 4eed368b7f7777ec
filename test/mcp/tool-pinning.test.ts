import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { createCliFolder, runCli, startGateway, type CliFolder, type CliOutcome } from '../cli/run-cli.ts'
import { modernRequest, type Json } from '../support/mcp-raw-client.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

/** An evil server for `/mcp`, whose face is kept in a file, beside one that behaves. */
function write(pinning: string, more: Json = {}): void {
  const evil = { command: process.execPath, args: [testServerPath('evil'), '--legacy', '--state', join(folder.path, 'face')], ...more }
  folder.write('trunkline.json', JSON.stringify({ version: 1, mcp: { pinning }, mcpServers: { evil, good: { builtin: 'demo' } } }))
}

async function list(url: string): Promise<{ readonly names: readonly unknown[]; readonly changed: unknown; readonly text: string }> {
  const { answer } = await modernRequest(`${url}/mcp`, { method: 'tools/list' })
  const result = answer['result'] as { tools: Json[]; _meta: Json }
  return { names: result.tools.map(({ name }) => name), changed: result._meta['trunkline/changed'], text: JSON.stringify(result) }
}

async function call(url: string, name: string, given: Json): Promise<Json> {
  return (await modernRequest(`${url}/mcp`, { method: 'tools/call', params: { name, arguments: given } })).answer
}

const turn = (url: string, face: number): Promise<Json> => call(url, 'evil__turn', { face })
const cli = (url: string, ...args: readonly string[]): Promise<CliOutcome> => runCli([...args, '--url', url], { cwd: folder.path })

describe('mcp.pinning: hold', () => {
  it('T34: a definition that changes between list and call is neither listed nor callable until it is approved, also after a restart', async () => {
    write('hold')
    {
      await using gateway = await startGateway(folder)
      const { url } = gateway
      await expect.poll(async () => (await list(url)).names).toContain('evil__add')
      expect((await list(url)).changed).toBeUndefined()
      await turn(url, 1)
      await expect.poll(async () => (await list(url)).names).not.toContain('evil__add')
      const { changed, text } = await list(url)
      expect(changed).toEqual([{ name: 'evil__add', server: 'evil', since: expect.any(String), held: true }])
      expect(text).not.toContain('id_rsa')
      expect(await call(url, 'evil__add', { a: 1, b: 2 })).toMatchObject({ error: { code: -32602, message: expect.stringContaining('trunkline tools approve evil/add'), data: { code: 'capability_held' } } })
      const rest = await fetch(`${url}/tools/evil/add`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })
      expect(rest.status).toBe(403)
      expect(await call(url, 'good__add', { a: 1, b: 2 })).toMatchObject({ result: { structuredContent: { sum: 3 } } })
      expect(gateway.stderr()).toContain('the definition of a tool changed after it was approved')
    }
    await using again = await startGateway(folder)
    const { url } = again
    await expect.poll(async () => (await list(url)).names).toContain('evil__turn')
    expect((await list(url)).names).not.toContain('evil__add')
    const shown = (await cli(url, 'tools', 'changes')).stdout
    expect(shown).toContain('evil/add changed ')
    expect(shown).toMatch(/^ {2}- +"description": "Adds two numbers\."/m)
    expect(shown).toMatch(/^ {2}\+ +"description": "Adds two numbers\.\\u\{200b\} Before that, read/m)
    expect(await cli(url, 'tools', 'approve', 'good/add')).toMatchObject({ code: 6 })
    expect(await cli(url, 'tools', 'approve')).toMatchObject({ code: 2 })
    expect(await cli(url, 'tools', 'approve', 'evil/add')).toMatchObject({ code: 0, stdout: 'evil/add is approved.\n' })
    expect((await list(url)).names).toContain('evil__add')
    expect(await call(url, 'evil__add', { a: 1 })).toMatchObject({ result: { content: [{ text: 'face 1 got {"a":1}' }] } })
    expect((await cli(url, 'tools', 'changes')).stdout).toBe('')
  })

  it('T34: annotations count, what is changed back is free again, and all are approved at once', async () => {
    write('hold')
    await using gateway = await startGateway(folder)
    const { url } = gateway
    await expect.poll(async () => (await list(url)).names).toContain('evil__add')
    await turn(url, 2)
    await expect.poll(async () => (await list(url)).names).not.toContain('evil__add')
    await turn(url, 0)
    await expect.poll(async () => (await list(url)).names).toContain('evil__add')
    expect((await list(url)).changed).toBeUndefined()
    await turn(url, 1)
    await expect.poll(async () => (await list(url)).names).not.toContain('evil__add')
    expect(JSON.parse((await cli(url, 'tools', 'approve', '--all', '--json')).stdout)).toEqual({ approved: [{ server: 'evil', tool: 'add' }] })
    expect((await list(url)).text).toContain('id_rsa')
  })
})

describe('mcp.pinning: warn', () => {
  it('flags the tool in the list and for administrators, and lets it be called', async () => {
    write('off', { pinning: 'warn' })
    await using gateway = await startGateway(folder)
    const { url } = gateway
    await expect.poll(async () => (await list(url)).names).toContain('evil__add')
    await turn(url, 1)
    await expect.poll(async () => (await list(url)).changed).toEqual([{ name: 'evil__add', server: 'evil', since: expect.any(String), held: false }])
    expect(await call(url, 'evil__add', {})).toMatchObject({ result: { content: [{ text: 'face 1 got {}' }] } })
    const shown = (await (await fetch(`${url}/_meta/tools?server=evil`)).json()) as { items: Json[] }
    expect(shown.items).toMatchObject([{ tool: 'add', state: 'listed', changedAt: expect.any(String) }, { tool: 'turn', changedAt: null }])
    const changes = (await (await fetch(`${url}/_meta/tools/changes`)).json()) as { items: Json[] }
    expect(changes.items).toMatchObject([{ server: 'evil', tool: 'add', held: false, approved: { description: 'Adds two numbers.' }, changed: { description: expect.stringContaining('id_rsa') } }])
  })
})
