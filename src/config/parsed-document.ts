import type { JsonValue } from '../lib/json.ts'
import type { ConfigIssue } from './config-error.ts'
import type { ConfigPath, Position } from './position.ts'

/** A document as values, together with the places where they were written. */
export interface ParsedDocument {
  readonly file: string
  readonly value: JsonValue
  /** The place of a member’s name, or of its value. A path that was not written leads to the nearest one above it. */
  locate(path: ConfigPath, part: 'key' | 'value'): Position
  /** Why it cannot be read; then `value` means nothing. */
  readonly issues: readonly ConfigIssue[]
}
