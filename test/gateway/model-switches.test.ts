import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { makePlace, startGatewayProcess, type GatewayProcess, type Place } from '../support/gateway-process.ts'

const BIN = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url))

const DOCUMENT = {
  version: 1,
  providers: { demo: { kind: 'demo' }, other: { kind: 'demo' } },
  models: { small: 'demo/echo', smart: { strategy: 'fallback', targets: ['demo/echo', 'other/echo'] }, 'claude-*haiku*': 'small' },
}

const put = async (gateway: GatewayProcess, path: string, body: object | string): Promise<{ status: number; body: { outcome?: string; problems?: string[]; detail?: string } }> => {
  const response = await fetch(`${gateway.url}/_meta/${path}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) })
  return { status: response.status, body: (await response.json()) as { outcome?: string } }
}

async function ask(gateway: GatewayProcess, model: string): Promise<{ status: number; target: string | null; text: string }> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }) })
  return { status: response.status, target: response.headers.get('x-trunkline-target'), text: await response.text() }
}

async function listed(gateway: GatewayProcess): Promise<readonly string[]> {
  const { data } = (await (await fetch(`${gateway.url}/v1/models`)).json()) as { data: { id: string }[] }
  return data.map(({ id }) => id)
}

function cli(place: Place, ...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args, '--config', place.document, '--data', join(place.directory, 'data')], { encoding: 'utf8', cwd: place.directory, env: { HOME: place.directory, PATH: process.env['PATH'] ?? '', TRUNKLINE_FROM_SOURCE: '1' } })
  return { code: status, stdout, stderr }
}

const overlayOf = ({ directory }: Place): string => join(directory, 'data', 'runtime.yaml')

describe('switches of models and providers', () => {
  it('are in force when they are answered, and survive a restart', async () => {
    using place = makePlace()
    place.write(DOCUMENT)
    {
      await using gateway = await startGatewayProcess(place)
      expect(await ask(gateway, 'smart')).toMatchObject({ status: 200, target: 'demo/echo' })
      expect(await put(gateway, 'models/demo/echo', { enabled: false })).toMatchObject({ status: 200, body: { outcome: 'applied' } })
      expect(await ask(gateway, 'smart')).toMatchObject({ status: 200, target: 'other/echo' })
      const off = await ask(gateway, 'claude-3-5-haiku-latest')
      expect([off.status, off.text.includes('trunkline models enable demo/echo')]).toEqual([404, true])
      expect(await listed(gateway)).not.toContain('demo/echo')
      expect(await put(gateway, 'models/smart', { favourite: true })).toMatchObject({ status: 200, body: { outcome: 'applied' } })
      expect(await put(gateway, 'models/smart', { favourite: true })).toMatchObject({ status: 200, body: { outcome: 'unchanged' } })
      expect((await listed(gateway))[0]).toBe('smart')
      expect(await put(gateway, 'providers/other', { enabled: false })).toMatchObject({ status: 200, body: { outcome: 'applied' } })
      expect((await ask(gateway, 'smart')).status).toBe(404)
    }
    expect(readFileSync(overlayOf(place), 'utf8')).toContain('disabledModels')
    await using again = await startGatewayProcess(place)
    expect((await ask(again, 'smart')).status).toBe(404)
    await put(again, 'providers/other', { enabled: true })
    expect(await ask(again, 'smart')).toMatchObject({ status: 200, target: 'other/echo' })
  })

  it('refuse what they do not understand, and change nothing while the document is broken', async () => {
    using place = makePlace()
    place.write(DOCUMENT)
    await using gateway = await startGatewayProcess(place)
    expect(await put(gateway, 'models/nothing-like-it', { enabled: false })).toMatchObject({ status: 404 })
    expect(await put(gateway, 'models/claude-haiku-9', { enabled: false })).toMatchObject({ status: 400, body: { detail: expect.stringContaining('claude-*haiku*') as string } })
    expect(await put(gateway, 'providers/nobody', { enabled: false })).toMatchObject({ status: 404 })
    for (const body of ['{', '{}', '[]', '{"enabled":"no"}', '{"enabled":false,"command":"x"}']) expect((await put(gateway, 'models/small', body)).status).toBe(400)
    place.write('{\n  "models": { "a": 7 }\n}')
    const rejected = await put(gateway, 'models/small', { enabled: false })
    expect(rejected).toMatchObject({ status: 422, body: { outcome: 'rejected' } })
    expect(rejected.body.problems?.[0]).toMatch(/trunkline\.json:2:\d+ Expected `models\.a`/)
    expect(existsSync(overlayOf(place))).toBe(false)
    expect((await ask(gateway, 'small')).status).toBe(200)
  })

  it('are made and seen on the command line, and forgotten by a reset', async () => {
    using place = makePlace()
    place.write(DOCUMENT)
    await using gateway = await startGatewayProcess(place)
    const at = ['--url', gateway.url]
    expect(cli(place, 'models', 'disable', 'demo/echo', ...at)).toMatchObject({ code: 0, stdout: 'demo/echo is switched off.\n' })
    expect(cli(place, 'models', 'disable', 'demo/echo', ...at)).toMatchObject({ code: 0, stdout: 'demo/echo is switched off already.\n' })
    expect(cli(place, 'models', 'favourite', 'other/echo', ...at)).toMatchObject({ code: 0, stdout: 'other/echo is a favourite.\n' })
    const { stdout } = cli(place, 'models', ...at)
    expect(stdout.split('\n')[0]).toBe('other/echo\tother\ton\t★')
    expect(stdout).toContain('demo/echo\tdemo\toff\t')
    expect(cli(place, 'models', 'enable', 'nothing-like-it', ...at)).toMatchObject({ code: 6 })
    expect(cli(place, 'models', 'resolve', 'smart', ...at).stdout).toBe('smart is a public model\nfallback\n├─ demo/echo\n└─ other/echo\n')
    expect(JSON.parse(cli(place, 'models', 'resolve', 'claude-haiku-1', '--json', ...at).stdout)).toMatchObject({ by: { kind: 'rule', pattern: 'claude-*haiku*' } })

    const asked = cli(place, 'config', 'reset', ...at)
    expect([asked.code, existsSync(overlayOf(place)), asked.stderr.includes('favourites')]).toEqual([2, true, true])
    expect(cli(place, 'config', 'reset', '--yes', ...at)).toMatchObject({ code: 0, stdout: `${overlayOf(place)} is removed.\n` })
    expect(existsSync(overlayOf(place))).toBe(false)
    expect((await ask(gateway, 'demo/echo')).status).toBe(200)
    expect(cli(place, 'config', 'reset', '--yes', ...at)).toMatchObject({ code: 0 })
  })

  it('can be reset when a switch keeps the configuration from loading', () => {
    using place = makePlace()
    place.write(DOCUMENT)
    spawnSync('mkdir', ['-p', join(place.directory, 'data')])
    writeFileSync(overlayOf(place), 'version: 1\nvalues: { favourites: 7 }\n')
    expect(cli(place, 'config', 'validate').code).toBe(2)
    expect(cli(place, 'config', 'reset', '--yes')).toMatchObject({ code: 0 })
    expect(cli(place, 'config', 'validate').code).toBe(0)
  })
})

describe('trunkline models resolve', () => {
  it('needs no gateway', () => {
    using place = makePlace()
    place.write({ ...DOCUMENT, models: { agent: { strategy: 'roles', main: { strategy: 'weighted', targets: [{ model: 'demo/echo', weight: 3, parameters: { top_p: 1 } }, 'other/echo'] }, longContext: { to: 'other/long' } } } })
    expect(cli(place, 'models', 'resolve', 'agent').stdout).toBe(
      'agent is a public model\nroles\n├─ main: weighted\n│  ├─ 3× demo/echo  (parameters: top_p)\n│  └─ 1× other/echo\n└─ longContext above 60000 tokens: other/long\n',
    )
    expect(cli(place, 'models', 'resolve', 'agnet')).toMatchObject({ code: 6, stderr: expect.stringContaining('`agent`') as string })
  })
})
