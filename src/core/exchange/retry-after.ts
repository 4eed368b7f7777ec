import type { WireHeaders } from '../../upstreams/llm/index.ts'

/** Nobody means more; 1e9 has been seen. */
const LONGEST_MS = 5 * 60_000

function first(headers: WireHeaders, name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'string' ? value : value?.[0]
}

function clamp(ms: number): number | undefined {
  return Number.isFinite(ms) && ms >= 0 ? Math.min(ms, LONGEST_MS) : undefined
}

/**
 * How long a provider asks to be left alone: `retry-after-ms: 1500`, `retry-after: 2`, `retry-after: 0.5` or
 * `retry-after: Fri, 20 Nov 2026 10:00:00 GMT`. Undefined when it does not say, or says something negative.
 */
export function readRetryAfter(headers: WireHeaders, now: number): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const value = first(headers, name)
    if (value !== undefined && value.trim() !== '') {
      const ms = clamp(Number(value))
      if (ms !== undefined) return ms
    }
  }
  const value = first(headers, 'retry-after')?.trim()
  if (value === undefined || value === '') return undefined
  if (/^[-+]?[\d.]+(e\d+)?$/i.test(value)) return clamp(Number(value) * 1000)
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : clamp(Math.max(date - now, 0))
}
