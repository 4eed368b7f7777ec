import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Metrics } from '../telemetry/index.ts'
import type { McpUpstream } from '../upstreams/mcp/index.ts'

const STATES = ['starting', 'ready', 'needs-authorization', 'backing-off', 'failed', 'stopped'] as const

/** Gauges of the process and its servers, read when they are scraped. The answer stops the measuring. */
export function observeProcess(metrics: Metrics, active: () => number, servers: () => readonly McpUpstream[]): Disposable {
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  const one = (value: number): readonly { labels: Record<string, string>; value: number }[] => [{ labels: {}, value }]
  metrics.gauge('trunkline_inflight', 'Requests in flight.', () => one(active()))
  metrics.gauge('trunkline_resident_memory_bytes', 'Resident memory.', () => one(process.memoryUsage.rss()))
  metrics.gauge('trunkline_eventloop_delay_seconds', 'Event loop delay, 99th percentile since the last scrape.', () => {
    const value = delay.percentile(99) / 1e9
    delay.reset()
    return one(Number.isFinite(value) ? value : 0)
  })
  metrics.gauge('trunkline_mcp_server_state', '1 for the state that a server is in.', () =>
    servers().flatMap(({ id, status }) => STATES.map((state) => ({ labels: { server: id, state }, value: status.state === state ? 1 : 0 }))),
  )
  return { [Symbol.dispose]: () => void delay.disable() }
}
