import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import type { NotebookFacts } from '../support/instance-client.ts'
import { createCliFolder, runCli, startCli, type CliFolder } from './run-cli.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
  const repo = {
    command: process.execPath,
    args: [testServerPath('notebook'), '{{project.path}}', '{{project.name}}', '{{user.name:-nobody}}', '{{environment.TEAM}}', '{{context.task:-none}}', '{{transport.type}}'],
    env: { SECRET: '{{environment.SECRET:-hidden}}' },
  }
  folder.write('trunkline.json', JSON.stringify({ version: 1, mcp: { listWait: 60_000, contextEnvironment: ['TEA*'] }, mcpTemplates: { repo } }))
})
afterEach(() => folder[Symbol.dispose]())

function conversation(context?: object): string {
  const meta = context ? { _meta: { 'trunkline/context': context } } : {}
  const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'editor', version: '1' }, ...meta }
  const call = { name: 'repo__facts', arguments: {} }
  return `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params })}\n${JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: call })}\n`
}

async function factsFrom(cwd: string, context?: object): Promise<NotebookFacts> {
  await using running = startCli(['stdio', '--config', join(folder.path, 'trunkline.json'), '--data', join(folder.path, 'data')], { cwd, environment: { TEAM: 'red', SECRET: 'key' } })
  running.process.stdin?.write(conversation(context))
  const [line] = await running.waitFor(/\{"jsonrpc":"2\.0","id":2,.*\n/)
  running.process.stdin?.end()
  expect(await running.outcome).toMatchObject({ code: 0 })
  const { result } = JSON.parse(line) as { readonly result: { readonly content: readonly [{ readonly text: string }] } }
  return JSON.parse(result.content[0].text) as NotebookFacts
}

describe('trunkline stdio and template servers', () => {
  it('gives them the folder, the user and the allowed variables of its client, and no others', async () => {
    const project = join(realpathSync(folder.path), 'my project')
    mkdirSync(project)
    const { args, env } = await factsFrom(project)
    expect(args.filter((_, index) => index !== 2)).toEqual([project, 'my project', 'red', 'none', 'stdio'])
    expect(args[2]).not.toBe('')
    expect(env['SECRET']).toBe('hidden')
  })

  it('lets what the client says itself go first', async () => {
    const { args } = await factsFrom(folder.path, { project: { path: '/said', name: 'said' }, task: 't-1' })
    expect([args[0], args[1], args[4]]).toEqual(['/said', 'said', 't-1'])
  })

  it('are not started by `trunkline doctor`, which says what they are', async () => {
    const { stdout, stderr } = await runCli(['doctor', '--data', join(folder.path, 'data')], { cwd: folder.path })
    expect(stdout + stderr).toContain('a template; each client’s context completes it')
  })
})
