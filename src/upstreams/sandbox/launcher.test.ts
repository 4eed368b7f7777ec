import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'
import { findLauncher, nodeFlags, type Launcher } from './launcher.ts'

const SETTINGS: SandboxSettings = { sandbox: 'auto', timeoutMs: 60_000, memoryBytes: 64 * 1024 * 1024, outputBytes: 100, messageBytes: 10_000, calls: 5, parallelCalls: 2, processes: 1 }

/** What a program gets that has Node itself, as a script would that broke out of its realm. */
async function tryAll({ before, node }: Launcher, port: number): Promise<Readonly<Record<string, string>>> {
  const program = `
    import fs from 'node:fs'; import net from 'node:net'; import { Worker } from 'node:worker_threads'; import { spawnSync } from 'node:child_process'
    const said = {}
    const attempt = (name, run) => { try { said[name] = String(run()) } catch (error) { said[name] = error.code ?? error.name } }
    attempt('read', () => fs.readFileSync('/etc/passwd')); attempt('self', () => fs.readFileSync('/proc/self/environ')); attempt('write', () => fs.writeFileSync('/tmp/trunkline-escaped', 'x'))
    attempt('child', () => spawnSync('/bin/sh', ['-c', 'id'])); attempt('thread', () => new Worker('1', { eval: true })); attempt('code', () => new Function('return 1')())
    attempt('environment', () => Object.keys(process.env).filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name)).length)
    attempt('parent', () => process.kill(${process.pid}, 0))
    said.network = await new Promise((done) => { const socket = net.connect(${port}, '127.0.0.1', () => done('connected')); socket.on('error', (error) => done(error.code)); setTimeout(() => done('silence'), 2_000).unref() })
    process.stdout.write(JSON.stringify(said)); process.exit()`
  const [command, ...rest] = [...before, node, ...nodeFlags(SETTINGS), '-e', program]
  return JSON.parse((await promisify(execFile)(command, rest, { env: {}, cwd: '/' })).stdout) as Record<string, string>
}

const CLOSED = { read: 'ERR_ACCESS_DENIED', self: 'ERR_ACCESS_DENIED', write: 'ERR_ACCESS_DENIED', child: 'ERR_ACCESS_DENIED', thread: 'ERR_ACCESS_DENIED', code: 'EvalError', environment: '0' }

describe('findLauncher', () => {
  it('closes a process in: whatever it tries with Node itself fails, or the launcher’s warning says so', async () => {
    await using server = createServer((socket) => socket.destroy())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const launcher = await findLauncher(SETTINGS)
    const { network, parent, ...said } = await tryAll(launcher, port)
    expect(said).toEqual(CLOSED)
    if (launcher.isBubblewrapped) expect([launcher.warning, network, parent]).toEqual([undefined, 'ECONNREFUSED', 'ESRCH'])
    else expect(launcher.warning).toMatch(/WITHOUT BUBBLEWRAP/)
    const limits = launcher.before.findIndex((part) => part.endsWith('bwrap'))
    const plain = await tryAll({ ...launcher, before: limits < 0 ? launcher.before : launcher.before.slice(0, limits), node: process.execPath }, port)
    expect(plain).toMatchObject(CLOSED)
  })

  it('refuses to go without bubblewrap where it is required', async () => {
    const ran = findLauncher({ ...SETTINGS, sandbox: 'bubblewrap' }).then(({ isBubblewrapped }) => isBubblewrapped, (error: Error) => error.message)
    const { isBubblewrapped } = await findLauncher(SETTINGS)
    expect(await ran).toEqual(isBubblewrapped ? true : expect.stringContaining('`mcp.code.sandbox: bubblewrap` is required'))
  })
})
