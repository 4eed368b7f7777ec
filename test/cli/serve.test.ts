import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, unlinkSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCliFolder, LAUNCHER, runCli, startCli, startGateway, type CliFolder } from './run-cli.ts'

const execute = promisify(execFile)

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

interface Health {
  readonly config: { readonly generation: number; readonly lastReload: { readonly outcome: string; readonly reason: string | null } | null }
  readonly servers: readonly { readonly id: string; readonly state: string; readonly reason: string | null }[]
}

const health = async (url: string): Promise<Health> => (await (await fetch(`${url}/healthz`)).json()) as Health

describe('trunkline serve', () => {
  it('prints commands that work as they are', async () => {
    await using gateway = await startGateway(folder)
    await expect.poll(() => gateway.stderr()).toContain('Ctrl-C stops it.')
    const printed = gateway.stderr()
    const commands = printed.slice(printed.indexOf('Try:')).split('\n').filter((line) => /^ {2}(curl|node|trunkline) /.test(line)).map((line) => line.trim())
    expect(commands).toHaveLength(4)
    const environment = { PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`, HOME: folder.path, TRUNKLINE_FROM_SOURCE: '1' }
    const answers = await Promise.all(commands.map((command) => execute('sh', ['-c', command], { cwd: folder.path, env: environment, timeout: 150_000 })))
    const [chat, add, call, tools] = answers.map(({ stdout }) => stdout)
    expect(JSON.parse(chat ?? '')).toMatchObject({ object: 'chat.completion', choices: [{ message: { content: expect.stringContaining('Hello') as string } }] })
    expect(JSON.parse(add ?? '')).toEqual({ sum: 5 })
    expect(call).toBe('5\n')
    expect(tools).toContain('demo/add\ta:number b:number\t')
  })

  it('keeps stdout empty and, without a terminal, logs JSON', async () => {
    await using gateway = startCli(['serve', '--port', '0', '--data', 'data'], { cwd: folder.path })
    await gateway.waitFor(/"state":"ready"/)
    expect(gateway.stdout()).toBe('')
    for (const line of gateway.stderr().trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown, line).not.toThrow()
  })

  it('drains at SIGTERM and ends with 0', async () => {
    await using gateway = await startGateway(folder)
    gateway.process.kill('SIGTERM')
    expect(await gateway.outcome).toMatchObject({ code: 0, signal: null })
  })

  it.each([
    ['SIGTERM', ['SIGTERM']],
    ['SIGTERM after a SIGHUP', ['SIGHUP', 'SIGTERM']],
  ] as const)('obeys a %s that comes while it starts', async (_name, signals) => {
    await using gateway = startCli(['serve', '--port', '0', '--data', 'data', '--log-format', 'json'], { cwd: folder.path })
    gateway.process.stderr?.once('data', () => {
      for (const signal of signals) gateway.process.kill(signal)
    })
    expect(await gateway.outcome).toMatchObject({ code: 0, signal: null })
  })

  it('lets running work end before it does, and stops at once at the second signal', async () => {
    const start = async (): Promise<{ gateway: Awaited<ReturnType<typeof startGateway>>; call: Promise<unknown> }> => {
      const gateway = await startGateway(folder)
      const body = JSON.stringify({ to: 5, delayMs: 1_000 })
      const call = fetch(`${gateway.url}/tools/demo/slow_count`, { method: 'POST', headers: { 'content-type': 'application/json' }, body }).then(
        async (response) => [response.status, await response.text()],
        () => 'cut',
      )
      await vi.waitFor(async () => expect(await (await fetch(`${gateway.url}/healthz`)).text()).toContain('"activeRequests":1'), { timeout: 60_000 })
      return { gateway, call }
    }
    const patient = await start()
    await using _first = patient.gateway
    patient.gateway.process.kill('SIGTERM')
    expect(await patient.call).toEqual([200, 'Counted to 5.'])
    expect(await patient.gateway.outcome).toMatchObject({ code: 0 })

    const forced = await start()
    await using _second = forced.gateway
    forced.gateway.process.kill('SIGINT')
    await forced.gateway.waitFor(/draining/)
    forced.gateway.process.kill('SIGINT')
    const { code, signal } = await forced.gateway.outcome
    expect(code === 0 || signal === 'SIGINT').toBe(true)
    expect(await forced.call).not.toEqual([200, 'Counted to 5.'])
  })

  it('ends with 7 and the way out when the port is taken', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as AddressInfo
    const { code, stderr } = await runCli(['serve', '--port', String(port), '--data', 'data', '--json'], { cwd: folder.path })
    taken.close()
    expect(code).toBe(7)
    expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'port_in_use', hint: expect.stringContaining('--port') as string } })
  })

  it('ends with 2 for a document that is wrong, without touching the data directory', async () => {
    folder.write('trunkline.yaml', 'sever: {}\n')
    const { code, stderr } = await runCli(['--data', 'data'], { cwd: folder.path })
    expect(code).toBe(2)
    expect(stderr).toContain('trunkline.yaml:1:1 `sever` is not known at the top of a configuration. Did you mean `server`?')
    expect(existsSync(join(folder.path, 'data'))).toBe(false)
  })

  it('lives on when the reader of its output goes away', async () => {
    await using gateway = await startGateway(folder)
    gateway.process.stderr?.destroy()
    gateway.process.stdout?.destroy()
    for (let count = 0; count < 20; count++) await fetch(`${gateway.url}/v1/models`)
    expect((await fetch(`${gateway.url}/livez`)).status).toBe(200)
    gateway.process.kill('SIGTERM')
    expect(await gateway.outcome).toMatchObject({ code: 0, signal: null })
  })
})

describe('trunkline serve reloads', () => {
  const entry = (name: string): string => `  ${name}: { builtin: demo }\n`
  const document = (...names: readonly string[]): string => `version: 1\nmcpServers:\n${names.map(entry).join('')}`
  const ids = async (url: string): Promise<readonly string[]> => (await health(url)).servers.map(({ id }) => id)

  it('when the document is written, and keeps the good one when it is bad or gone', async () => {
    const file = folder.write('trunkline.yaml', document('a'))
    await using gateway = await startGateway(folder)
    expect(await ids(gateway.url)).toEqual(['a'])
    folder.write('trunkline.yaml', document('a', 'b'))
    await vi.waitFor(async () => expect(await ids(gateway.url)).toEqual(['a', 'b']), { timeout: 60_000, interval: 50 })

    folder.write('trunkline.yaml', `${document('c')}sever: {}\n`)
    await vi.waitFor(async () => expect((await health(gateway.url)).config.lastReload?.outcome).toBe('rejected'), { timeout: 60_000, interval: 50 })
    expect((await health(gateway.url)).config.lastReload?.reason).toContain(`${file}:4:1 \`sever\``)
    expect(await ids(gateway.url)).toEqual(['a', 'b'])

    unlinkSync(file)
    await gateway.waitFor(/is gone/)
    gateway.process.kill('SIGHUP')
    await vi.waitFor(async () => expect((await health(gateway.url)).config.lastReload?.reason).toContain('does not exist'), { timeout: 60_000, interval: 50 })
    expect(await ids(gateway.url)).toEqual(['a', 'b'])

    folder.write('trunkline.yaml', document('d'))
    await vi.waitFor(async () => expect(await ids(gateway.url)).toEqual(['d']), { timeout: 60_000, interval: 50 })
  })

  it('when a file that the document names holds something else', async () => {
    folder.write('trunkline.yaml', 'mcpServers: { a: { builtin: demo, tags: [ "${file:tag.txt}" ] } }\n')
    folder.write('tag.txt', 'one')
    await using gateway = await startGateway(folder)
    const before = (await health(gateway.url)).config.generation
    folder.write('tag.txt', 'two')
    await vi.waitFor(async () => expect((await health(gateway.url)).config.generation).toBeGreaterThan(before), { timeout: 60_000, interval: 50 })
  })

  it('to a document that is written where there was none', async () => {
    await using gateway = await startGateway(folder)
    expect(await ids(gateway.url)).toEqual(['demo'])
    folder.write('trunkline.yaml', document('mine'))
    await vi.waitFor(async () => expect(await ids(gateway.url)).toEqual(['mine']), { timeout: 60_000, interval: 50 })
  })
})

