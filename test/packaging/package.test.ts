import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LARGEST_BYTES = 12 * 1024 * 1024

let folder: string
let home: string
let files: readonly string[]

/** Only what a user gets: the package as it would be published, and its runtime packages. */
function install(tarball: string): string {
  const modules = join(folder, 'prefix', 'node_modules')
  mkdirSync(join(modules, '.bin'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', modules])
  const installed = join(modules, 'trunkline')
  execFileSync('mv', [join(modules, 'package'), installed])
  symlinkSync('../trunkline/bin/trunkline.mjs', join(modules, '.bin', 'trunkline'))
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as { packages: Record<string, { dev?: boolean }> }
  for (const [path, entry] of Object.entries(packages)) {
    if (path === '' || entry.dev === true || path.split('node_modules').length > 2) continue
    mkdirSync(dirname(join(folder, 'prefix', path)), { recursive: true })
    symlinkSync(join(ROOT, path), join(folder, 'prefix', path))
  }
  return join(modules, '.bin', 'trunkline')
}

let program: string
const run = (...args: readonly string[]): string =>
  execFileSync(process.execPath, [program, ...args], { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: home } })

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trunkline-package-'))
  home = join(folder, 'home')
  mkdirSync(home)
  execFileSync(process.execPath, ['-e', `import('./scripts/set-up.mjs').then(({ setUp }) => setUp())`], { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] })
  const environment = { ...process.env, npm_config_cache: join(folder, 'npm-cache'), HOME: home }
  execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder, '--loglevel=error'], { cwd: ROOT, env: environment, stdio: ['ignore', 'ignore', 'inherit'] })
  const name = readdirSync(folder).find((entry) => entry.endsWith('.tgz')) ?? ''
  program = install(join(folder, name))
  files = execFileSync('tar', ['-tzf', join(folder, name)], { encoding: 'utf8' }).trim().split('\n').map((file) => file.replace(/^package\//, ''))
})
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))

describe('the published package', () => {
  it('holds what is on the list and nothing else', () => {
    const allowed = /^(package\.json|README\.md|CHANGELOG\.md|LICENSE|bin\/trunkline\.mjs|schema\/trunkline\.schema\.json|dist\/src\/cli\/[\w-]+\.js)$/
    expect(files.filter((file) => !allowed.test(file) && file !== 'dist/.stamp')).toEqual([])
    expect(files).toEqual(expect.arrayContaining(['package.json', 'bin/trunkline.mjs', 'schema/trunkline.schema.json', 'dist/src/cli/main.js', 'dist/src/cli/writer-thread.js', 'dist/src/cli/search-thread.js']))
  })

  it('holds no tests, no sources, no test servers', () => {
    expect(files.filter((file) => /\.test\.|\.fixture\.|\/testing\/|mcp-servers|(?<!\.d)\.ts$/.test(file))).toEqual([])
  })

  it('is small', () => {
    const installed = join(folder, 'prefix', 'node_modules', 'trunkline')
    const bytes = files.filter((file) => !file.endsWith('/')).reduce((sum, file) => sum + statSync(join(installed, file)).size, 0)
    expect(bytes).toBeLessThan(LARGEST_BYTES)
  })

  it('runs from its built files, with runtime packages only', () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }
    expect(run('--version')).toBe(`${version}\n`)
    expect(run('version')).toBe(`${version}\n`)
    expect(JSON.parse(run('config', 'show', '--json'))).toMatchObject({ format: 'none', providers: { demo: { kind: 'demo' } } })
    expect(existsSync(join(home, '.local'))).toBe(false)
  })

  it('serves: MCP on stdio, through the writer thread and all', () => {
    const initialize = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"t","version":"1"}}}\n'
    const answer = execFileSync(process.execPath, [program, 'stdio'], { cwd: folder, encoding: 'utf8', input: initialize, env: { PATH: process.env['PATH'], HOME: home } })
    expect(JSON.parse(answer)).toMatchObject({ id: 1, result: { serverInfo: { name: 'trunkline' } } })
  })
})
