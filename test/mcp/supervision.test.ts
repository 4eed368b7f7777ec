import { execFileSync, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../../src/domain/errors.ts'
import { silentLogger } from '../../src/telemetry/index.ts'
import { sweepOrphans } from '../../src/upstreams/mcp/index.ts'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { until as untilHolds } from '../support/until.ts'
import { callTool, content, createUpstream, isReady, startUpstream, stdio, testServer, textOf, until } from './upstream-fixture.ts'

const FAST = { backOffFirstMs: 20, backOffLastMs: 200 }

/** A zombie is no process any more; its parent has not looked yet. */
function isAlive(pid: number): boolean {
  try {
    return !execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim().startsWith('Z')
  } catch {
    return false
  }
}

function descendants(root: number): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  const found = [root]
  for (let index = 0; index < found.length; index++) for (const [pid, parent] of rows) if (parent === found[index] && pid !== undefined) found.push(pid)
  return found.slice(1)
}

async function pidOf(upstream: ReturnType<typeof createUpstream>): Promise<number[]> {
  return content(await callTool(upstream, 'children')) as number[]
}

describe('createMcpUpstream, crashes', () => {
  it('ends each of 1,000 calls once when the child is killed, comes back, and leaves its neighbour alone', async () => {
    await using upstream = await startUpstream(testServer('echo'), { timing: FAST })
    await using neighbour = await startUpstream(testServer('echo'), { timing: FAST })
    const child = descendants(process.pid).find((pid) => execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes('echo.ts'))
    let settled = 0
    const outcomes = Array.from({ length: 1000 }, (_, index) =>
      callTool(upstream, 'wait', { ms: index % 4 === 0 ? 600_000 : index % 400 }).then(
        () => 'answered',
        (error: unknown) => (error instanceof GatewayError ? error.code : 'unexpected'),
      ).finally(() => settled++),
    )
    const calm = Array.from({ length: 50 }, (_, index) => callTool(neighbour, 'wait', { ms: index * 10 }))
    await untilHolds(() => settled > 200, 'some are answered, and some never will be')
    process.kill(child ?? 0, 'SIGKILL')
    const codes = await Promise.all(outcomes)
    expect(settled).toBe(1000)
    expect(codes.filter((code) => code === 'unexpected')).toEqual([])
    expect(codes).toContain('upstream_interrupted')
    await until(upstream, isReady)
    expect(textOf(await callTool(upstream, 'wait', { ms: 1 }))).toBe('waited 1')
    await expect(Promise.all(calm)).resolves.toHaveLength(50)
  })

  it('names the exit and the last words of the child', async () => {
    await using upstream = await startUpstream(testServer('crash'), { timing: FAST })
    const failure = await callTool(upstream, 'crash').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'upstream_interrupted', message: expect.stringMatching(/exit code 3.*crashing on purpose/) as string })
    await until(upstream, isReady)
  })

  it('shows when the next attempt comes, and refuses calls until then', async () => {
    await using upstream = await startUpstream(testServer('crash', '--at-start'), { timing: { backOffFirstMs: 600_000, backOffLastMs: 600_000 } })
    const { status } = upstream
    if (status.state !== 'backing-off') throw new Error(`unexpected ${status.state}`)
    expect(status.nextAttemptAt.getTime()).toBeGreaterThan(Date.now() + 20_000)
    const failure = await callTool(upstream, 'work').catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'server_unavailable', message: expect.stringContaining('crashing on purpose') as string })
    expect((failure as GatewayError).retryAfterMs).toBeGreaterThan(20_000)
  })

  it('gives up after five crashes, and starts again when told to', async () => {
    await using upstream = await startUpstream(testServer('crash', '--at-start'), { timing: { backOffFirstMs: 5, backOffLastMs: 10 } })
    await until(upstream, ({ status }) => status.state === 'failed')
    expect(upstream.status).toMatchObject({ reason: expect.stringContaining('5 times') as string })
    upstream.restart('somebody asked')
    expect(upstream.status.state).toBe('starting')
  })

  it('starts a program that keeps crashing once for each attempt, not once more for another era', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'trunkline-starts-'))
    const [starts, crash] = [join(folder, 'starts'), join(folder, 'crash')]
    const program = `const fs = require('node:fs'); fs.appendFileSync(${JSON.stringify(starts)}, 'x'); if (fs.existsSync(${JSON.stringify(crash)})) process.exit(1); import(${JSON.stringify(testServerPath('echo'))})`
    try {
      await using upstream = await startUpstream(stdio(process.execPath, ['-e', program, '--', '--legacy']), { timing: { backOffFirstMs: 20, backOffLastMs: 20 } })
      expect(upstream.status).toMatchObject({ state: 'ready', hello: { era: 'legacy' } })
      await writeFile(crash, '')
      const attempts: number[] = []
      upstream.onChange(() => {
        if (upstream.status.state === 'backing-off') attempts.push(readFileSync(starts, 'utf8').length)
      })
      upstream.restart('to meet the crash')
      await until(upstream, () => attempts.length >= 3)
      // It may have become a program of the other era, so that both are tried after the second death.
      expect(attempts).toEqual([2, 3, 5])
      await rm(crash)
      await until(upstream, isReady)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('lets a call wait for a server that is starting', async () => {
    await using upstream = createUpstream(testServer('echo'))
    upstream.start()
    expect(textOf(await callTool(upstream, 'wait', { ms: 1 }))).toBe('waited 1')
  })

  it('restarts a stopped child once it misses its health checks', async () => {
    await using upstream = await startUpstream(testServer('hang'), { timing: { ...FAST, healthIntervalMs: 100, healthTimeoutMs: 2_500, stdinCloseMs: 100, terminateMs: 100 } })
    const reasons: string[] = []
    upstream.onChange(() => reasons.push(upstream.status.state === 'backing-off' ? upstream.status.reason : upstream.status.state))
    await expect(callTool(upstream, 'hang', {}, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'upstream_timeout' })
    await until(upstream, () => reasons.includes('ready'))
    expect(reasons[0]).toContain('health checks')
    expect(textOf(await callTool(upstream, 'work'))).toBe('done')
  })

  it('does not take a server that is busy with a call for a hung one', async () => {
    const busy = testServer('slow', '--list-delay', '0', '--call-delay', '1200', '--blocking')
    await using upstream = await startUpstream(busy, { timing: { healthIntervalMs: 50, healthTimeoutMs: 50 } })
    const states: string[] = []
    upstream.onChange(() => states.push(upstream.status.state))
    expect(textOf(await callTool(upstream, 'slow'))).toBe('done')
    expect(states).toEqual([])
  })

  it('fails running calls once on a restart, with its reason', async () => {
    await using upstream = await startUpstream(testServer('echo'))
    const running = callTool(upstream, 'wait', { ms: 5000 })
    setTimeout(() => upstream.restart('the definition changed'), 50)
    await expect(running).rejects.toMatchObject({ code: 'upstream_interrupted', message: expect.stringContaining('the definition changed') as string })
    await until(upstream, isReady)
  })
})

