import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../../telemetry/index.ts'
import { GUARDIAN_SCRIPT } from './guardian-script.ts'

/** Outlives a killed gateway just long enough to end its children. While the gateway lives it does nothing. */
export interface Guardian extends AsyncDisposable {
  /** A process group of ours was started. */
  add(pid: number): void
  /** Nothing of that group is left. */
  drop(pid: number): void
}

export interface GuardianOptions {
  readonly variable: string
  readonly owner: string
  readonly path: string | undefined
  readonly logger: Logger
}

const SYSTEM_PATH = '/usr/bin:/bin'
const RESPAWN_MS = 1_000

/**
 * Starts the guardian, and another when it dies. Where there is no POSIX shell, which is Windows, there is no guardian, and a
 * killed gateway leaves the clean-up to `sweepOrphans`.
 */
export function createGuardian({ variable, owner, path, logger }: GuardianOptions): Guardian {
  const leaders = new Set<number>()
  let closed = false
  let shell: ChildProcess | undefined
  let respawn: NodeJS.Timeout | undefined

  function tell(line: string): void {
    if (shell?.stdin?.writable) shell.stdin.write(`${line}\n`)
  }

  function begin(): void {
    if (closed || process.platform === 'win32') return
    const child = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT, 'trunkline-guardian', variable, owner], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      cwd: '/',
      // Whatever the servers' PATH is, `grep` and `sleep` have to be found.
      env: { PATH: path === undefined ? SYSTEM_PATH : `${path}:${SYSTEM_PATH}` },
    })
    shell = child
    // A write that meets a dead guardian fails; its end is noticed below.
    child.stdin.on('error', () => {})
    child.on('error', (error) => logger.error({ err: error }, 'the guardian of child processes could not start'))
    child.on('exit', () => {
      if (closed) return
      logger.warn({}, 'the guardian of child processes ended; starting another')
      respawn = setTimeout(begin, RESPAWN_MS)
    })
    for (const pid of leaders) tell(`add ${pid}`)
  }

  begin()
  return {
    add(pid) {
      leaders.add(pid)
      tell(`add ${pid}`)
    },
    drop(pid) {
      leaders.delete(pid)
      tell(`drop ${pid}`)
    },
    async [Symbol.asyncDispose]() {
      closed = true
      clearTimeout(respawn)
      const child = shell
      if (!child || child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const exited = once(child, 'exit')
      child.stdin?.end('quit\n')
      const ended = await Promise.race([exited.then(() => true), sleep(3_000, false, { ref: false })])
      if (ended) return
      child.kill('SIGKILL')
      await exited
    },
  }
}
