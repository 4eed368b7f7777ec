import type { JsonValue } from '../../src/lib/json.ts'
import type { Script } from './script.ts'

/** A token count as the script wants it written. */
export function writeCount(count: number, style: Script['usage']): JsonValue {
  if (style === 'string') return String(count)
  return style === 'negative' ? -count : count
}
