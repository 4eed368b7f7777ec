import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The launcher prefers a build, which may be older than what is tested. */
const FROM_SOURCE = process.env['TRUNKLINE_FROM_SOURCE'] === '1' ? { TRUNKLINE_FROM_SOURCE: '1' } : {}
const BIN = fileURLToPath(new URL('../../bin/trunkline.mjs', import.meta.url))

/** A folder of its own for a gateway: home, document and data. It is removed when it is disposed. */
export interface Place extends Disposable {
  readonly directory: string
  readonly document: string
  write(document: object | string): void
}

export function makePlace(): Place {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-gateway-'))
  const document = join(directory, 'trunkline.json')
  return {
    directory,
    document,
    write: (content) => writeFileSync(document, typeof content === 'string' ? content : JSON.stringify(content, null, 2)),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** A gateway as a user runs it: a process of its own, from the launcher. */
export interface GatewayProcess extends AsyncDisposable {
  readonly url: string
  readonly child: ChildProcess
  /** Every log line so far. */
  readonly log: readonly string[]
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>
}

const DEADLINE_MS = 120_000

export async function startGatewayProcess({ directory, document }: Place, args: readonly string[] = []): Promise<GatewayProcess> {
  const all = [BIN, 'serve', '--config', document, '--data', join(directory, 'data'), '--port', '0', '--log-format', 'json', '--next-steps', ...args]
  const child = spawn(process.execPath, all, { cwd: directory, env: { HOME: directory, PATH: process.env['PATH'] ?? '', ...FROM_SOURCE }, stdio: ['ignore', 'ignore', 'pipe'] })
  const log: string[] = []
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })))
  const url = await new Promise<string>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address within ${DEADLINE_MS} ms:\n${log.join('\n')}`)), DEADLINE_MS)
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.push(line)
      const found = /^ +OpenAI API +(http:\/\/\S+)\/v1$/.exec(line)?.[1]
      if (found === undefined) return
      clearTimeout(timer)
      resolve(found)
    })
    void exited.then(({ code, signal }) => reject(new Error(`the gateway ended (${code ?? signal}):\n${log.join('\n')}`)))
  })
  return {
    url,
    child,
    log,
    exited,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), 60_000)
      await exited
      clearTimeout(timer)
    },
  }
}
