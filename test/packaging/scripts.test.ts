import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-scripts-'))
  for (const name of ['scripts', 'bin', '.ci', 'package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'vitest.config.ts', 'test/support/seed.ts', 'test/support/seed-properties.ts']) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  plant('src/cli/main.ts', `export async function main(argv: readonly string[]): Promise<void> {\n  console.log(JSON.stringify({ argv: argv.slice(2), file: import.meta.url, node: process.versions.node }))\n}\n`)
})
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

function plant(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const withModules = (): void => symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))

/** Everything is installed, but the newer Node, whose install script was blocked. */
function withBlockedScripts(): void {
  mkdirSync(join(folder, 'node_modules'))
  cpSync(join(folder, 'package-lock.json'), join(folder, 'node_modules', '.package-lock.json'))
}

interface Outcome {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

function run(script: string, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Outcome {
  const { CI: _ci, ...inherited } = process.env
  // A temp folder of its own: the suite that is run here must not see what other tests make and remove meanwhile.
  const TMPDIR = join(folder, 'tmp')
  mkdirSync(TMPDIR, { recursive: true })
  return spawnSync(process.execPath, [join(folder, 'scripts', script), ...args], { cwd: folder, encoding: 'utf8', env: { ...inherited, TMPDIR, ...environment } })
}

/** `npm start` with an npm that only notes what it was asked, and fails. */
function fakeInstall(): Outcome {
  plant('fake-npm/npm', '#!/bin/sh\necho "$@" > called\nexit 1\n')
  chmodSync(join(folder, 'fake-npm/npm'), 0o755)
  const { npm_execpath: _path, ...environment } = process.env
  return spawnSync(process.execPath, [join(folder, 'scripts/start.mjs')], { cwd: folder, encoding: 'utf8', env: { ...environment, PATH: `${join(folder, 'fake-npm')}:${process.env['PATH'] ?? ''}` } })
}

describe('npm start', () => {
  it('builds once, serves from the build and passes flags on', () => {
    withModules()
    const first = run('start.mjs', ['--port', '5000'])
    expect(first).toMatchObject({ status: 0, stderr: 'trunkline: building\n' })
    expect(JSON.parse(first.stdout)).toMatchObject({ argv: ['serve', '--next-steps', '--port', '5000'], file: expect.stringMatching(/dist\/src\/cli\/main\.js$/) as string, node: expect.stringMatching(/^24\./) as string })
    expect(run('start.mjs')).toMatchObject({ status: 0, stderr: '' })
    plant('src/cli/other.ts', 'export const other = 1\n')
    expect(run('start.mjs').stderr).toBe('trunkline: building\n')
    rmSync(join(folder, 'src/cli/other.ts'))
    run('start.mjs')
    expect(existsSync(join(folder, 'dist/src/cli/other.js'))).toBe(false)
  })

  it('keeps the build that runs when the sources do not compile', () => {
    withModules()
    run('start.mjs')
    plant('src/cli/broken.ts', 'export const broken: number = "no"\n')
    const outcome = run('start.mjs')
    expect(outcome.status).toBe(1)
    expect(outcome.stderr).toContain('trunkline: The sources could not be compiled.\n')
    expect(existsSync(join(folder, 'dist/src/cli/main.js'))).toBe(true)
  })

  it('installs when nothing is installed, by `npm ci`, and says in one line when it cannot', () => {
    const outcome = fakeInstall()
    expect(readFileSync(join(folder, 'called'), 'utf8')).toBe('ci --no-audit --no-fund\n')
    expect(outcome).toMatchObject({ status: 1, stderr: 'trunkline: installing dependencies (once)\ntrunkline: The dependencies could not be installed; npm says why above. The first start needs the network.\n' })
  })

  it('installs again when the lock file asks for something else', () => {
    withBlockedScripts()
    const lock = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as { packages: Record<string, { version: string }> }
    lock.packages['node_modules/zod'] = { version: '99.0.0' }
    plant('package-lock.json', JSON.stringify(lock))
    expect(fakeInstall().stderr).toContain('trunkline: installing dependencies (once)\n')
  })

  it('says one clear line on an old Node where install scripts are blocked', () => {
    withBlockedScripts()
    const outcome = run('start.mjs', [], { TRUNKLINE_NODE_VERSION: '20.20.2' })
    expect(outcome).toMatchObject({ status: 1, stdout: '' })
    expect(outcome.stderr.split('\n')).toHaveLength(2)
    expect(outcome.stderr).toMatch(/^trunkline: Trunkline needs Node 22\.19 or newer and this is 20\.20\.2; .*Install Node 24, or allow the install script of the package "node"/)
  })

  it('starts on a new Node where install scripts are blocked', () => {
    withBlockedScripts()
    for (const name of ['typescript', '@typescript', '@types', 'undici-types', 'rolldown']) symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name))
    const outcome = run('start.mjs')
    expect(outcome.status, outcome.stderr).toBe(0)
    expect(JSON.parse(outcome.stdout)).toMatchObject({ node: process.versions.node })
  })

  it('hands signals on and ends as the gateway ends', async () => {
    withModules()
    plant('src/cli/main.ts', `export async function main(): Promise<void> {\n  const timer = setInterval(() => {}, 1000)\n  process.on('SIGTERM', () => {\n    console.log('drained')\n    process.exitCode = 7\n    clearInterval(timer)\n  })\n  console.log('ready')\n}\n`)
    const child = spawn(process.execPath, [join(folder, 'scripts/start.mjs')], { cwd: folder, stdio: ['ignore', 'pipe', 'ignore'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
    await vi.waitFor(() => expect(output).toContain('ready'), { timeout: 60_000 })
    child.kill('SIGTERM')
    expect(await ended).toBe(7)
    expect(output).toBe('ready\ndrained\n')
  })
})

describe('npm run build', () => {
  it('takes the gateway with it that it starts once, when somebody ends it', async () => {
    withModules()
    const note = join(folder, 'pid')
    plant('src/cli/main.ts', `import { writeFileSync } from 'node:fs'\nexport async function main(): Promise<void> {\n  setInterval(() => {}, 1000)\n  writeFileSync(${JSON.stringify(note)}, String(process.pid))\n}\n`)
    const child = spawn(process.execPath, [join(folder, 'scripts/build.mjs')], { cwd: folder, stdio: 'ignore' })
    const ended = new Promise<NodeJS.Signals | null>((resolve) => child.on('close', (_, signal) => resolve(signal)))
    await vi.waitFor(() => expect(existsSync(note) && readFileSync(note, 'utf8')).toMatch(/^\d+$/), { timeout: 60_000 })
    child.kill('SIGTERM')
    expect(await ended).toBe('SIGTERM')
    expect(() => process.kill(Number(readFileSync(note, 'utf8')), 0)).toThrow('ESRCH')
  })
})

describe('npm test', () => {
  const test = (body: string): string => `import { expect, it } from 'vitest'\n${body}\n`
  const lastLine = ({ stdout }: Outcome): string => stdout.trimEnd().split('\n').at(-1) ?? ''

  beforeEach(() => {
    withModules()
    plant('test/pass.test.ts', test(`it('passes', () => expect(1).toBe(1))`))
  })

  it('ends with the counts, alone on the last line', () => {
    const outcome = run('test.mjs')
    expect(outcome.status, outcome.stdout + outcome.stderr).toBe(0)
    expect(lastLine(outcome)).toBe('1 passed, 0 failed, 0 skipped')
  })

  it('fails for a failed test, and for a file that cannot be loaded', () => {
    plant('test/fail.test.ts', test(`it('fails', () => expect(1).toBe(2))`))
    plant('test/broken.test.ts', `import './not-there.ts'\n`)
    const outcome = run('test.mjs')
    expect(outcome.status).toBe(1)
    expect(lastLine(outcome)).toBe('1 passed, 2 failed, 0 skipped')
  })

  it('runs a part, and fails when that is nothing', () => {
    plant('test/fail.test.ts', test(`it('fails', () => expect(1).toBe(2))`))
    expect(lastLine(run('test.mjs', ['test/pass.test.ts']))).toBe('1 passed, 0 failed, 0 skipped')
    const nothing = run('test.mjs', ['test/no-such'])
    expect(nothing.status).toBe(1)
    expect(lastLine(nothing)).toMatch(/^0 passed, \d failed, 0 skipped$/)
  })

  it('takes skipped tests for failures when CI=true', () => {
    plant('test/skip.test.ts', test(`it.skip('later', () => expect(1).toBe(1))\nit.todo('some day')`))
    const here = run('test.mjs')
    expect([here.status, lastLine(here)]).toEqual([0, '1 passed, 0 failed, 2 skipped'])
    const there = run('test.mjs', [], { CI: 'true' })
    expect([there.status, lastLine(there)]).toEqual([1, '1 passed, 0 failed, 2 skipped'])
  })

  it('fails when the suite leaves a file in its temp folder', () => {
    plant('test/litter.test.ts', test(`import { mkdtempSync } from 'node:fs'\nimport { tmpdir } from 'node:os'\nit('litters', () => expect(mkdtempSync(tmpdir() + '/litter-')).toContain('litter-'))`))
    const outcome = run('test.mjs')
    expect(outcome.stdout).toMatch(/The suite left something behind:\n {2}file in the temp folder: litter-/)
    expect([outcome.status, lastLine(outcome)]).toEqual([1, '2 passed, 1 failed, 0 skipped'])
  })

  it('fails when the suite leaves a process, even one without its environment', () => {
    const body = `import { spawn } from 'node:child_process'\nit('leaves one', () => {\n  const child = spawn('sleep', ['20'], { detached: true, stdio: 'ignore', env: {} })\n  child.unref()\n  expect(child.pid).toBeGreaterThan(0)\n})`
    plant('test/orphan.test.ts', test(body))
    const outcome = run('test.mjs')
    const [, pid] = /process (\d+): sleep 20/.exec(outcome.stdout) ?? []
    if (pid !== undefined) process.kill(Number(pid), 'SIGKILL')
    expect(pid).toBeDefined()
    expect([outcome.status, lastLine(outcome)]).toEqual([1, '2 passed, 1 failed, 0 skipped'])
  })
})

describe('.ci/run', () => {
  it.each([
    [0, 0, 0],
    [1, 0, 1],
    [0, 1, 1],
  ])('runs check (%i) and test (%i) and ends with %i', (check, test, expected) => {
    plant('fake-npm/npm', `#!/bin/sh\necho "$@" >> called\n[ "$1" = test ] && exit ${test}\nexit ${check}\n`)
    chmodSync(join(folder, 'fake-npm/npm'), 0o755)
    const outcome = spawnSync(join(folder, '.ci/run'), { cwd: tmpdir(), encoding: 'utf8', env: { ...process.env, PATH: `${join(folder, 'fake-npm')}:${process.env['PATH'] ?? ''}` } })
    expect(outcome.status).toBe(expected)
    expect(readFileSync(join(folder, 'called'), 'utf8')).toBe('run check\ntest\n')
  })
})
