import { Agent, type IncomingMessage, request as send } from 'node:http'
import { performance } from 'node:perf_hooks'

export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** Until the first answer byte. */
  readonly firstByteP50Ms: number
  readonly errors: number
}

export interface LoadOptions {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** The body of the n-th request. */
  readonly body: (n: number) => Buffer
  readonly connections: number
  /** It stops after so many requests, whatever comes. */
  readonly requests: number
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN

interface Timing {
  readonly firstByteMs: number
  readonly wholeMs: number
  readonly ok: boolean
}

function once(agent: Agent, options: LoadOptions, n: number): Promise<Timing> {
  const started = performance.now()
  const body = options.body(n)
  return new Promise((resolve) => {
    let first = 0
    const done = (ok: boolean): void => resolve({ firstByteMs: first, wholeMs: performance.now() - started, ok })
    const request = send(
      options.url,
      { agent, method: 'POST', headers: { 'content-type': 'application/json', 'content-length': body.length, ...options.headers } },
      (answer: IncomingMessage) => {
        answer.on('data', () => (first ||= performance.now() - started))
        answer.on('end', () => done((answer.statusCode ?? 0) < 300))
        answer.on('error', () => done(false))
      },
    )
    request.on('error', () => done(false))
    request.end(body)
  })
}

/** A closed loop of a fixed number of requests over keep-alive connections. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: options.connections })
  const timings: Timing[] = []
  let next = 0
  const started = performance.now()
  const worker = async (): Promise<void> => {
    while (next < options.requests) timings.push(await once(agent, options, next++))
  }
  await Promise.all(Array.from({ length: options.connections }, worker))
  const seconds = (performance.now() - started) / 1000
  agent.destroy()
  const whole = timings.map(({ wholeMs }) => wholeMs).sort((a, b) => a - b)
  const first = timings.map(({ firstByteMs }) => firstByteMs).sort((a, b) => a - b)
  return {
    requests: timings.length,
    perSecond: timings.length / seconds,
    p50Ms: percentile(whole, 0.5),
    p99Ms: percentile(whole, 0.99),
    firstByteP50Ms: percentile(first, 0.5),
    errors: timings.filter(({ ok }) => !ok).length,
  }
}
