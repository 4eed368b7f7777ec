import type { JsonValue } from '../lib/json.ts'

/** A count of tokens. Providers have sent negative ones, strings and none at all; nothing of that may break a sum. */
export function readCount(value: JsonValue | undefined): number {
  const count = typeof value === 'string' ? Number(value) : value
  return typeof count === 'number' && Number.isFinite(count) && count > 0 ? Math.floor(count) : 0
}
