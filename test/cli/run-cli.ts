import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { vi } from 'vitest'

export const LAUNCHER = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url))

export interface CliOptions {
  readonly cwd: string
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
}

export interface CliOutcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command that runs. Disposing kills what is left of it. */
export interface RunningCli extends AsyncDisposable {
  readonly process: ChildProcess
  readonly outcome: Promise<CliOutcome>
  stdout(): string
  stderr(): string
  /** Waits until stderr or stdout holds it, and answers with the match. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>
}

/** Nothing of this machine’s own settings: an empty home, and a PATH to find Node on. */
function environmentFor({ cwd, environment }: CliOptions): NodeJS.ProcessEnv {
  const mark = process.env['TRUNKLINE_TEST_MARK']
  return {
    PATH: process.env['PATH'],
    HOME: join(cwd, 'home'),
    TMPDIR: tmpdir(),
    TRUNKLINE_FROM_SOURCE: '1',
    ...(mark === undefined ? {} : { TRUNKLINE_TEST_MARK: mark }),
    ...environment,
  }
}

export function startCli(args: readonly string[], options: CliOptions): RunningCli {
  const child = spawn(process.execPath, [LAUNCHER, ...args], { cwd: options.cwd, env: environmentFor(options), stdio: 'pipe' })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  // A command that refuses at once does not read what it was given.
  child.stdin.on('error', () => {})
  if (options.input !== undefined) child.stdin.end(options.input)
  const outcome = new Promise<CliOutcome>((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr })))
  return {
    process: child,
    outcome,
    stdout: () => stdout,
    stderr: () => stderr,
    waitFor: (pattern) =>
      vi.waitFor(
        () => {
          const match = pattern.exec(stderr) ?? pattern.exec(stdout)
          if (!match) throw new Error(`Expected ${String(pattern)} in:\n${stderr}\n${stdout}`)
          return match
        },
        { timeout: 120_000, interval: 20 },
      ),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await outcome
    },
  }
}

export async function runCli(args: readonly string[], options: CliOptions): Promise<CliOutcome> {
  await using running = startCli(args, { input: '', ...options })
  return await running.outcome
}

/** A folder for one test, with files in it. */
export interface CliFolder extends Disposable {
  readonly path: string
  write(name: string, text: string): string
}

export function createCliFolder(): CliFolder {
  const path = mkdtempSync(join(tmpdir(), 'trunkline-cli-'))
  return {
    path,
    write(name, text) {
      const file = join(path, name)
      writeFileSync(file, text)
      return file
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }),
  }
}

/** A gateway that listens on a free port, and its address. */
export async function startGateway(folder: CliFolder, args: readonly string[] = [], environment: Readonly<Record<string, string>> = {}): Promise<RunningCli & { readonly url: string }> {
  const running = startCli(['serve', '--port', '0', '--next-steps', '--data', join(folder.path, 'data'), ...args], { cwd: folder.path, environment })
  const match = await running.waitFor(/OpenAI API\s+(\S+)\/v1/)
  return Object.assign(running, { url: match[1] ?? '' })
}