describe('trunkline stdio', () => {
  const initialize = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'

  it('speaks MCP on stdout only and ends with its client', async () => {
    const { code, stdout } = await runCli(['stdio', '--server', 'demo', '--data', 'data'], { cwd: folder.path, input: initialize })
    expect(code).toBe(0)
    expect(stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)).toMatchObject([{ id: 1, result: { protocolVersion: '2025-11-25' } }])
  })

  it('needs no port, so it runs beside a gateway on the same settings', async () => {
    await using gateway = await startGateway(folder)
    const { port } = new URL(gateway.url)
    const { code } = await runCli(['stdio', '--data', 'other'], { cwd: folder.path, input: initialize, environment: { TRUNKLINE_PORT: port } })
    expect(code).toBe(0)
  })

  it('ends with 6 for a server that is not there', async () => {
    expect(await runCli(['stdio', '--server', 'dem0', '--data', 'data'], { cwd: folder.path })).toMatchObject({ code: 6, stderr: expect.stringContaining('Did you mean `demo`?') as string })
  })
})

describe('trunkline sim', () => {
  it('prints its address, answers there and stops', async () => {
    await using simulator = startCli(['sim'], { cwd: folder.path })
    const [url] = await simulator.waitFor(/^http:\S+/m)
    expect((await fetch(`${url}/models`)).status).toBe(200)
    simulator.process.kill('SIGINT')
    expect(await simulator.outcome).toMatchObject({ code: 0, signal: null })
  })
})

describe('a pipe that closes early', () => {
  it('is no failure', async () => {
    const { stderr } = await execute('sh', ['-c', `"${process.execPath}" "${LAUNCHER}" config schema | head -1`], { env: { PATH: process.env['PATH'], HOME: folder.path, TRUNKLINE_FROM_SOURCE: '1' } })
    expect(stderr).toBe('')
  })
})
