import type { JsonText } from '../lib/json-text.ts'
import type { ScannedBody } from './codec.ts'
import { appendMember, editBody, type BodyEdit } from './json-edit.ts'
import { createJsonScanner } from './json-scan.ts'
import { findMember } from './obeyed-members.ts'

function edit(body: ScannedBody, key: string, value: JsonText): BodyEdit {
  const member = findMember(body, key)
  if (member) return { pointer: `/${key}`, start: member.valueStart, end: member.valueEnd, text: value }
  return { ...appendMember(body.scan, key, null), text: `${body.scan.members.length > 0 ? ',' : ''}${JSON.stringify(key)}:${value}` }
}

/** The body with top-level members replaced or added; everything else stays as it was written. */
export function setMembers(body: ScannedBody, changes: Readonly<Record<string, JsonText>>): ScannedBody {
  // Text edits of what is there keep their places; what is missing is added one by one, each to the end.
  return Object.entries(changes).reduce((current, [key, value]) => {
    const pieces = editBody(current.pieces, [edit(current, key, value)])
    const scanner = createJsonScanner()
    for (const piece of pieces) scanner.push(piece)
    return { pieces, scan: scanner.end() }
  }, body)
}
