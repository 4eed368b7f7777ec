import { parentPort, workerData } from 'node:worker_threads'
import { defineProvider, startModelGateway } from '../support/model-gateway.ts'

/** What the thread is told, and what it tells. */
export interface LoopReport {
  readonly url?: string
  /** The longest time in which no timer could fire because the thread was at work, and not because it had no processor. */
  readonly longestMs?: number
}

const TICK_MS = 2

/** How long it works when it is told to, for a test of the measure itself. */
const WORK_MS = 80

/** What this thread has computed so far. */
function workedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

function work(ms: number): void {
  const until = workedMs() + ms
  while (workedMs() < until);
}

/** A gateway in a thread of its own, so that the longest pause of its event loop is its own doing. */
async function run(origin: string): Promise<void> {
  const port = parentPort
  if (!port) throw new TypeError('Expected to run in a worker.')
  const gateway = await startModelGateway({
    providers: [
      defineProvider('chat', `${origin}/v1`),
      defineProvider('messages', `${origin}/v1`, { kind: 'anthropic' }),
      defineProvider('responses', `${origin}/v1`, { dialects: ['openai-responses'] }),
      defineProvider('gemini', `${origin}/v1beta`, { kind: 'google' }),
    ],
    settings: { maxAttempts: 1 },
  })
  let longestMs = 0
  let lastAt = performance.now()
  let lastWorkedMs = workedMs()
  const note = (): void => {
    const [now, worked] = [performance.now(), workedMs()]
    longestMs = Math.max(longestMs, Math.min(now - lastAt - TICK_MS, worked - lastWorkedMs))
    lastAt = now
    lastWorkedMs = worked
  }
  const timer = setInterval(note, TICK_MS)
  port.on('message', (wish: 'reset' | 'read' | 'work' | 'stop') => {
    if (wish === 'work') return work(WORK_MS)
    if (wish === 'stop') {
      clearInterval(timer)
      port.close()
      void gateway[Symbol.asyncDispose]()
      return
    }
    note()
    if (wish === 'read') port.postMessage({ longestMs } satisfies LoopReport)
    longestMs = 0
  })
  port.postMessage({ url: gateway.url } satisfies LoopReport)
}

await run(String((workerData as { origin?: unknown }).origin))
