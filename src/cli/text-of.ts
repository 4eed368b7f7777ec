import type { JsonValue } from '../lib/json.ts'

/** A value of somebody else’s JSON as a text to show: texts as they are, nothing for nothing. */
export function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
