import type { ToolChange } from '../../core/catalog/index.ts'
import { lineDiff } from '../../lib/line-diff.ts'
import { parseJsonText, type JsonText } from '../../lib/json-text.ts'
import type { ToolDefinitionChange } from './contract.ts'

/** Format characters, other spaces and tags: they hide text from people that a model reads. */
const UNSEEN = /[\u007f-\u00a0\u00ad\p{Cf}\u2028\u2029\u{e0000}-\u{e007f}]/gu

const reveal = (line: string): string => line.replaceAll(UNSEEN, (letter) => `\\u{${(letter.codePointAt(0) ?? 0).toString(16)}}`)

const readable = (definition: JsonText): string => JSON.stringify(parseJsonText(definition), null, 2)

/** A changed definition as people judge it. */
export function describeChange({ server, tool, approved, changed }: ToolChange, isHeld: boolean): ToolDefinitionChange {
  return {
    server,
    tool,
    held: isHeld,
    changedAt: changed.at.toISOString(),
    approvedAt: approved.at.toISOString(),
    approvedDigest: approved.digest,
    changedDigest: changed.digest,
    approved: parseJsonText(approved.definition),
    changed: parseJsonText(changed.definition),
    diff: lineDiff(readable(approved.definition), readable(changed.definition)).map(reveal),
  }
}
