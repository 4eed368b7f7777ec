import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCliFolder, LAUNCHER, type CliFolder } from './run-cli.ts'

let folder: CliFolder
beforeEach(() => {
  folder = createCliFolder()
})
afterEach(() => folder[Symbol.dispose]())

const run = (launcher: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, [launcher, ...args], { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder.path, ...environment }, cwd: folder.path })

/** The launcher in a package of which nothing else is there: loading anything would fail. */
function loneLauncher(): string {
  mkdirSync(join(folder.path, 'bin'))
  cpSync(LAUNCHER, join(folder.path, 'bin', 'trunkline.mjs'))
  folder.write('package.json', '{"version":"9.8.7","type":"module"}')
  return join(folder.path, 'bin', 'trunkline.mjs')
}

describe('the launcher', () => {
  it('answers --version from the package alone', () => {
    expect(run(loneLauncher(), ['--version'])).toMatchObject({ status: 0, stdout: '9.8.7\n', stderr: '' })
  })

  it.each(['12.22.0', '20.20.2', '22.18.9'])('says on Node %s how to run with Node 24', (version) => {
    const outcome = run(LAUNCHER, ['tools', 'list'], { TRUNKLINE_NODE_VERSION: version })
    expect(outcome).toMatchObject({ status: 2, stdout: '' })
    expect(outcome.stderr).toBe(`trunkline needs Node 22.19+ (you have ${version}). Run: npx -y -p node@24 -p trunkline trunkline tools list\n`)
  })

  it.each(['22.19.0', '24.0.0', '30.1.0'])('starts on Node %s', (version) => {
    expect(run(LAUNCHER, ['version'], { TRUNKLINE_NODE_VERSION: version, TRUNKLINE_FROM_SOURCE: '1' })).toMatchObject({ status: 0 })
  })

  it('still answers --version on an old Node', () => {
    expect(run(LAUNCHER, ['--version'], { TRUNKLINE_NODE_VERSION: '12.22.0' })).toMatchObject({ status: 0 })
  })

  it('uses no syntax that a Node without modern JavaScript would refuse', () => {
    const source = readFileSync(LAUNCHER, 'utf8').replaceAll(/^\s*\/\/.*$/gm, '')
    for (const modern of [/=>/, /\?\./, /\?\?/, /`/, /\bconst\b/, /\blet\b/, /\basync\b/, /\bawait\b/, /\.\.\.[a-z]/]) expect(source).not.toMatch(modern)
  })

  it('runs in a clone on whatever Node the machine has, with the one among the dependencies', () => {
    const found = spawnSync('sh', ['-c', 'for d in /usr/local/bin /usr/bin /opt/node/bin; do [ -x $d/node ] && echo $d/node; done'], { encoding: 'utf8' })
    const others = [...found.stdout.trim().split('\n').filter((path) => path !== '' && existsSync(path)), process.execPath]
    for (const node of others) expect(execFileSync(node, [LAUNCHER, 'version'], { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: folder.path, TRUNKLINE_FROM_SOURCE: '1' } })).toMatch(/^\d+\.\d+\.\d+/)
  })
})
