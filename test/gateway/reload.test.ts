import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { testServerPath } from '../../sim/mcp-servers/index.ts'
import { type GatewayProcess, makePlace, startGatewayProcess } from '../support/gateway-process.ts'

const BIN = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url))

const server = (label: string): object => ({ command: process.execPath, args: [testServerPath('echo'), `--label=${label}`] })

interface Health {
  readonly config: { readonly generation: number; readonly lastReload: { readonly outcome: string; readonly reason: string | null } | null }
  readonly servers: readonly { readonly id: string; readonly state: string }[]
}

const health = async (gateway: GatewayProcess): Promise<Health> => (await (await fetch(`${gateway.url}/healthz`)).json()) as Health

/** The processes of a server, found by the label in their arguments. */
function pidsOf(label: string): readonly string[] {
  const { stdout } = spawnSync('pgrep', ['-f', `echo.ts --label=${label}`], { encoding: 'utf8' })
  return stdout.split('\n').filter((pid) => pid !== '' && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('/bin/sh')).sort()
}

const ready = (gateway: GatewayProcess, count: number): Promise<void> =>
  expect.poll(async () => (await health(gateway)).servers.filter(({ state }) => state === 'ready').length).toBe(count)

describe('a changed document', () => {
  it('restarts only the server it changes, keeps what works when it is wrong, and doctor names the line', async () => {
    using place = makePlace()
    place.write({ version: 1, mcpServers: { a: server('ra1'), b: server('rb1') } })
    await using gateway = await startGatewayProcess(place)
    await ready(gateway, 2)
    const before = { a: pidsOf('ra1'), b: pidsOf('rb1') }
    expect(before.a.length).toBeGreaterThan(0)

    place.write({ version: 1, mcpServers: { a: server('ra1'), b: server('rb2') } })
    await expect.poll(() => pidsOf('rb2').length).toBeGreaterThan(0)
    await expect.poll(() => pidsOf('rb1')).toEqual([])
    expect(pidsOf('ra1')).toEqual(before.a)
    await ready(gateway, 2)
    const generation = (await health(gateway)).config.generation

    place.write('{\n  "version": 1,\n  "mcpServers": {\n    "a": { "comand": "node" }\n  }\n}')
    await expect.poll(async () => (await health(gateway)).config.lastReload?.outcome).toBe('rejected')
    const after = await health(gateway)
    expect(after.config.generation).toBe(generation)
    expect(after.config.lastReload?.reason).toMatch(/trunkline\.json:4:\d+ .*command/s)
    expect(pidsOf('ra1')).toEqual(before.a)
    expect(pidsOf('rb2').length).toBeGreaterThan(0)

    const doctor = spawnSync(process.execPath, [BIN, 'doctor', '--config', place.document, '--data', `${place.directory}/data`], {
      encoding: 'utf8',
      cwd: place.directory,
      env: { HOME: place.directory, PATH: process.env['PATH'] ?? '' },
    })
    expect(doctor.status).toBe(9)
    expect(doctor.stdout).toMatch(/trunkline\.json:4:/)
  })

  it('is applied by SIGHUP and by the API too, and a drain ends with 0', async () => {
    using place = makePlace()
    place.write({ version: 1, mcpServers: {} })
    await using gateway = await startGatewayProcess(place)
    const same = await fetch(`${gateway.url}/_meta/config/reload`, { method: 'POST' })
    expect(await same.json()).toMatchObject({ outcome: 'unchanged' })
    place.write({ version: 1, mcpServers: { c: server('rc1') } })
    gateway.child.kill('SIGHUP')
    await ready(gateway, 1)
    gateway.child.kill('SIGTERM')
    expect(await gateway.exited).toEqual({ code: 0, signal: null })
    expect(pidsOf('rc1')).toEqual([])
  })
})
