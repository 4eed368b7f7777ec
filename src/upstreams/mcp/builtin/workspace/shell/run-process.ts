import { spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createCappedOutput } from './capped-output.ts'

export interface ProcessRequest {
  readonly command: readonly [program: string, ...args: string[]]
  readonly directory: string
  readonly environment: Readonly<Record<string, string>>
  readonly timeoutMs: number
  readonly outputBytes: number
  readonly signal: AbortSignal
  /** Told the pid of the group’s leader when it has started. */
  onStart(pid: number): void
  /** Ends everything that the process left behind. */
  endAll(pid: number): Promise<void>
}

export interface ProcessEnd {
  readonly stdout: string
  readonly stderr: string
  /** What it wrote to descriptor 3. */
  readonly report: string
  readonly exitCode: number | undefined
  readonly killedBy: string | undefined
  readonly isTimedOut: boolean
}

const DRAIN_MS = 1_000
const REPORT_BYTES = 8_192

/** Runs a process in its own group, without input, until it or its time ends, and leaves nothing of it running. */
export async function runProcess(request: ProcessRequest): Promise<ProcessEnd> {
  const { command: [program, ...args], directory, environment, timeoutMs, outputBytes, signal } = request
  signal.throwIfAborted()
  const child = spawn(program, args, { cwd: directory, env: environment, detached: true, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
  const pipes = [child.stdout as Readable, child.stderr as Readable, child.stdio[3] as Readable]
  const outputs = [outputBytes, outputBytes, REPORT_BYTES].map((bytes) => createCappedOutput(bytes))
  for (const [index, pipe] of pipes.entries()) pipe.on('data', (bytes: Buffer) => outputs[index]?.write(bytes))
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const ended = Promise.withResolvers<'exit' | 'late' | 'stopped'>()
  child.once('exit', () => ended.resolve('exit'))
  child.once('error', (error) => ended.reject(error))
  const deadline = setTimeout(() => ended.resolve('late'), timeoutMs)
  const stop = (): void => ended.resolve('stopped')
  signal.addEventListener('abort', stop, { once: true })
  if (child.pid !== undefined) request.onStart(child.pid)
  try {
    const why = await ended.promise
    if (child.pid !== undefined) await request.endAll(child.pid)
    // A pipe that is still open belongs to something that could not be found.
    await Promise.race([closed, sleep(DRAIN_MS, undefined, { ref: false })])
    signal.throwIfAborted()
    const [stdout = '', stderr = '', report = ''] = outputs.map((output) => output.text())
    return { stdout, stderr, report, exitCode: child.exitCode ?? undefined, killedBy: child.signalCode ?? undefined, isTimedOut: why === 'late' }
  } finally {
    clearTimeout(deadline)
    signal.removeEventListener('abort', stop)
    for (const pipe of pipes) pipe.destroy()
  }
}
