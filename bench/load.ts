import { performance } from 'node:perf_hooks'
import { RawConnection } from './raw-connection.ts'

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

function once(connection: RawConnection, { headers, body }: LoadOptions, n: number): Promise<Timing> {
  const text = body(n)
  const started = performance.now()
  return new Promise((resolve) => {
    let firstByteMs = 0
    connection.send(headers, text, {
      first: () => (firstByteMs = performance.now() - started),
      end: (ok) => resolve({ firstByteMs, wholeMs: performance.now() - started, ok }),
    })
  })
}

/** A closed loop of a fixed number of requests over keep-alive connections. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const timings: Timing[] = []
  let next = 0
  const started = performance.now()
  const worker = async (): Promise<void> => {
    const connection = new RawConnection(options.url)
    while (next < options.requests) timings.push(await once(connection, options, next++))
    connection.close()
  }
  await Promise.all(Array.from({ length: options.connections }, worker))
  const seconds = (performance.now() - started) / 1000
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
