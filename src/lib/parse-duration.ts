const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Timers of Node wrap beyond 2^31-1 ms, so nothing longer is a duration. */
const LONGEST_MS = 2_147_483_647

/** `250`, `"250"`, `"250ms"`, `"30s"`, `"1.5h"` in milliseconds; undefined for anything else. */
export function parseDuration(value: number | string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)?$/.exec(String(value).trim())
  if (!match) return undefined
  const ms = Math.round(Number(match[1]) * (UNITS[match[2] ?? 'ms'] ?? Number.NaN))
  return ms <= LONGEST_MS ? ms : undefined
}
