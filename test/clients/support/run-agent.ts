import { spawn } from 'node:child_process'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const DEADLINE_MS = 170_000
const PIPES_MS = 2_000

/** Nothing listens there: whatever an agent wants from elsewhere is refused at once. */
const NOWHERE = 'http://127.0.0.1:9'

export interface AgentRun {
  readonly program: string
  readonly isScript: boolean
  readonly args: readonly string[]
  /** Home, working directory and temp folder; disposable. */
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly deadlineMs?: number
}

export interface AgentOutcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

function environmentOf({ directory, environment }: AgentRun): Record<string, string> {
  return {
    PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: directory,
    TMPDIR: directory,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    NO_COLOR: '1',
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    ALL_PROXY: NOWHERE,
    http_proxy: NOWHERE,
    https_proxy: NOWHERE,
    all_proxy: NOWHERE,
    NO_PROXY: '127.0.0.1,localhost',
    no_proxy: '127.0.0.1,localhost',
    // What the suite looks for, to find processes that outlive it.
    ...(process.env['TRUNKLINE_TEST_MARK'] === undefined ? {} : { TRUNKLINE_TEST_MARK: process.env['TRUNKLINE_TEST_MARK'] }),
    ...environment,
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // The usual end: the group has gone by itself.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/**
 * Runs an agent to its end, with the loopback only, nothing of our environment and nothing on stdin. Whatever it started
 * in its process group ends with it.
 */
export async function runAgent(run: AgentRun): Promise<AgentOutcome> {
  const [command, ...first] = run.isScript ? [process.execPath, run.program] : [run.program]
  const child = spawn(command, [...first, ...run.args], { cwd: run.directory, env: environmentOf(run), detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const timer = setTimeout(() => killGroup(child.pid), run.deadlineMs ?? DEADLINE_MS)
  try {
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (...ended) => resolve(ended))
    })
    killGroup(child.pid)
    // What left the group may hold the pipes open.
    await Promise.race([closed, sleep(PIPES_MS, undefined, { ref: false })])
    return { code, signal, stdout, stderr }
  } finally {
    clearTimeout(timer)
    child.stdout.destroy()
    child.stderr.destroy()
  }
}
