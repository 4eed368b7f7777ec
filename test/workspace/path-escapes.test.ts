import { spawn } from 'node:child_process'
import { linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openTestWorkspace, type TestWorkspace } from './open-test-workspace.ts'

const SECRET = 'canary-outside'
let space: TestWorkspace
const at = (name: string): string => join(space.root, name)
const secret = (): string => join(space.outside, 'secret')
beforeEach(async () => {
  space = await openTestWorkspace()
  writeFileSync(secret(), SECRET)
})
afterEach(() => space[Symbol.asyncDispose]())

/** Everything that takes a path, with the path in its place. */
const WAYS: readonly (readonly [string, (path: string) => object])[] = [
  ['Read', (file_path) => ({ file_path })],
  ['Write', (file_path) => ({ file_path, content: 'overwritten' })],
  ['Edit', (file_path) => ({ file_path, old_string: '', new_string: 'overwritten' })],
  ['MultiEdit', (file_path) => ({ file_path, edits: [{ old_string: '', new_string: 'overwritten' }] })],
  ['NotebookRead', (notebook_path) => ({ notebook_path: `${notebook_path}.ipynb` })],
  ['NotebookEdit', (notebook_path) => ({ notebook_path: `${notebook_path}.ipynb`, new_source: 'x', cell_type: 'code', edit_mode: 'insert' })],
  ['LS', (path) => ({ path })],
  ['Grep', (path) => ({ path, pattern: 'canary', output_mode: 'content' })],
  ['Glob', (path) => ({ path, pattern: '**/*' })],
]

describe('paths that lead outside (threats T42)', () => {
  it.each(WAYS)('are refused by %s', async (tool, given) => {
    symlinkSync(space.outside, at('folder'))
    symlinkSync(secret(), at('file'))
    symlinkSync(join(space.outside, 'fresh'), at('dangling'))
    writeFileSync(join(space.outside, 'secret.ipynb'), JSON.stringify({ cells: [], canary: SECRET }))
    symlinkSync(join(space.outside, 'secret.ipynb'), at('file.ipynb'))
    const outsideBefore = readdirSync(space.outside)
    const paths = [
      secret(), '../outside/secret', `${space.root}/../outside/secret`, 'a/../../outside/secret', 'folder/secret', 'folder', 'file', 'dangling', 'folder/new/deep', '/etc/passwd', '/proc/self/environ',
      '/proc/self/root/etc/passwd', '/dev/stdin', '//host/share/x', '\\\\host\\share\\x', `file://${secret()}`, 'FILE:///etc/passwd', '~/.ssh/id_rsa', '~root/x', `${secret()}\0.txt`, 'x\0', '', `${space.root}-sibling/x`, 'http://x/y',
    ]
    for (const path of paths) {
      const answer = await space.call(tool, { ...given(path) })
      expect(`${path} → ${answer.isError}`).toBe(`${path} → true`)
      expect(answer.text).not.toContain(SECRET)
    }
    expect(readFileSync(secret(), 'utf8')).toBe(SECRET)
    expect(readdirSync(space.outside)).toEqual(outsideBefore)
  })

  it('does not write through hard links: the other name keeps its text', async () => {
    linkSync(secret(), at('hard'))
    await space.call('Read', { file_path: at('hard') })
    expect((await space.call('Write', { file_path: at('hard'), content: 'mine' })).isError).toBe(false)
    expect([readFileSync(at('hard'), 'utf8'), readFileSync(secret(), 'utf8')]).toEqual(['mine', SECRET])
  })

  it('does not wait for pipes', async () => {
    await once(spawn('mkfifo', [at('pipe')]), 'exit')
    expect((await space.call('Read', { file_path: at('pipe') })).text).toContain('not a file')
    expect((await space.call('Write', { file_path: at('pipe'), content: 'x' })).isError).toBe(true)
  })

  it('follows links that stay inside', async () => {
    mkdirSync(at('real'))
    writeFileSync(at('real/a'), 'inside')
    symlinkSync(at('real'), at('alias'))
    expect((await space.call('Read', { file_path: at('alias/a') })).text).toContain('inside')
    expect((await space.call('Edit', { file_path: at('real/a'), old_string: 'inside', new_string: 'changed' })).isError).toBe(false)
  })
})

/** Swaps a folder for a link that leads outside, and back, as fast as it can; what a writer made in its place is removed. */
const SWAPPER = `
const { existsSync, renameSync, rmSync, symlinkSync } = require('node:fs')
const [dir, spare, link, target] = process.argv.slice(1)
symlinkSync(target, link)
process.stdout.write('ready')
const move = (from, to) => { try { renameSync(from, to) } catch { rmSync(to, { recursive: true, force: true }); renameSync(from, to) } }
for (;;) { try { move(dir, spare); move(link, dir); move(dir, link); move(spare, dir) } catch { if (!existsSync(link)) symlinkSync(target, link) } }`

describe.runIf(process.platform === 'linux')('a folder that is swapped for a link meanwhile (threats T42)', () => {
  it('never shows or changes what is outside', async () => {
    mkdirSync(at('dir'))
    writeFileSync(at('dir/secret'), 'inside')
    const swapper = spawn(process.execPath, ['-e', SWAPPER, at('dir'), at('spare'), at('way'), space.outside], { stdio: ['ignore', 'pipe', 'ignore'] })
    const exited = once(swapper, 'exit')
    try {
      await once(swapper.stdout, 'data')
      const seen = new Set<string>()
      for (let round = 0; round < 60 || (seen.size < 2 && round < 600); round++) {
        const answers = await Promise.all([
          space.call('Read', { file_path: at('dir/secret') }),
          space.call('Write', { file_path: at(`dir/new-${round}`), content: 'x' }),
          space.call('LS', { path: at('dir') }),
          ...(round % 20 === 0 ? [space.call('Grep', { pattern: 'canary', path: space.root })] : []),
        ])
        for (const { text, isError } of answers) {
          expect(text).not.toContain(SECRET)
          seen.add(String(isError))
        }
      }
      // Both worlds were met: otherwise nothing raced.
      expect(seen).toEqual(new Set(['true', 'false']))
    } finally {
      swapper.kill('SIGKILL')
      await exited
    }
    expect(readdirSync(space.outside)).toEqual(['secret'])
    expect(readFileSync(secret(), 'utf8')).toBe(SECRET)
  })
})
