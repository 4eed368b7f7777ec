import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AddressInfo } from 'node:net'
import type { WorkspaceBash, WorkspaceSettings } from '../../src/domain/workspace.ts'
import { until } from '../support/until.ts'
import { BASH, openTestWorkspace, type TestWorkspace } from './open-test-workspace.ts'

const SECRET = 'canary-outside'
const IS_LINUX = process.platform === 'linux'

function hasBubblewrap(): boolean {
  try {
    execFileSync('bwrap', ['--ro-bind', '/', '/', '--unshare-all', '--proc', '/proc', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function open(sandbox: WorkspaceSettings['sandbox'], bash: Partial<WorkspaceBash> = {}): Promise<TestWorkspace> {
  const space = await openTestWorkspace({ sandbox, bash: { ...BASH, ...bash } })
  writeFileSync(join(space.outside, 'secret'), SECRET)
  mkdirSync(join(space.root, 'sub'))
  writeFileSync(join(space.root, 'inside.txt'), 'inside\n')
  symlinkSync(join(space.outside, 'secret'), join(space.root, 'link'))
  return space
}

const run = (space: TestWorkspace, command: string, more = {}): ReturnType<TestWorkspace['call']> => space.call('Bash', { command, ...more })

/** Each prints the secret, or leaves a mark outside, where nothing holds it back. */
const escapes = ({ outside }: TestWorkspace, port: number): readonly string[] => [
  `cat ${outside}/secret`, 'cat ../outside/secret', 'cat sub/../../outside/secret', 'cat link', 'cat l*', 'cat ./li?k', `cat < ${outside}/secret`, 'cat "../outside/"secret', "cat ..'/outside/secret'", 'cat ..\\/outside/secret',
  `cat $(echo ../outside/secret)`, 'cat `echo ../outside/secret`', 'X=../outside/secret; cat $X', 'cat ${X:-../outside/secret}', "cat $'../outside/secret'", 'cat {../outside/secret,}', 'cd .. && cat outside/secret',
  'cd ../outside; cat secret', '(cd ..; cat outside/secret)', 'cd .. || true; cat outside/secret', 'pushd ..; cat outside/secret', `bash -c 'cat ../outside/secret'`, 'eval "cat ../outside/secret"', `sh -c "cat ${outside}/secret"`,
  'cat <(cat ../outside/secret)', 'cat <<EOF\n$(cat ../outside/secret)\nEOF', 'echo ../outside/secret | xargs cat', 'env cat ../outside/secret', 'cat /proc/1/environ /proc/*/environ', `cat /proc/self/root${outside}/secret`,
  'printenv CANARY', 'echo "$CANARY"', `echo x > ${outside}/made`, 'echo x >> ../outside/made', 'tee ../outside/made < inside.txt', 'cp inside.txt ../outside/made', `ln -s ${outside} sub/way && cat sub/way/secret`, 'ln ../outside/secret hard && cat hard',
  `cat < /dev/tcp/127.0.0.1/${port}`, `exec 5<>/dev/tcp/127.0.0.1/${port}; cat <&5`, `sed -n 'r../outside/secret' inside.txt`, `sed 'r${outside}/secret' inside.txt`, `mkdir -p r${outside}; sed 'r${outside}/secret' inside.txt`, `grep -f../outside/secret . inside.txt; cat ../outside/secret`, 'cat file://../outside/secret; cat ../outside/secret',
  'case x in x) cat ../outside/secret;; esac', 'f() { cat ../outside/secret; }; f', '[[ x ]] && cat ../outside/secret', 'cat ~/../../outside/secret ~root/x', 'trap "cat ../outside/secret" EXIT', '. ../outside/secret', `source ${outside}/secret`,
]

describe.runIf(IS_LINUX).each(['none', 'bubblewrap'] as const)('commands, sandbox %s', (sandbox) => {
  // bubblewrap is not everywhere. A skipped test fails the suite where CI=true, and `.ci/run` installs it.
  const test = it.skipIf(sandbox === 'bubblewrap' && !hasBubblewrap())

  test('run in the workspace and keep their folder', async () => {
    await using space = await open(sandbox, { allow: ['*'] })
    expect(await run(space, 'cat inside.txt | wc -l')).toMatchObject({ isError: false, text: '1' })
    expect((await run(space, 'cd sub && pwd')).text).toBe(join(space.root, 'sub'))
    expect((await run(space, 'pwd; echo made > file')).text).toBe(join(space.root, 'sub'))
    expect(readFileSync(join(space.root, 'sub/file'), 'utf8')).toBe('made\n')
    expect(await run(space, 'echo out; echo err >&2; exit 3')).toMatchObject({ isError: true, text: 'Exit code 3\nout\nerr' })
    expect((await run(space, 'true')).text).toBe('(no output)')
    expect((await run(space, 'ls', { run_in_background: true })).text).toContain('not served')
  })

  test('see and change nothing outside, even when every program is allowed (threats T5)', async () => {
    await using space = await open(sandbox, { allow: ['*'] })
    let connections = 0
    const sink = createServer((socket) => {
      connections++
      socket.end(SECRET)
    }).listen(0, '127.0.0.1')
    await once(sink, 'listening')
    for (const command of escapes(space, (sink.address() as AddressInfo).port)) {
      const { text } = await run(space, command)
      expect(`${command} → ${/canary-of|canary-outside/.test(text)}`).toBe(`${command} → false`)
    }
    expect(existsSync(join(space.outside, 'made'))).toBe(false)
    expect(readFileSync(join(space.outside, 'secret'), 'utf8')).toBe(SECRET)
    expect(connections).toBe(0)
    sink.close()
  })

  test('end with their time, with everything that they started', async () => {
    await using space = await open(sandbox, { allow: ['*'] })
    const answer = await run(space, 'echo begun; setsid sleep 77.25 & sleep 77.25', { timeout: 5_000 })
    expect(answer).toMatchObject({ isError: true, text: expect.stringMatching(/timed out after 5000 ms[^]*begun/) as string })
    await run(space, 'sleep 77.25 & true')
    await until(() => !execFileSync('ps', ['-eo', 'args']).toString().includes('sleep 77.25'), 'no process is left')
  })

  test('are cut in output, held in memory and ended by a cancellation', async () => {
    await using space = await open(sandbox, { allow: ['*'], outputBytes: 1000, memoryBytes: 64 * 1024 * 1024 })
    const { text } = await run(space, 'yes | head -c 5000000')
    expect([text.length < 1200, text.includes('bytes left out')]).toEqual([true, true])
    expect(await run(space, `head -c 300000000 /dev/null; bash -c 'x=$(head -c 200000000 /dev/zero | tr "\\\\0" a); echo reached'`)).not.toMatchObject({ text: 'reached' })
    const stop = new AbortController()
    const hanging = run(space, 'sleep 66.25', { timeout: 15_000 })
    const cancelled = space.call('Bash', { command: 'sleep 66.5' }, { signal: stop.signal })
    setTimeout(() => stop.abort(), 300)
    await expect(cancelled).rejects.toThrow('cancelled')
    await until(() => !execFileSync('ps', ['-eo', 'args']).toString().includes('sleep 66.5'), 'the command is ended')
    await run(space, 'true')
    void hanging.catch(() => undefined)
  })

  test('follow the rules, whatever quotes, paths and lists hide', async () => {
    await using space = await open(sandbox, { allow: ['echo *', 'cat *', 'git status', 'wc:*'], deny: ['echo secret*'] })
    for (const command of ['echo a', 'echo a; echo b && cat inside.txt | wc', '! cat none', '{ echo a; }', 'if echo a; then echo b; fi', "ec'h'o a"]) expect(`${command}: ${(await run(space, command)).isError}`).toBe(`${command}: false`)
    const refused = [
      'touch x', 'echo a; touch x', 'echo a | touch x', 'echo a & touch x', 'echo a\ntouch x', 'echo $(touch x)', 'echo `touch x`', 'echo "$(touch x)"', 'echo "`touch x`"', 'cat <(touch x)', '(touch x)', '{ touch x; }',
      'while touch x; do echo a; done', 'echo a || touch x', '/bin/touch x', './cat x', 't"ou"ch x', '\\touch x', '$(echo touch) x', 'PATH=. echo a', 'LD_PRELOAD=x echo a', 'git status --short', 'echo secret', "echo 'secret' x",
      'env touch x', 'bash -c "touch x"', 'eval touch x', 'echo a >&2; touch x', 'cat <<EOF\n$(touch x)\nEOF', 'cat <<\'EOF\'\nEOF\ntouch x', 'f() { touch x; }; f', 'echo $((a[$(touch x)]))', 'echo ${a[$(touch x)]}', 'echo ${a:-`touch x`}', 'echo "unclosed', 'echo a)', 'case a in a) touch x;; esac',
    ]
    for (const command of refused) expect(`${command}: ${(await run(space, command)).text}`).toContain(`${command}: Refused: `)
    expect(existsSync(join(space.root, 'x'))).toBe(false)
  })

  test('are asked about, and run when a person says yes', async () => {
    await using space = await open(sandbox, { allow: ['*'], ask: ['touch *'] })
    const asked: unknown[] = []
    const say = (action: string) => (params: object) => {
      asked.push((params as { message: string }).message)
      return { action, content: {} }
    }
    expect((await run(space, 'touch a')).text).toContain('cannot ask one')
    expect((await space.call('Bash', { command: 'env touch a' }, { onAsk: say('decline') })).text).toContain('nobody approved')
    expect(existsSync(join(space.root, 'a'))).toBe(false)
    expect((await space.call('Bash', { command: 'touch a' }, { onAsk: say('accept') })).isError).toBe(false)
    expect(existsSync(join(space.root, 'a'))).toBe(true)
    expect(asked).toEqual([expect.stringContaining('env touch a'), expect.stringContaining('touch a')])
  })
})

describe('a shell without a sandbox', () => {
  it('says so where nobody can miss it, and runs nothing without an allow list', async () => {
    const lines: string[] = []
    const logger = { child: () => logger, debug: () => {}, info: () => {}, error: () => {}, warn: (_facts: object, message: string) => void lines.push(message) } as never
    await using space = await openTestWorkspace({ sandbox: 'auto', bash: BASH }, { environment: { PATH: '/nowhere' }, logger })
    const described = (await space.tools()).find(({ name }) => name === 'Bash')?.['description']
    expect(described).toMatch(/^⚠ NOT SANDBOXED \(.*bubblewrap.*\)/)
    expect(lines).toEqual([expect.stringContaining('NOT SANDBOXED')])
    expect((await run(space, 'true')).text).toContain('without one only commands of `bash.allow` run')
  })

  it('runs nothing at all where a sandbox is required', async () => {
    await using space = await openTestWorkspace({ sandbox: 'bubblewrap', bash: { ...BASH, allow: ['*'] } }, { environment: { PATH: '/nowhere' } })
    expect((await run(space, 'true')).text).toContain('`sandbox: bubblewrap` is required')
  })

  it('runs nothing in a read-only workspace', async () => {
    await using space = await openTestWorkspace({ sandbox: 'none', readOnly: true, bash: { ...BASH, allow: ['*'] } })
    expect((await run(space, 'true')).text).toContain('nothing can keep a command from writing')
  })
})

describe.runIf(IS_LINUX)('the sandbox', () => {
  it.skipIf(!hasBubblewrap())('needs no rules: it shows the system, the roots and nothing else', async () => {
    await using space = await open('bubblewrap')
    const { text } = await run(space, 'ls /proc | grep -c "^[0-9]"; ls -A $HOME /tmp; echo x > /usr/made; cat /etc/shadow; env')
    expect(text).toMatch(/Read-only file system[^]*No such file or directory/)
    expect(text).not.toContain('CANARY')
    expect(Number(text.split('\n').find((line) => /^\d+$/.test(line)))).toBeLessThan(8)
    await using readOnly = await openTestWorkspace({ sandbox: 'bubblewrap', readOnly: true, bash: BASH })
    expect((await run(readOnly, 'touch x')).text).toContain('Read-only file system')
  })
})
