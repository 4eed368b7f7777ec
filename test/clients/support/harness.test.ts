import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { until } from '../../support/until.ts'
import { installAgent } from './agent-package.ts'
import { runAgent, type AgentOutcome } from './run-agent.ts'
import { COMMANDS, FINAL_TEXT, scriptToolTask } from './tool-task.ts'

let directory: string
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'trunkline-agent-'))))
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true, force: true })
})

function run(source: string, deadlineMs?: number): Promise<AgentOutcome> {
  const program = join(directory, 'agent.mjs')
  writeFileSync(program, source)
  return runAgent({ program, isScript: true, args: ['--flag'], directory, environment: { MINE: '1' }, ...(deadlineMs === undefined ? {} : { deadlineMs }) })
}

/** What has ended may wait for its parent. */
const isAlive = (pid: number): boolean => /^\s*[^Z\s]/.test(spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout)

describe('runAgent', () => {
  it('gives an agent its own environment, a home, no stdin, and proxies that lead nowhere', async () => {
    vi.stubEnv('OPENAI_API_KEY', 'secret')
    const { code, stdout } = await run(`
      let input = ''
      for await (const piece of process.stdin) input += piece
      console.log(JSON.stringify({ env: process.env, input, args: process.argv.slice(2), cwd: process.cwd() }))
      process.exitCode = 3
    `)
    const said = JSON.parse(stdout) as { env: Record<string, string>; input: string; args: string[]; cwd: string }
    expect({ ...said, code }).toMatchObject({ code: 3, input: '', args: ['--flag'], env: { MINE: '1', HOME: directory, HTTPS_PROXY: 'http://127.0.0.1:9' } })
    expect(said.env).not.toHaveProperty('OPENAI_API_KEY')
  })

  it('ends what an agent leaves behind, and the agent at its deadline', async () => {
    const { stdout } = await run(`
      import { spawn } from 'node:child_process'
      const child = spawn('sleep', ['60'], { stdio: 'inherit' })
      console.log(child.pid)
      child.unref()
    `)
    await until(() => !isAlive(Number(stdout)), 'the process that it left has ended')
    expect(await run('setInterval(() => {}, 1000)', 300)).toMatchObject({ code: null, signal: 'SIGKILL' })
  })
})

describe('installAgent', () => {
  it('says why a package cannot be had', { timeout: 60_000 }, async () => {
    vi.stubEnv('npm_config_registry', 'http://127.0.0.1:9')
    vi.stubEnv('npm_config_fetch_retries', '0')
    const installed = await installAgent({ name: 'trunkline-absent', version: '0.0.0', program: 'absent', isScript: true })
    expect(installed).toMatchObject({ kind: 'absent', reason: expect.stringMatching(/^trunkline-absent@0\.0\.0 could not be installed: code ECONNREFUSED/) as unknown })
  })
})

describe('scriptToolTask', () => {
  const ask = (body: string): Parameters<ReturnType<typeof scriptToolTask>>[0] => ({
    method: 'POST', path: '/', headers: {}, body: Buffer.from(body), receivedAt: 0, abortedAt: undefined, finishedAt: undefined,
  })

  it('concludes only when the output of the command has come back', () => {
    const say = scriptToolTask({ name: 'Bash', argumentsFor: (command) => JSON.stringify({ command }) })
    const turn = JSON.stringify({ tools: [{ name: 'Bash' }], commands: COMMANDS })
    expect(say(ask('{"title":true}'))).toEqual({ text: 'A short title' })
    expect(say(ask(turn))).toMatchObject({ tools: COMMANDS.map((command) => ({ name: 'Bash', arguments: JSON.stringify({ command }) })) })
    expect(say(ask(turn))).toEqual({ text: 'The tool results never came.' })
    expect(say(ask('{"outputs":["trunkline-ho","trunkline-hi"]}'))).toEqual({ text: FINAL_TEXT })
  })
})
