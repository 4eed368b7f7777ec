import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from '../../telemetry/index.ts'
import { createLineFramer } from '../mcp/index.ts'
import { createCallAnswers } from './answer-calls.ts'
import { createDeadline } from './deadline.ts'
import { HOST_SOURCE } from './host-source.ts'
import { type Launcher, nodeFlags } from './launcher.ts'
import { ForeignMessage, readScriptMessage, type ScriptMessage } from './read-message.ts'
import { REALM_SOURCE } from './realm-source.ts'
import type { SandboxSettings } from '../../domain/sandbox-settings.ts'
import type { ScriptEnd, ScriptJob } from './script-job.ts'

export interface RunScriptDeps {
  readonly launcher: Launcher
  readonly settings: SandboxSettings
  readonly logger: Logger
  /** Told the pid that leads the group, and when nothing of it is left. */
  readonly watch: { add(pid: number): void; drop(pid: number): void } | undefined
}

type Outcome = ScriptEnd['outcome']

const END_MS = 5_000
const DRAIN_MS = 500
const STDERR_CHARACTERS = 8_192
/** Messages beyond those that the limits allow: a script that goes on calling is ended. */
const SPARE_MESSAGES = 1_000
const OUT_OF_MEMORY = /out of memory|Last few GCs|Allocation failed/i

/** Ends the process and everything in its group, and waits until its pipes are closed. */
async function endProcess(child: ChildProcessWithoutNullStreams, closed: Promise<unknown>, { logger, watch }: RunScriptDeps): Promise<void> {
  const { pid } = child
  if (pid === undefined) return
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ESRCH' && code !== 'EPERM') throw error
  }
  const stop = new AbortController()
  const isClosed = await Promise.race([closed.then(() => true), sleep(END_MS, false, { signal: stop.signal }).catch(() => true)])
  stop.abort()
  if (isClosed) watch?.drop(pid)
  else logger.error({ pid }, 'the process of a script could not be ended')
}

function explainExit(child: ChildProcessWithoutNullStreams, stderr: string, { memoryBytes }: SandboxSettings): string {
  if (OUT_OF_MEMORY.test(stderr)) return `The script needed more than ${Math.floor(memoryBytes / 1024 / 1024)} MB of memory (\`mcp.code.memory\`). Work with less at a time.`
  const how = child.signalCode === null ? `exit code ${child.exitCode}` : `signal ${child.signalCode}`
  return `The process of the script ended by itself (${how}).`
}

interface Far {
  /** A line to the script. */
  send(line: string): void
  /** Ends the process and everything in its group, and waits until its pipes are closed. */
  end(): Promise<void>
}

/** Starts the process and reads it: whole lines go to `onLine`, and however it is over is told once to `onOver`. */
function openProcess(deps: RunScriptDeps, onLine: (text: string) => void, onOver: (why: string) => void): Far {
  const { launcher, settings, logger, watch } = deps
  const [program, ...rest] = [...launcher.before, launcher.node, ...nodeFlags(settings), '-e', HOST_SOURCE]
  const child = spawn(program, rest, { cwd: '/', env: {}, detached: true, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'] })
  const closed = once(child, 'close').catch((error: unknown) => onOver(`The process of the script could not be started: ${String(error)}`))
  if (child.pid !== undefined) watch?.add(child.pid)
  let stderr = ''
  const framer = createLineFramer(settings.messageBytes + 1_024, {
    line: onLine,
    oversize: () => onOver(`The script sent more than ${settings.messageBytes} bytes at once. Return less, or pass less to a tool.`),
  })
  child.stdout.on('data', (bytes: Buffer) => framer.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => {
    stderr = `${stderr}${bytes.toString('latin1')}`.slice(-STDERR_CHARACTERS)
  })
  // EPIPE: the process is ending, which is noticed by itself.
  child.stdin.on('error', (error) => logger.debug({ err: error }, 'writing to a script failed'))
  // What it wrote last is still in its pipe.
  child.once('exit', () => void Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })]).then(() => onOver(explainExit(child, stderr, settings))))
  return {
    send(line) {
      if (child.stdin.writableLength > 2 * settings.messageBytes) return onOver('The script does not take the results of its calls.')
      child.stdin.write(line)
    },
    async end() {
      await endProcess(child, closed, deps)
      for (const pipe of [child.stdin, child.stdout, child.stderr]) pipe.destroy()
    },
  }
}

/** Runs one script in a process of its own, which is gone when this settles. Rejects with the reason of the job's signal, and with nothing else. */
export async function runScript(job: ScriptJob, deps: RunScriptDeps): Promise<ScriptEnd> {
  const { settings, logger } = deps
  job.signal.throwIfAborted()
  const over = new AbortController()
  const ended = Promise.withResolvers<Outcome>()
  let isOver = false
  const settle = (outcome: Outcome): void => {
    // At once: what stands behind it in the same pipe is not obeyed any more.
    isOver = true
    ended.resolve(outcome)
  }
  const end = (why: string): void => settle({ kind: 'ended', why })
  const timeoutMs = Math.min(job.timeoutMs ?? settings.timeoutMs, settings.timeoutMs)
  using deadline = createDeadline(timeoutMs, () => end(`The script took longer than ${timeoutMs / 1000} s and was ended.`))
  const answers = createCallAnswers(job, settings, over.signal, deadline)
  const console: string[] = []
  let [unseen, messages] = [0, 0]
  const act = (message: ScriptMessage): void => {
    if (message.kind === 'call') void answers.answer(message.id, message.call).then((line) => isOver || far.send(line))
    else if (message.kind === 'log') console.push(message.text)
    else if (message.kind === 'unseen') unseen = message.count
    else settle(message.kind === 'done' ? { kind: 'returned', value: message.value } : { kind: 'threw', error: message.error })
  }
  const onLine = (text: string): void => {
    if (isOver) return
    if (++messages > settings.outputBytes + settings.calls + SPARE_MESSAGES) return end('The script made far more calls than it may.')
    try {
      act(readScriptMessage(text))
    } catch (error) {
      if (!(error instanceof ForeignMessage)) throw error
      logger.error({ err: error }, 'the process of a script sent what is no message; it was ended')
      end('The process of the script sent what is no message.')
    }
  }
  const onAbort = (): void => {
    isOver = true
    ended.reject(job.signal.reason)
  }
  job.signal.addEventListener('abort', onAbort, { once: true })
  const far = openProcess(deps, onLine, end)
  far.send(`${JSON.stringify({ kind: 'start', script: job.script, names: JSON.stringify(job.names), realm: REALM_SOURCE, limits: { outputBytes: settings.outputBytes } })}\n`)
  try {
    const outcome = await ended.promise
    return { outcome, console: console.join('\n'), unseen, calls: answers.count }
  } finally {
    job.signal.removeEventListener('abort', onAbort)
    over.abort(new Error('The script is over.'))
    await far.end()
  }
}