describe('createMcpUpstream, nothing stays behind', () => {
  it('ends a server that ignores SIGTERM, with grandchildren in other groups and sessions', async () => {
    const upstream = await startUpstream(testServer('forking', '--stubborn', '--ignore-stdin-close'), { timing: { stdinCloseMs: 100, terminateMs: 300 } })
    const pids = await pidOf(upstream)
    expect(pids.map(isAlive)).toEqual([true, true, true])
    await upstream[Symbol.asyncDispose]()
    expect(pids.map(isAlive)).toEqual([false, false, false])
  })

  it('cleans up behind a child that was killed', async () => {
    await using upstream = await startUpstream(testServer('forking'), { timing: { ...FAST, terminateMs: 200 } })
    const [leader, ...others] = await pidOf(upstream)
    process.kill(leader ?? 0, 'SIGKILL')
    await until(upstream, ({ status }) => status.state !== 'ready')
    await until(upstream, isReady)
    expect(others.map(isAlive)).toEqual([false, false])
  })

  it('leaves the process table as it was after 200 starts and stops', { timeout: 600_000 }, async () => {
    const before = descendants(process.pid).length
    const script = 'process.stdin.on("data",d=>{for(const l of String(d).split("\\n"))if(l.includes("initialize\\"")){process.stdout.write(JSON.stringify({jsonrpc:"2.0",id:JSON.parse(l).id,result:{protocolVersion:"2025-11-25",capabilities:{}}})+"\\n")}});process.stdin.on("end",()=>process.exit())'
    const one = async (): Promise<string> => {
      const upstream = await startUpstream(stdio(process.execPath, ['-e', script]), { definition: { era: 'legacy' } })
      const { state } = upstream.status
      await upstream[Symbol.asyncDispose]()
      return state
    }
    const states: string[] = []
    for (let round = 0; round < 50; round++) states.push(...(await Promise.all([one(), one(), one(), one()])))
    expect(states).toEqual(Array(200).fill('ready'))
    await expect.poll(() => descendants(process.pid).length).toBe(before)
  })

  it('starts another guardian when one dies', async () => {
    await using upstream = await startUpstream(testServer('echo'))
    const guardians = (): number[] => descendants(process.pid).filter((pid) => isAlive(pid) && execFileSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).includes('trunkline-guardian'))
    const [first] = guardians()
    process.kill(first ?? 0, 'SIGKILL')
    await expect.poll(guardians).toHaveLength(1)
    expect(guardians()).not.toContain(first)
    expect(isReady(upstream)).toBe(true)
  })

  const runner = new URL('./run-gateway.ts', import.meta.url).pathname

  it.each([
    ['the forking server', ['forking']],
    ['servers that were started by npx', ['npx-everything', 'npx-memory', 'forking', 'forking-stubborn']],
  ])('leaves nothing of %s when the gateway is killed', { timeout: 300_000 }, async (_, servers) => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'trunkline-kill-'))
    const gateway = spawn(process.execPath, [runner, stateDirectory, ...servers], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ready = new Promise<string>((resolve) => gateway.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString())))
    const named = JSON.parse(await ready) as number[]
    const family = [...new Set([...descendants(gateway.pid ?? 0), ...named])]
    expect(family.length).toBeGreaterThanOrEqual(3 * servers.length)
    gateway.kill('SIGKILL')
    await expect.poll(() => family.filter(isAlive), { interval: 100 }).toEqual([])
    await sweepOrphans(stateDirectory, silentLogger)
    expect(await readdir(join(stateDirectory, 'children'))).toEqual([])
    await rm(stateDirectory, { recursive: true })
  })
})

