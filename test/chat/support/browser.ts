import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { WebSocket } from 'ws'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'chrome']

/** The browser of this machine; undefined where there is none. */
export function findBrowser(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
}

export interface Page {
  /** The value of an expression, waited for if it is a promise. Rejects with what it throws. */
  run(expression: string): Promise<unknown>
  /** Closes the tab as a person does: nothing in it has a say. */
  close(): Promise<void>
}

export interface Browser extends AsyncDisposable {
  open(url: string): Promise<Page>
}

interface Reply {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly result?: Readonly<Record<string, unknown>>
  readonly error?: { readonly message: string }
}

/** A headless browser, spoken to in the DevTools protocol. What it writes, also outside of its profile, goes with it. */
export async function startBrowser(path: string): Promise<Browser> {
  const directory = mkdtempSync(join(tmpdir(), 'trunkline-browser-'))
  // The socket of the profile is made in TMPDIR, and the path of a socket has 107 bytes: the folder of the suite is too deep for it.
  const sockets = mkdtempSync('/tmp/tl-')
  const remove = (): void => [directory, sockets].forEach((path) => rmSync(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 }))
  const child = spawn(path, ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-port=0', `--user-data-dir=${directory}`, 'about:blank'], { stdio: ['ignore', 'ignore', 'pipe'], detached: true, env: { ...process.env, TMPDIR: sockets } })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    const said: string[] = []
    const fail = (what: string): void => reject(new Error(`The browser ${what}. It said:\n${said.join('\n')}`))
    const timer = setTimeout(() => fail('did not start within 120 s'), 120_000)
    child.once('exit', (code) => fail(`exited with ${code} before it listened`))
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line)
      const found = /^DevTools listening on (ws:\S+)$/.exec(line)?.[1]
      if (found === undefined) return
      clearTimeout(timer)
      resolve(found)
    })
  }).catch((cause: unknown) => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    return exited.then(() => {
      remove()
      throw cause
    })
  })
  const socket = new WebSocket(address, { maxPayload: 0 })
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  const waiting = new Map<number, (reply: Reply) => void>()
  let lastId = 0
  socket.on('message', (data: Buffer) => {
    const reply = JSON.parse(data.toString('utf8')) as Reply
    if (reply.id !== undefined) waiting.get(reply.id)?.(reply)
  })
  const ask = (method: string, params: object, sessionId?: string): Promise<Readonly<Record<string, unknown>>> =>
    new Promise((resolve, reject) => {
      const id = ++lastId
      waiting.set(id, ({ result, error }) => {
        waiting.delete(id)
        if (error) reject(new Error(`${method}: ${error.message}`))
        else resolve(result ?? {})
      })
      socket.send(JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) }))
    })
  return {
    async open(url) {
      const { targetId } = await ask('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = (await ask('Target.attachToTarget', { targetId, flatten: true })) as { readonly sessionId: string }
      const run = async (expression: string): Promise<unknown> => {
        const answer = (await ask('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true }, sessionId)) as { result: { value?: unknown }; exceptionDetails?: { exception?: { description?: string } } }
        if (answer.exceptionDetails) throw new Error(answer.exceptionDetails.exception?.description ?? 'The page threw.')
        return answer.result.value
      }
      await ask('Page.navigate', { url }, sessionId)
      const deadline = Date.now() + 60_000
      while ((await run('location.origin + document.readyState')) !== `${new URL(url).origin}complete`) if (Date.now() > deadline) throw new Error(`The page did not load: ${url}`)
      return { run, close: async () => void (await ask('Target.closeTarget', { targetId })) }
    },
    async [Symbol.asyncDispose]() {
      socket.terminate()
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
      await exited
      remove()
    },
  }
}
