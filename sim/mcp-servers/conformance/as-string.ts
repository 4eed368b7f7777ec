import type { JsonValue } from '../../../src/lib/json.ts'

/** A string as it is, anything else as JSON. */
export function asString(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null)
}