describe('sweepOrphans', () => {
  it('ends what a dead gateway recorded, and spares a process that only has the same pid', async () => {
    const stateDirectory = await mkdtemp(join(tmpdir(), 'trunkline-sweep-'))
    const upstream = await startUpstream(testServer('forking'), { stateDirectory })
    const pids = await pidOf(upstream)
    const folder = join(stateDirectory, 'children')
    await expect.poll(() => (existsSync(folder) ? readdir(folder) : [])).toHaveLength(1)

    await sweepOrphans(stateDirectory, silentLogger)
    expect(pids.map(isAlive)).toEqual([true, true, true])

    const [name = ''] = await readdir(folder)
    const record = JSON.parse(await readFile(join(folder, name), 'utf8')) as { leader: { startedAt: number }; gateway: object; owner: string }
    const bystander = spawn(process.execPath, ['-e', 'setInterval(()=>{},1000)'], { detached: true, stdio: 'ignore' })
    const reused = { ...record, owner: 'nobody-at-all', gateway: { pid: 1, startedAt: -1 }, leader: { pid: bystander.pid, startedAt: 1 } }
    await writeFile(join(folder, 'reused.json'), JSON.stringify(reused))
    await writeFile(join(folder, name), JSON.stringify({ ...record, gateway: { pid: 1, startedAt: -1 } }))
    await writeFile(join(folder, 'broken.json'), '{"half":')
    // A gateway that was killed while it wrote; no process can have this pid.
    await writeFile(join(folder, '99999999-1-x.json.new'), '{')
    await sweepOrphans(stateDirectory, silentLogger)
    expect(pids.map(isAlive)).toEqual([false, false, false])
    expect(isAlive(bystander.pid ?? 0)).toBe(true)
    // The server may be back already, with a record of its own.
    const left = await readdir(folder)
    expect(left.filter((file) => ['broken.json', 'reused.json', '99999999-1-x.json.new', name].includes(file))).toEqual([])

    bystander.kill('SIGKILL')
    await upstream[Symbol.asyncDispose]()
    await rm(stateDirectory, { recursive: true })
  })

  it('has nothing to do without records', async () => {
    await expect(sweepOrphans(join(tmpdir(), 'trunkline-none'), silentLogger)).resolves.toBeUndefined()
  })
})
